import type { Target } from "../accounts/model/target";
import { forgetStateFile } from "./bootstrap-state";
import { Deployment, forgetRuns } from "./deployment";
import type { Lake } from "./lake";
import { ensureServer } from "./local-server";
import { checkEntries } from "./preflight";
import { type Setup, setUp } from "./setup";
import { type Stack, stacksOf } from "./stacks";
import { synthesize } from "./synth";
import type { Applied } from "./terraform";

export interface DeployOptions {
  /** @default all lakes */
  readonly lakeName?: string;
  /** @default true */
  readonly bootstrap?: boolean;
}

/** What a deployment did. */
export interface Deployed {
  readonly target: "aws" | "local";
  /** Of the local AWS. */
  readonly endpoint?: string;
  /** The local AWS was started by this deployment, with nothing in it. */
  readonly startedAfresh: boolean;
  readonly stacks: readonly ({ readonly stack: string } & Applied)[];
}

/** Deploys every stack, or those that one lake needs. */
export async function deploy(lake: Lake, options: DeployOptions = {}): Promise<Deployed> {
  lake.checkConfiguration();
  const stacks = stacksOf(lake, options.lakeName);
  const setup = await setUp(lake);
  const { target, startedAfresh } = await reachTarget(lake, stacks);
  await synthesize(lake, target);
  const applied = await applyAll(lake, target, setup, stacks, options.bootstrap ?? true);
  const endpoint = target.kind === "local" ? { endpoint: target.endpoint } : {};
  return { target: target.kind, ...endpoint, startedAfresh, stacks: applied };
}

/** Starts the local AWS if that is the target and it does not run. */
async function reachTarget(lake: Lake, stacks: readonly Stack[]): Promise<{ target: Target; startedAfresh: boolean }> {
  if (!lake.isLocal || lake.environment.LAKE_LOCAL_ENDPOINT !== undefined) {
    return { target: await lake.target(), startedAfresh: false };
  }
  return lake.progress.step("Local AWS", async (step) => {
    const { server, isNew } = await ensureServer(
      lake.paths,
      lake.accounts.organization.managementAccountId,
      lake.environment,
    );
    const target: Target = { kind: "local", endpoint: server.endpoint };
    if (isNew) {
      forgetStateFile(lake.paths, target);
      forgetRuns(lake, stacks);
    }
    step.note(`${isNew ? "started afresh" : "runs already"} at ${server.endpoint}`);
    return { target, startedAfresh: isNew };
  });
}

async function applyAll(
  lake: Lake,
  target: Target,
  setup: Setup,
  stacks: readonly Stack[],
  withBootstrap: boolean,
): Promise<Deployed["stacks"]> {
  const { organization } = lake.accounts;
  const deployment = new Deployment(lake, target, setup);
  const [bootstrap, ...others] = stacks as readonly [Stack, ...Stack[]];
  const check = (title: string, checked: readonly Stack[]) =>
    lake.progress.step(title, () =>
      checkEntries(
        target,
        organization,
        checked.flatMap(({ entries }) => entries),
      ),
    );

  const results: ({ stack: string } & Applied)[] = [];
  if (withBootstrap) {
    await check("Administrators' roles", [bootstrap]);
    results.push({ stack: bootstrap.name, ...(await deployment.applyBootstrap(bootstrap)) });
  }
  await check("Deployment roles", others);
  for (const stack of others) results.push({ stack: stack.name, ...(await deployment.apply(stack)) });
  return results;
}
