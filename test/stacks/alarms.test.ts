import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadContracts, loadPipelines } from "../../contracts";
import { durationSeconds } from "../../contracts/contract";
import type { Block, Stack } from "../support/stack";
import { ROOT, synthesisOf } from "../support/synthesis";
import { lakeOf } from "./lake-of";
import { networkOfSources, sources } from "./sources";

const FILE = join(__dirname, "alarms.txt");
const prod = synthesisOf("aws").stack("prod");
const full = lakeOf({ database: { instances: 2 }, network: networkOfSources }, { sources });

const blocks = (stack: Stack) => stack.resources("aws_cloudwatch_metric_alarm").map(({ block }) => block);

/** An alarm as a line that people can read. */
function lineOf(block: Block): string {
  const { namespace, metric_name, comparison_operator, threshold, period, evaluation_periods } = block;
  const over = comparison_operator === "LessThanThreshold" ? "<" : ">";
  const statistic = block.statistic ?? block.extended_statistic;
  const kept = block.treat_missing_data === "ignore" ? ", kept without data" : "";
  const rule = `${statistic} of ${namespace} ${metric_name} ${over} ${threshold}`;
  return `${block.alarm_name}: ${rule} for ${evaluation_periods} x ${period} s${kept}`;
}

test("no alarm is lost or weakened unseen: UPDATE_ALARMS=1 writes test/stacks/alarms.txt anew", () => {
  const all = [prod, synthesisOf("aws").stack("security"), full].flatMap(blocks).map(lineOf);
  if (process.env.UPDATE_ALARMS === "1") writeFileSync(FILE, `${[...new Set(all)].sort().join("\n")}\n`);
  const expected = existsSync(FILE) ? readFileSync(FILE, "utf8").trim().split("\n") : [];
  expect(expected.length).toBeGreaterThan(50);
  expect(expected.filter((line) => !all.includes(line))).toEqual([]);
});

describe("freshness", () => {
  const contracts = loadContracts(ROOT);
  const jobs = [
    ...contracts.map(({ id, freshness, owner }) => ({ layer: "refine", id, freshness, owner })),
    ...loadPipelines(ROOT, contracts).map(({ id, freshness, owner }) => ({ layer: "curate", id, freshness, owner })),
  ];
  const alarmOf = (layer: string, id: string) =>
    blocks(prod).find(
      ({ metric_name, dimensions }) =>
        metric_name === "DataAge" &&
        JSON.stringify(dimensions) === `{"job":"${id}","service":"lake-prod-dispatch-${layer}"}`,
    );

  test.each(jobs)("of $layer $id is watched as its contract promises", ({ layer, id, freshness, owner }) => {
    const alarm = alarmOf(layer, id);
    if (freshness === undefined) return expect(alarm).toBeUndefined();
    expect(alarm?.threshold).toBe(durationSeconds(freshness));
    expect(alarm?.alarm_description).toContain(`Its owner is ${owner}.`);
  });
});

test("limits of queues are those of the account", () => {
  const stack = lakeOf({ monitoring: { waitingMinutes: 5, waitingMessages: 7 } });
  const queue = blocks(stack).filter(
    ({ dimensions }) => JSON.stringify(dimensions) === '{"QueueName":"lake-prod-drop"}',
  );
  const limits = Object.fromEntries(queue.map(({ metric_name, threshold }) => [metric_name, threshold]));
  expect(limits).toEqual({ ApproximateAgeOfOldestMessage: 300, ApproximateNumberOfMessagesVisible: 7 });
});

test("the address of runbooks is that of the organization", () => {
  const stack = lakeOf({}, {}, { runbooks: "https://wiki.example.com/lake" });
  for (const { alarm_description: text } of blocks(stack)) {
    expect(text).toMatch(/ Runbook: https:\/\/wiki\.example\.com\/lake\/[\w-]+\.md$/);
  }
});
