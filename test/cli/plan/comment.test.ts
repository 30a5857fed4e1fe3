/**
 * The comment of a pull request, made of real plans. The plans were made by `lake plan` on the embedded local AWS; of each
 * stand here only the changes, and of the configuration only what changes. To take others:
 * `UPDATE_PLANS=<folder with folders of lake plan> UPDATE_COMMENTS=1 npx jest --selectProjects fast test/cli/plan/comment`.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GuardedPlan, judge } from "../../../cli/guard/guard";
import { describeChanges } from "../../../cli/plan/changes";
import { PlanFolder } from "../../../cli/plan/folder";
import { MARK, renderMarkdown } from "../../../cli/plan/markdown";
import type { Json, JsonObject, PlanJson } from "../../../cli/plan/plan-json";
import { change, planOf } from "../guard/support";

const FOLDER = join(__dirname, "fixtures");
const DIGEST = "0f3c".repeat(16);
const ALLOWED = [
  {
    stack: "prod",
    address: "aws_s3_bucket.zones_curated_store_bucket_954EAB36",
    rule: "delete",
    reason: "Nobody has used the zone since it was replaced by service.",
    until: "2026-12-31",
  },
];

/** Without what is not there: most attributes of a resource are empty. */
function compact(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(compact);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, inside]) => {
    const isEmpty = typeof inside === "object" && inside !== null && Object.keys(inside).length === 0;
    return inside !== null && inside !== "" && !isEmpty;
  });
  return Object.fromEntries(kept.map(([key, inside]) => [key, compact(inside as Json)]));
}

/** One stack's plan as it is kept here. */
function trimmed({ stack, plan, configuration }: GuardedPlan): GuardedPlan {
  const changes = (plan.resource_changes ?? []).filter(
    ({ change: { actions }, previous_address: from }) => actions.join() !== "no-op" || from !== undefined,
  );
  const resource: Record<string, Record<string, JsonObject>> = {};
  for (const { type, name } of changes) {
    const block = configuration?.resource?.[type]?.[name];
    if (block !== undefined) resource[type] = { ...resource[type], [name]: block };
  }
  const { format_version, terraform_version, timestamp } = plan;
  const kept = changes.map(({ address, previous_address: from, mode, type, name, change: { actions, ...sides } }) => ({
    address,
    ...(from === undefined ? {} : { previous_address: from }),
    ...{ mode, type, name },
    // Of what only moves nothing else is read.
    change:
      actions.join() === "no-op"
        ? { actions, before: {}, after: {} }
        : { actions, ...(compact(sides as unknown as Json) as object) },
  }));
  return {
    stack,
    plan: { format_version, terraform_version, timestamp, resource_changes: kept } as unknown as PlanJson,
    configuration: { resource },
  };
}

/** One change a line, so that another plan can be compared with it. */
function write(file: string, plans: readonly GuardedPlan[]): void {
  const lines = plans.map(({ stack, plan, configuration }) => {
    const { resource_changes: changes = [], ...rest } = plan;
    const listed = changes.map((one) => JSON.stringify(one)).join(",\n");
    return `{"stack":${JSON.stringify(stack)},"configuration":${JSON.stringify(configuration)},\n"plan":${JSON.stringify(rest).slice(0, -1)},"resource_changes":[\n${listed}\n]}}`;
  });
  writeFileSync(file, `[\n${lines.join(",\n")}\n]\n`.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:4566"));
}

function update(folder: string): void {
  for (const name of readdirSync(folder).filter((one) => existsSync(join(folder, one, "manifest.json")))) {
    const plans = new PlanFolder(join(folder, name));
    write(
      join(FOLDER, `${name}.json`),
      plans.read().manifest.stacks.map(({ stack }) => trimmed(plans.guarded(stack))),
    );
  }
}

if (process.env.UPDATE_PLANS !== undefined) update(process.env.UPDATE_PLANS);
const names = readdirSync(FOLDER).flatMap((name) => (name.endsWith(".json") ? [name.replace(".json", "")] : []));

function render(plans: readonly GuardedPlan[]): string {
  const changes = plans.map(({ stack, plan }) => ({ stack, changes: describeChanges(plan) }));
  return renderMarkdown(changes, judge(plans, ALLOWED), DIGEST);
}

test.each(names)("the comment on the plan %s reads as it always did", (name) => {
  const plans = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8")) as GuardedPlan[];
  const file = join(FOLDER, `${name}.md`);
  const markdown = render(plans);
  if (process.env.UPDATE_COMMENTS !== undefined) writeFileSync(file, markdown);
  expect(markdown).toBe(readFileSync(file, "utf8"));
  expect(markdown.startsWith(MARK)).toBe(true);
  // Neither secrets nor anything of the machine on which the plans were made.
  expect(readFileSync(join(FOLDER, `${name}.json`), "utf8")).not.toMatch(
    /\/(home|root|tmp|Users)\/|"secret_?key"|\b(AKIA|ASIA)[A-Z0-9]{16}/,
  );
});

test("there is one comment that passes and one that does not", () => {
  const texts = names.map((name) => readFileSync(join(FOLDER, `${name}.md`), "utf8"));
  expect(texts.some((text) => text.includes("**The guard lets this pass.**"))).toBe(true);
  expect(texts.some((text) => text.includes("**The guard refuses"))).toBe(true);
});

describe("a comment", () => {
  const one = (address: string, before: string, after: string) => ({
    ...change({ type: "t", before: { name: before }, after: { name: after } }),
    address,
  });

  test("renders nothing of what a plan says", () => {
    const text = render([{ stack: "prod", plan: planOf(one("t.`x`", "`@team` <img>", "a | b\n# c")) }]);
    expect(text).toContain("- `~` update `` t.`x` ``");
    expect(text).toContain("  - `name`: `` `@team` <img> `` → …");
    expect(text).not.toMatch(/^# c/m);
  });

  test("is never longer than GitHub takes", () => {
    const many = Array.from({ length: 3000 }, (_, index) => one(`t.number_${index}`, "a", "b"));
    const text = render([
      { stack: "prod", plan: planOf(...many) },
      { stack: "dev", plan: planOf(one("t.x", "a", "b")) },
    ]);
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain("3,000 changes, too many to be listed here");
    expect(text).toContain("update `t.x`");
  });

  test("of a plan that changes nothing says so", () => {
    const text = render([{ stack: "prod", plan: planOf() }]);
    expect(text).toContain("| prod | 0 | 0 | 0 | 0 |");
    expect(text).toContain("**The guard lets this pass.**");
  });
});
