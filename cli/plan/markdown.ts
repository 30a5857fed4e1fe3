import type { Verdict } from "../guard/guard";
import { byRule, type RuleFindings } from "../guard/report";
import { plural } from "../table";
import { ACTIONS, type AttributeChange, countChanges, type DescribedChange } from "./changes";
import type { StackChanges } from "./make";

/** The first line, by which a comment of an earlier run is found again. */
export const MARK = "<!-- lake plan -->";

/** GitHub takes no longer comments. */
const LONGEST = 65_000;

const SIGNS: Record<DescribedChange["action"], string> = {
  create: "+",
  update: "~",
  replace: "-/+",
  delete: "-",
  move: ">",
  import: "<",
  forget: "x",
};

/** The plans as a comment on a pull request. Values of plans are shown as code: nothing in them is ever rendered. */
export function renderMarkdown(stacks: readonly StackChanges[], verdict: Verdict, digest: string): string {
  const head = [MARK, "## Terraform plan", "", ...countTable(stacks), "", ...guardSection(verdict)];
  const foot = ["", `Digest of the plan: \`${digest}\``, ""];
  const changed = stacks.filter(({ changes }) => changes.length > 0);
  const room = LONGEST - [...head, ...foot].join("\n").length;
  const details: string[] = [];
  let length = 0;
  for (const stack of changed) {
    const section = ["", ...stackSection(stack)];
    const size = section.join("\n").length + 1;
    const shortened = [
      "",
      `### ${stack.stack}`,
      "",
      `${plural(stack.changes.length, "change")}, too many to be listed here: see the plan itself.`,
    ];
    const fits = length + size <= room - 200 * changed.length;
    details.push(...(fits ? section : shortened));
    length += fits ? size : shortened.join("\n").length + 1;
  }
  return [...head, ...details, ...foot].join("\n");
}

function countTable(stacks: readonly StackChanges[]): string[] {
  const counts = stacks.map(({ stack, changes }) => ({ stack, counts: countChanges(changes) }));
  const columns = ACTIONS.filter((action, index) => index < 4 || counts.some(({ counts: of }) => of[action] > 0));
  return [
    `| stack | ${columns.join(" | ")} |`,
    `|---|${columns.map(() => "--:|").join("")}`,
    ...counts.map(({ stack, counts: of }) => `| ${stack} | ${columns.map((action) => of[action]).join(" | ")} |`),
  ];
}

function guardSection({ passes, findings, notes }: Verdict): string[] {
  const refused = findings.filter(({ allowed }) => allowed === undefined);
  const allowed = findings.filter((finding) => finding.allowed !== undefined);
  const title = passes
    ? "**The guard lets this pass.**"
    : `**The guard refuses ${plural(refused.length, "change")}.** Take them back, or say in \`accounts/allowed-changes.yml\` that they are meant.`;
  return [
    title,
    ...byRule(refused).flatMap(refusal),
    ...(allowed.length === 0 ? [] : ["", "Allowed by `accounts/allowed-changes.yml`:", ""]),
    ...allowed.map(
      ({ stack, address, rule, what, allowed: reason = "" }) =>
        `- ${stack}: ${code(address)} ${rule}: ${code(what)}, because ${code(reason)}`,
    ),
    ...(notes.length === 0 ? [] : ["", ...notes.map((note) => `> ${code(note)}`)]),
  ];
}

function refusal({ rule, findings }: RuleFindings): string[] {
  return [
    "",
    `#### ${rule.id}: ${rule.refuses}`,
    "",
    ...findings.map(({ stack, address, what }) => `- ${stack}: ${code(address)} ${code(what)}`),
    "",
    `Why: ${rule.why}`,
    "",
    `How to proceed: ${rule.how}`,
  ];
}

function stackSection({ stack, changes }: StackChanges): string[] {
  return [
    `### ${stack}`,
    "",
    "<details>",
    `<summary>${plural(changes.length, "change")}</summary>`,
    "",
    ...changes.flatMap(describeChange),
    "",
    "</details>",
  ];
}

function describeChange({ address, action, from, attributes }: DescribedChange): string[] {
  const moved = from === undefined ? "" : `, was ${code(from)}`;
  return [`- \`${SIGNS[action]}\` ${action} ${code(address)}${moved}`, ...attributes.map(describeAttribute)];
}

function describeAttribute({ path, before, after }: AttributeChange): string {
  if (before === undefined && after === undefined) return `  - ${code(path)}`;
  return `  - ${code(path)}: ${before === undefined ? "…" : code(before)} → ${after === undefined ? "…" : code(after)}`;
}

/** Text as code, whatever it contains. */
function code(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  if (!line.includes("`")) return `\`${line}\``;
  const longest = Math.max(...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence} ${line} ${fence}`;
}
