import { resolve } from "node:path";
import type { LakeCommand } from "../command";
import { describeVerdict } from "../guard/report";
import { applyPlans } from "../plan/apply";
import { PlanFolder } from "../plan/folder";
import { table } from "../table";

/** Applies plans that were reviewed. */
export const apply: LakeCommand = {
  name: "apply",
  args: "<plan>",
  summary: "Apply exactly the plans of a folder that `lake plan` made",
  description:
    "In the order bootstrap, security, lakes, by the deploy roles (bootstrap by the administrators' own). Refuses everything before it touches anything when a file is not the one that was planned, when the target, the accounts, the configuration or Terraform are others than those of the plan, or when the guard refuses it. A plan whose stack has changed since is refused by Terraform.",
  examples: [
    ["apply .lake/plans", "apply what `lake plan` made"],
    ["apply plans --digest 0f3c...", "only if it is the plan with this digest, which `lake plan` printed"],
  ],
  options: (command) => command.option("--digest <sha256>", "the digest of the plan that was reviewed"),
  async run(lake, [path = ""], { digest }) {
    const { stacks, verdict } = await applyPlans(lake, new PlanFolder(resolve(path)), digest as string | undefined);
    const rows = stacks.map(({ stack, added, changed, removed }) => [stack, added, changed, removed]);
    const said = verdict.findings.length + verdict.notes.length === 0 ? [] : ["", describeVerdict(verdict)];
    return {
      document: { stacks, guard: verdict },
      text: [table(["stack", "added", "changed", "removed"], rows), ...said].join("\n"),
    };
  },
};
