import { plural } from "../table";
import { ALLOWED_FILE } from "./allowed-changes";
import type { Finding, Verdict } from "./guard";
import type { Rule } from "./rule";
import { RULES } from "./rules";

/** The verdict for people. */
export function describeVerdict({ findings, notes }: Verdict): string {
  const refused = findings.filter(({ allowed }) => allowed === undefined);
  const allowed = findings.filter((finding) => finding.allowed !== undefined);
  const sections = [
    ...byRule(refused).map(describeRefusals),
    ...(allowed.length === 0 ? [] : [["Allowed:", ...allowed.map(describeAllowance)].join("\n")]),
    ...(notes.length === 0 ? [] : [notes.map((note) => `Note: ${note}`).join("\n")]),
    summaryOf(refused.length, allowed.length),
  ];
  return sections.join("\n\n");
}

function describeRefusals({ rule, findings }: RuleFindings): string {
  return [
    `REFUSED by ${rule.id}: ${rule.refuses}`,
    ...findings.map(({ stack, address, what }) => `  ${stack}: ${address}: ${what}`),
    `    why: ${rule.why}`,
    `    how to proceed: ${rule.how}`,
  ].join("\n");
}

function describeAllowance({ stack, address, rule, what, allowed = "" }: Finding): string {
  return `  ${stack}: ${address}: ${what} (${rule}), because: ${allowed}`;
}

function summaryOf(refused: number, allowed: number): string {
  const leave =
    allowed === 0 ? "" : ` ${plural(allowed, "change")} that it would refuse ${allowed === 1 ? "is" : "are"} allowed.`;
  if (refused === 0) return `The guard lets the plan pass.${leave}`;
  return `The guard refuses ${plural(refused, "change")}.${leave}
What is meant has to be said in ${ALLOWED_FILE}, for reviewers to see, as:

${"allowed:"}
  - { stack: <stack>, address: <address>, rule: <rule>, reason: <why it is meant>, until: <last day, e.g. 2026-12-31> }`;
}

/** What one rule has found. */
export interface RuleFindings {
  readonly rule: Rule;
  readonly findings: readonly Finding[];
}

/** Findings of one rule stand together, in the order of the rules. */
export function byRule(findings: readonly Finding[]): RuleFindings[] {
  return RULES.map((rule) => ({ rule, findings: findings.filter((finding) => finding.rule === rule.id) })).filter(
    ({ findings: own }) => own.length > 0,
  );
}
