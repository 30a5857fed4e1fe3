import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { LakeCommand } from "../command";
import { exitCodes, InputError } from "../exit-codes";
import { loadAllowedChanges } from "../guard/allowed-changes";
import { type GuardedPlan, judge } from "../guard/guard";
import { describeVerdict } from "../guard/report";
import { RULES } from "../guard/rules";
import { PlanFolder, parseJson } from "../plan/folder";
import type { PlanJson } from "../plan/plan-json";

/** Judges plans. */
export const guard: LakeCommand = {
  name: "guard",
  args: "<plans...>",
  summary: "Refuse plans that delete data or weaken security without saying that it is meant",
  description: `Takes folders of \`lake plan\`, or files of \`terraform show -json\`. Reads nothing else than these and accounts/allowed-changes.yml, where changes stand that are meant. Exit code 3 if anything is refused.

Rules:
${RULES.map(({ id, refuses }) => `  ${id.padEnd(18)}${refuses}`).join("\n")}`,
  examples: [
    ["guard .lake/plans", "judge the plans that `lake plan` made"],
    ["guard prod.plan.json --json", "judge one stack's plan, for a script"],
  ],
  async run(lake, [paths]) {
    const allowed = loadAllowedChanges(lake);
    const plans = readAll((paths ?? []) as unknown as readonly string[]);
    const verdict = judge(plans, allowed);
    return {
      document: verdict,
      text: describeVerdict(verdict),
      exitCode: verdict.passes ? exitCodes.ok : exitCodes.attention,
    };
  },
};

/** @throws InputError with what is wrong with every path */
function readAll(paths: readonly string[]): GuardedPlan[] {
  const problems: InputError[] = [];
  const plans = paths.flatMap((path) => {
    try {
      return readPlans(path);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(error);
      return [];
    }
  });
  if (problems.length === 0) return plans;
  const lines = (part: "message" | "fix") =>
    [...new Set(problems.flatMap((problem) => problem[part] ?? []))].join("\n");
  throw new InputError(lines("message"), lines("fix"));
}

function readPlans(given: string): GuardedPlan[] {
  const path = resolve(given);
  if (!existsSync(path)) throw new InputError(`There is no plan ${given}.`, "Make one with `npm run lake -- plan`.");
  if (statSync(path).isDirectory()) {
    const folder = new PlanFolder(path);
    return folder.read().manifest.stacks.map(({ stack }) => folder.guarded(stack));
  }
  const plan = parseJson(given, readFileSync(path, "utf8")) as PlanJson;
  if (plan.format_version === undefined || typeof plan.timestamp !== "string") {
    throw new InputError(
      `${given} is no plan.`,
      "Give a folder of `lake plan`, or what `terraform show -json` prints.",
    );
  }
  return [{ stack: basename(path).replace(/(\.plan)?\.json$/, ""), plan }];
}
