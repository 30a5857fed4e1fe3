import type { Block, Stack } from "../support/stack";
import { synthesisOf } from "../support/synthesis";
import { lakeOf } from "./lake-of";
import { networkOfSources, sources } from "./sources";

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: { readonly alarms?: string[]; readonly metrics?: unknown[][]; readonly region?: string };
}

const prod = synthesisOf("aws").stack("prod");
const security = synthesisOf("aws").stack("security");
const full = lakeOf({ database: {}, network: networkOfSources }, { sources });

const dashboards = (stack: Stack) =>
  new Map(
    stack.resources("aws_cloudwatch_dashboard").map(({ block }) => {
      const { widgets } = JSON.parse(stack.resolve(String(block.dashboard_body))) as { widgets: Widget[] };
      return [String(block.dashboard_name), widgets] as const;
    }),
  );
const metricsOf = (stack: Stack) =>
  [...dashboards(stack).values()].flat().flatMap(({ properties }) =>
    (properties.metrics ?? []).map(([namespace, name, ...dimensions]) => {
      const values = dimensions.filter((part) => typeof part === "string");
      return [namespace, name, ...values].join(" ");
    }),
  );
const alarms = (stack: Stack) => stack.resources("aws_cloudwatch_metric_alarm").map(({ block }) => block);

test("each account has dashboards of its parts", () => {
  expect([...dashboards(prod).keys()].sort()).toEqual(
    ["functions", "overview", "pipelines", "security", "zones"].map((part) => `lake-prod-${part}`),
  );
  expect([...dashboards(full).keys()]).toContain("lake-prod-ingestion");
  expect([...dashboards(security).keys()].sort()).toEqual(["lake-security-overview", "lake-security-security"]);
});

test.each([
  ["prod", prod],
  ["security", security],
])("the overview of %s has the state of every alarm", (name, stack) => {
  const shown = dashboards(stack)
    .get(`lake-${name}-overview`)
    ?.flatMap(({ properties }) => properties.alarms ?? []);
  const arns = alarms(stack).map(({ alarm_name }) => expect.stringMatching(new RegExp(`:alarm:${alarm_name}$`)));
  expect(shown).toHaveLength(arns.length);
  expect(shown).toEqual(expect.arrayContaining(arns));
});

/** Shown on the way to the alarm, or told by the dashboards of RDS. */
const ELSEWHERE = /Deadlocks|FreeLocalStorage|AuroraReplicaLagMaximum|landing-crawler|ReconciliationFailures/;

test("what raises an alarm has a graph", () => {
  const shown = metricsOf(full);
  const watched = alarms(full).map(({ namespace, metric_name, dimensions }: Block) => {
    const parts = Object.entries((dimensions ?? {}) as Record<string, string>).sort(([a], [b]) => (a < b ? 1 : -1));
    // Of AWS's own metrics the order is that of its documentation, which for buckets is another.
    if (namespace === "AWS/S3") parts.reverse();
    return [namespace, metric_name, ...parts.flat()].join(" ");
  });
  // Of the own metrics the order of dimensions is that of the graph; oldest dead letters stand beside their number.
  const missing = watched.filter(
    (metric) => !shown.includes(metric) && !ELSEWHERE.test(metric) && !/-dlq$/.test(metric),
  );
  expect(missing).toEqual([]);
});

test("widgets lie beside and below each other", () => {
  for (const widgets of [...dashboards(prod).values(), ...dashboards(full).values()]) {
    for (const [index, { x, y, width, height }] of widgets.entries()) {
      expect(x + width).toBeLessThanOrEqual(24);
      for (const other of widgets.slice(0, index)) {
        const apart = x >= other.x + other.width || other.x >= x + width || y >= other.y + other.height;
        expect(apart || other.y >= y + height).toBe(true);
      }
    }
  }
});

test("graphs are of the account's region", () => {
  const widgets = [...dashboards(prod).values()].flat().filter(({ type }) => type === "metric");
  expect(widgets.length).toBeGreaterThan(20);
  expect(new Set(widgets.map(({ properties }) => properties.region))).toEqual(new Set(["eu-west-1"]));
});

test("an account may have none", () => {
  expect(dashboards(lakeOf({ monitoring: { dashboards: false } })).size).toBe(0);
});
