import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "../support/stack";
import { ROOT, synthesisOf } from "../support/synthesis";
import { at } from "./checks/check";
import { lakeOf } from "./lake-of";
import { networkOfSources, sources } from "./sources";

const FOLDER = "docs/runbooks";
const pages = readdirSync(join(ROOT, FOLDER))
  .filter((file) => file.endsWith(".md"))
  .map((file) => file.replace(/\.md$/, ""));

/** Everything that can raise an alarm: the stacks of this repository, and a lake with what theirs leave out. */
const stacks: Stack[] = [
  ...synthesisOf("aws").stacks.values(),
  lakeOf({ database: { instances: 2 }, network: networkOfSources }, { sources }),
];

/** Texts that people get, by the name of what sends them. */
function messagesOf(stack: Stack): [name: string, text: string][] {
  return [
    ...stack
      .resources("aws_cloudwatch_metric_alarm")
      .map(({ block }): [string, string] => [String(block.alarm_name), String(block.alarm_description)]),
    ...stack.resources("aws_cloudwatch_event_target").flatMap(({ name, block }): [string, string][] => {
      const toPeople = /aws_sns_topic\.[\w-]*alarms/.test(String(block.arn));
      return toPeople ? [[name, JSON.stringify(block.input_transformer)]] : [];
    }),
    // Their texts are AWS's, so their tags have it.
    ...["aws_budgets_budget", "aws_ce_anomaly_subscription"].flatMap((type) =>
      stack
        .resources(type)
        .map(({ address, block }): [string, string] => [address, ` Runbook: ${at(block, "tags.runbook")}`]),
    ),
  ];
}

const messages = stacks.flatMap(messagesOf);
const named = (text: string) => new RegExp(` Runbook: ${FOLDER}/([\\w-]+)\\.md`).exec(text)?.[1];

test("there are alarms and news to look at", () => {
  expect(messages.length).toBeGreaterThan(40);
});

test.each([...new Map(messages)])("what %s tells names a runbook that there is", (_, text) => {
  expect(pages).toContain(named(text));
});

test.each(pages)("the runbook %s is that of an alarm", (page) => {
  expect(messages.map(([, text]) => named(text))).toContain(page);
});

test.each(pages)("the runbook %s tells what it means, where to look, how to mend it, and when it is over", (page) => {
  const text = readFileSync(join(ROOT, FOLDER, `${page}.md`), "utf8");
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(["What it means", "Look first", "Put it right", "Over when"]);
  for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
    expect(readFileSync(join(ROOT, FOLDER, target), "utf8")).toMatch(/^# /);
  }
});
