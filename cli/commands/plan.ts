import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { LakeCommand } from "../command";
import { exitCodes } from "../exit-codes";
import { loadAllowedChanges } from "../guard/allowed-changes";
import { judge } from "../guard/guard";
import { countChanges, describeCounts } from "../plan/changes";
import { PlanFolder } from "../plan/folder";
import { makePlans, type StackChanges } from "../plan/make";
import { renderMarkdown } from "../plan/markdown";
import { table } from "../table";

/** Says what a deployment would change, and keeps it for review. */
export const plan: LakeCommand = {
  name: "plan",
  summary: "Plan every stack by the role that may only read, and keep the plans",
  description:
    "Changes nothing and takes no lock. Writes for each stack the plan, the same as JSON, and the configuration that was planned, and a manifest whose digest names them all. `lake guard` judges such a folder, `lake apply` applies it. The stacks must have been deployed once with `lake up`, which makes the roles.",
  examples: [
    ["plan", "plan everything into .lake/plans"],
    ["plan --account prod --out review", "plan bootstrap, security and only this lake, into the folder review"],
    ["plan --markdown plan.md", "also write the text of a comment on a pull request"],
    ["plan --expect-empty", "exit code 3 if there is anything to do: what is deployed is not what is written here"],
  ],
  options: (command) =>
    command
      .option("--account <name>", "plan only this lake (and what it needs)")
      .option("--no-bootstrap", "leave out the bootstrap stack, which only administrators deploy")
      .option("--out <folder>", "where to write the plans")
      .option("--markdown <file>", "write the changes and the guard's verdict as Markdown")
      .option("--expect-empty", "end with exit code 3 if there is anything to do"),
  async run(lake, _args, { account, bootstrap, out, markdown, expectEmpty }) {
    // A spoilt list would otherwise be noticed only after minutes.
    const allowed = loadAllowedChanges(lake);
    const folder = new PlanFolder(resolve((out as string | undefined) ?? lake.paths.plans));
    const { manifest, digest, changes } = await makePlans(lake, { folder, lakeName: account, bootstrap });
    if (markdown !== undefined) {
      const plans = manifest.stacks.map(({ stack }) => folder.guarded(stack));
      writeFileSync(resolve(markdown as string), renderMarkdown(changes, judge(plans, allowed), digest));
    }
    const isEmpty = manifest.stacks.every((stack) => stack.isEmpty);
    const stacks = manifest.stacks.map(({ stack, isEmpty: nothing, time }) => {
      const own = changes.find((one) => one.stack === stack)?.changes ?? [];
      return { stack, isEmpty: nothing, time, counts: countChanges(own), changes: own };
    });
    return {
      document: { target: manifest.target, folder: folder.path, digest, isEmpty, stacks },
      text: describe(changes, folder.path, digest),
      exitCode: expectEmpty === true && !isEmpty ? exitCodes.attention : exitCodes.ok,
    };
  },
};

function describe(stacks: readonly StackChanges[], folder: string, digest: string): string {
  const lists = stacks.map(({ stack, changes }) => {
    const title = `${stack}: ${describeCounts(countChanges(changes))}`;
    if (changes.length === 0) return title;
    const rows = changes.map(({ action, address, from, attributes }) => [
      action,
      address,
      from === undefined ? attributes.map(({ path }) => path).join(", ") : `was ${from}`,
    ]);
    return `${title}\n${table(["action", "resource", "what"], rows)}`;
  });
  return [...lists, `Plans: ${folder}\nDigest: ${digest}`].join("\n\n");
}
