import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "../accounts/model/target";
import type { Step } from "../tools/setup/progress";
import { withTerraform } from "../tools/setup/terraform-environment";
import { localCredentials } from "./aws";
import { BootstrapState } from "./bootstrap-state";
import type { Lake } from "./lake";
import type { Setup } from "./setup";
import type { Stack } from "./stacks";
import { hasState, parseState, readState } from "./state";
import { stackFolder } from "./synth";
import { type Applied, NOTHING_APPLIED, Terraform } from "./terraform";

/** Applies and destroys synthesized stacks at one target. */
export class Deployment {
  readonly #env: NodeJS.ProcessEnv;

  constructor(
    private readonly lake: Lake,
    private readonly target: Target,
    private readonly setup: Setup,
  ) {
    this.#env = terraformVariables(lake, target, setup);
  }

  /** Makes the stack what its configuration says. */
  async apply(stack: Stack): Promise<Applied> {
    return this.lake.progress.step(`Stack ${stack.name}`, async (step) => {
      const terraform = this.terraform(stack, step);
      await terraform.init();
      const applied = await applyChanges(terraform);
      step.note(describeApplied(applied));
      return applied;
    });
  }

  /** The same for the stack that makes the buckets of states: it starts with a state in a file, which then moves. */
  async applyBootstrap(stack: Stack): Promise<Applied> {
    const state = this.bootstrapState(stack);
    if ((await state.locate()) === "bucket") {
      state.useBucket();
      return this.apply(stack);
    }
    return this.lake.progress.step(`Stack ${stack.name}`, async (step) => {
      const terraform = this.terraform(stack, step);
      state.useFile();
      await terraform.init();
      const applied = await applyChanges(terraform);
      step.say("moving its state into the new bucket");
      await state.moveToBucket();
      step.note(describeApplied(applied));
      return applied;
    });
  }

  /** Removes all of the stack's resources; data too, so the configuration must have been synthesized to allow that. */
  async destroy(stack: Stack): Promise<Applied> {
    return this.lake.progress.step(`Stack ${stack.name}`, async (step) => {
      const { organization } = this.lake.accounts;
      const known = await hasState(this.target, organization, stack.state);
      const state = known ? await readState(this.target, organization, stack.state) : undefined;
      if (state === undefined || parseState(state).resources.length === 0) {
        step.note("not deployed");
        return NOTHING_APPLIED;
      }
      const terraform = this.terraform(stack, step);
      await terraform.init();
      return destroyResources(terraform, step);
    });
  }

  /** The same for the stack whose state is in a bucket that goes, too: the state moves to a file first. */
  async destroyBootstrap(stack: Stack): Promise<Applied> {
    return this.lake.progress.step(`Stack ${stack.name}`, async (step) => {
      const terraform = this.terraform(stack, step);
      const state = this.bootstrapState(stack);
      if ((await state.locate()) === "bucket") {
        step.say("copying its state out of the bucket");
        await state.copyToFile();
      }
      state.useFile();
      await terraform.init();
      const removed = await destroyResources(terraform, step);
      state.removeFile();
      state.useBucket();
      return removed;
    });
  }

  /** Changes what is there and makes or removes nothing: lifts protection that other stacks' removal meets. */
  async lift(stack: Stack): Promise<void> {
    await this.lake.progress.step(`Protection by ${stack.name}`, async (step) => {
      const terraform = this.terraform(stack, step);
      this.bootstrapState(stack).useBucket();
      await terraform.init();
      step.note((await liftProtection(terraform)) ? "lifted" : "is lifted");
    });
  }

  /** Where the bootstrap stack's state is. */
  bootstrapState(stack: Stack): BootstrapState {
    const { accounts, paths } = this.lake;
    return new BootstrapState(paths, this.target, accounts.organization, stack, stackFolder(this.lake, stack.name));
  }

  private terraform(stack: Stack, step: Step): Terraform {
    return new Terraform(this.setup.terraform.command, stack.name, stackFolder(this.lake, stack.name), this.#env, step);
  }
}

/** What Terraform, or anything that runs it, has to be started with. */
export function terraformVariables(lake: Lake, target: Target, setup: Setup): NodeJS.ProcessEnv {
  const env = withTerraform(lake.environment, setup.environment);
  if (target.kind === "aws") return env;
  const { accessKeyId, secretAccessKey } = localCredentials(lake.accounts.organization);
  const local: NodeJS.ProcessEnv = { ...env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  for (const name of REAL_CREDENTIALS) delete local[name];
  return local;
}

/** They would win over what the local AWS expects, or reveal themselves to it. */
export const REAL_CREDENTIALS = ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"];

/** Forgets what Terraform remembers of a local AWS that is gone. */
export function forgetRuns(lake: Lake, stacks: readonly Stack[]): void {
  for (const { name } of stacks) rmSync(join(stackFolder(lake, name), "errored.tfstate"), { force: true });
}

async function applyChanges(terraform: Terraform): Promise<Applied> {
  const plan = await terraform.plan();
  return plan.isEmpty ? NOTHING_APPLIED : terraform.apply();
}

/** Updates what exists; what a broken deployment never made must not be made for that. */
async function liftProtection(terraform: Terraform): Promise<boolean> {
  const { changes } = await terraform.plan();
  const targets = changes.filter(({ action }) => action === "update").map(({ address }) => address);
  if (targets.length === 0) return false;
  if (targets.length < changes.length) await terraform.plan({ targets });
  await terraform.apply();
  return true;
}

async function destroyResources(terraform: Terraform, step: Step): Promise<Applied> {
  await liftProtection(terraform);
  await terraform.plan({ destroy: true });
  const removed = await terraform.apply();
  step.note(describeApplied(removed));
  return removed;
}

function describeApplied({ added, changed, removed }: Applied): string {
  const parts = [
    [added, "added"],
    [changed, "changed"],
    [removed, "removed"],
  ] as const;
  const done = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return done.length === 0 ? "no changes" : done.join(", ");
}
