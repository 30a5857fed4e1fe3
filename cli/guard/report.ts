import { plural } from "../table";
import { ALLOWED_FILE } from "./allowed-changes";
import type { Finding, Verdict } from "./guard";

/** The verdict for people. */
export function describeVerdict({ findings, notes }: Verdict): string {
  const refused = findings.filter(({ allowed }) => allowed === undefined);
  const allowed = findings.filter((finding) => finding.allowed !== undefined);
  const sections = [
    ...byAddress(refused).map(describeRefusal),
    ...allowed.map(({ stack, address, rule, what, allowed: reason }) =>
      [`allowed: ${stack}: ${address}`, `  ${rule}: ${what}`, `  reason: ${reason}`].join("\n"),
    ),
    ...(notes.length === 0 ? [] : [notes.map((note) => `note: ${note}`).join("\n")]),
    summaryOf(refused.length, allowed.length),
  ];
  return sections.join("\n\n");
}

function describeRefusal(findings: readonly Finding[]): string {
  const [first] = findings;
  if (first === undefined) return "";
  const lines = findings.flatMap(({ rule, what, why, how }, index) => {
    const isLast = findings[index + 1]?.rule !== rule;
    return [`  ${rule}: ${what}`, ...(isLast ? [`    why: ${why}`, `    how to proceed: ${how}`] : [])];
  });
  return [`REFUSED: ${first.stack}: ${first.address}`, ...lines].join("\n");
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

/** Findings of one resource stand together. */
export function byAddress(findings: readonly Finding[]): Finding[][] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.stack} ${finding.address}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()];
}
