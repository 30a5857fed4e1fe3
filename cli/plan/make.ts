import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lake } from "../lake";
import { BOOTSTRAP, type Stack, stacksOf } from "../stacks";
import { CONFIGURATION } from "../terraform";
import { countChanges, type DescribedChange, describeChanges, describeCounts } from "./changes";
import { type Manifest, type PlanFolder, type StackPlan, sha256 } from "./folder";
import type { PlanJson } from "./plan-json";
import { PlanSession } from "./session";

export interface PlanRequest {
  readonly folder: PlanFolder;
  /** @default all lakes */
  readonly lakeName?: string;
  /** @default true */
  readonly bootstrap?: boolean;
}

/** Plans that were made. */
export interface Planned {
  readonly manifest: Manifest;
  /** Names the whole folder. */
  readonly digest: string;
  readonly changes: readonly StackChanges[];
}

export interface StackChanges {
  readonly stack: string;
  readonly changes: readonly DescribedChange[];
}

/** Plans every stack by the role that may only read, and keeps the plans. */
export async function makePlans(lake: Lake, { folder, lakeName, bootstrap = true }: PlanRequest): Promise<Planned> {
  const stacks = stacksOf(lake, lakeName).filter(({ name }) => bootstrap || name !== BOOTSTRAP);
  const session = await PlanSession.open(lake, "plan");
  await session.check(stacks);
  folder.start();
  const plans: StackPlan[] = [];
  for (const stack of stacks) plans.push(await planStack(lake, session, stack, folder));
  const manifest: Manifest = { version: 1, target: session.target, stacks: plans };
  return { manifest, digest: folder.write(manifest), changes: readChanges(folder, manifest) };
}

/** What the plans of a folder want to change. */
function readChanges(folder: PlanFolder, { stacks }: Manifest): StackChanges[] {
  return stacks.map(({ stack }) => ({ stack, changes: describeChanges(folder.json(stack)) }));
}

async function planStack(lake: Lake, session: PlanSession, stack: Stack, folder: PlanFolder): Promise<StackPlan> {
  return lake.progress.step(`Plan ${stack.name}`, async (step) => {
    const terraform = await session.terraform(stack, step);
    const file = folder.planFile(stack.name);
    const hasChanges = await terraform.planTo(file);
    const text = await terraform.show(file);
    writeFileSync(folder.jsonFile(stack.name), text, { mode: 0o600 });
    copyFileSync(join(session.folder(stack), CONFIGURATION), folder.configurationFile(stack.name));
    const json = JSON.parse(text) as PlanJson;
    step.note(describeCounts(countChanges(describeChanges(json))));
    return {
      stack: stack.name,
      accounts: Object.fromEntries(stack.accounts.map(({ name, id }) => [name, id])),
      configuration: session.configuration(stack),
      plan: sha256(readFileSync(file)),
      terraform: json.terraform_version,
      time: json.timestamp,
      isEmpty: !hasChanges,
    };
  });
}
