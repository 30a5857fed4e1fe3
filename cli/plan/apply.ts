import { existsSync, readFileSync } from "node:fs";
import { InputError, OperationError } from "../exit-codes";
import { loadAllowedChanges } from "../guard/allowed-changes";
import { judge, type Verdict } from "../guard/guard";
import { describeVerdict } from "../guard/report";
import type { Lake } from "../lake";
import { type Stack, stacksOf } from "../stacks";
import { type Applied, NOTHING_APPLIED, type Terraform } from "../terraform";
import { TerraformError } from "../terraform-error";
import type { PlanFolder, StackPlan } from "./folder";
import { type Manifest, sha256 } from "./folder";
import type { PlanJson } from "./plan-json";
import { PlanSession } from "./session";

/** What applying plans did. */
export interface AppliedPlans {
  readonly stacks: readonly ({ readonly stack: string } & Applied)[];
  readonly verdict: Verdict;
}

const AGAIN = "Make a new plan with `npm run lake -- plan` and have it reviewed.";

/**
 * Applies exactly the plans of a folder, by the role that deploys. Everything that can be checked is checked before the
 * first stack is touched, and nothing is taken on trust: the guard judges what Terraform itself reads from the plan files.
 * @param expected digest of the folder that was reviewed, if it came another way
 */
export async function applyPlans(lake: Lake, folder: PlanFolder, expected?: string): Promise<AppliedPlans> {
  lake.checkConfiguration();
  const { manifest, digest } = folder.read();
  if (expected !== undefined && expected !== digest) {
    throw new InputError(`This is not the plan that was reviewed: its digest is ${digest}, not ${expected}.`, AGAIN);
  }
  const stacks = plannedStacks(lake, manifest);
  const session = await PlanSession.open(lake, "deploy");
  const problems = [
    ...targetProblems(session, manifest),
    ...stacks.flatMap(({ stack, plan }) => planProblems(session, folder, stack, plan)),
  ];
  refuse(problems);
  const todo = stacks.filter(({ plan }) => !plan.isEmpty);
  await session.check(todo.map(({ stack }) => stack));
  const verdict = await judgeFiles(lake, session, folder, todo);
  const results: ({ stack: string } & Applied)[] = [];
  for (const { stack, plan } of stacks) {
    const applied = plan.isEmpty ? NOTHING_APPLIED : await applyStack(lake, session, folder, stack);
    results.push({ stack: stack.name, ...applied });
  }
  return { stacks: results, verdict };
}

/** @throws InputError with every problem, if there is any */
function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const lines = problems.map((text) => `  ${text}`).join("\n");
  throw new InputError(`The plan does not fit; nothing was changed.\n${lines}`, AGAIN);
}

interface PlannedStack {
  readonly stack: Stack;
  readonly plan: StackPlan;
}

/** In the order of deployment, whatever the order in the file. */
function plannedStacks(lake: Lake, manifest: Manifest): PlannedStack[] {
  const stacks = stacksOf(lake);
  const unknown = manifest.stacks.filter(({ stack }) => !stacks.some(({ name }) => name === stack));
  const twice = manifest.stacks.filter(
    ({ stack }, index) => manifest.stacks.findIndex((one) => one.stack === stack) !== index,
  );
  refuse([
    ...unknown.map(({ stack }) => `there is no stack ${stack}`),
    ...twice.map(({ stack }) => `${stack} is planned twice`),
  ]);
  return stacks.flatMap((stack) => {
    const plan = manifest.stacks.find((one) => one.stack === stack.name);
    return plan === undefined ? [] : [{ stack, plan }];
  });
}

function targetProblems({ target }: PlanSession, manifest: Manifest): string[] {
  const [planned, here] = [manifest.target, target].map((one) =>
    one.kind === "local" ? `the local AWS at ${one.endpoint}` : "AWS",
  );
  return planned === here ? [] : [`it was made for ${planned}, and this is ${here}`];
}

/** Each way in which a plan and what is here differ. */
function planProblems(session: PlanSession, folder: PlanFolder, stack: Stack, plan: StackPlan): string[] {
  const file = folder.planFile(stack.name);
  if (!existsSync(file)) return [`${stack.name}: ${file} is missing`];
  const accounts = stack.accounts.filter(({ name, id }) => plan.accounts[name] !== id);
  const isSame = accounts.length === 0 && Object.keys(plan.accounts).length === stack.accounts.length;
  return [
    ...(sha256(readFileSync(file)) === plan.plan ? [] : [`${stack.name}: ${file} is not the file that was planned`]),
    ...(isSame ? [] : [`${stack.name}: it was made for other accounts: ${JSON.stringify(plan.accounts)}`]),
    ...(session.configuration(stack) === plan.configuration
      ? []
      : [`${stack.name}: it was made of another configuration than the one that is here`]),
    ...(session.terraformVersion === plan.terraform
      ? []
      : [`${stack.name}: it was made by Terraform ${plan.terraform}, and this is ${session.terraformVersion}`]),
  ];
}

async function judgeFiles(
  lake: Lake,
  session: PlanSession,
  folder: PlanFolder,
  stacks: readonly PlannedStack[],
): Promise<Verdict> {
  return lake.progress.step("Guard", async (step) => {
    const plans = [];
    for (const { stack } of stacks) {
      const terraform = await session.terraform(stack, step);
      const plan = JSON.parse(await terraform.show(folder.planFile(stack.name))) as PlanJson;
      plans.push({ stack: stack.name, plan, configuration: session.synthesized(stack) });
    }
    const verdict = judge(plans, loadAllowedChanges(lake));
    if (!verdict.passes) {
      throw new InputError(
        `Nothing was changed.\n\n${describeVerdict(verdict)}`,
        "Put right what is refused, or list it as allowed; then plan again.",
      );
    }
    step.note("passed");
    return verdict;
  });
}

async function applyStack(lake: Lake, session: PlanSession, folder: PlanFolder, stack: Stack): Promise<Applied> {
  return lake.progress.step(`Stack ${stack.name}`, async (step) => {
    const terraform: Terraform = await session.terraform(stack, step);
    try {
      return await terraform.applyFile(folder.planFile(stack.name));
    } catch (error) {
      if (!(error instanceof TerraformError) || !error.says(/stale/i)) throw error;
      throw new OperationError(
        `The plan of the stack ${stack.name} is stale: somebody has changed the stack since it was made. Nothing of this stack was changed.`,
        AGAIN,
      );
    }
  });
}
