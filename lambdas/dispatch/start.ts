/** Starts a job's next run, at most one at a time. */
import { createHash } from "node:crypto";
import { batchMetaKey, glueJobSuffix, type RunAnswer, resultMetaKey } from "../../contracts/runs";
import type { Executions, JobState, Meta, RunningState, Runs, Waiting } from "./ports";
import type { Work } from "./work";

/** What dispatch works with. */
export interface Dispatch {
  readonly work: Work;
  readonly runs: Runs;
  readonly meta: Meta;
  readonly executions: Executions;
  /** First part of the names of the layer's Glue jobs. */
  readonly jobPrefix: string;
  /** How often a batch is tried at most. */
  readonly maxAttempts: number;
  /** The largest number of objects in a batch. */
  readonly batchLimit: number;
  readonly now: () => Date;
  /** Adds to the job's metrics. */
  readonly count: (job: string, counts: Readonly<Record<string, number>>) => void;
  /** Says how old the last data is that the job has taken, in seconds. */
  readonly tellAge: (job: string, seconds: number) => void;
  /** Tells the next layer that a run of the job has ended. */
  readonly settled: (job: string) => Promise<void>;
  readonly warn: (message: string, error: unknown) => void;
}

/** States that say that somebody runs the job. */
export function isRunning(state: JobState | undefined): state is RunningState {
  return state !== undefined && state.status !== "idle";
}

/** Starts the job if there is work, nobody runs it and nothing else stands against it. */
export async function startIfDue(job: string, dispatch: Dispatch): Promise<RunAnswer> {
  if (!dispatch.work.startsByItself(job)) return { started: null, reason: "it starts by its schedule only" };
  return start(job, false, dispatch);
}

/** Starts the job because somebody wants it to run now. */
export async function startAsked(job: string, dispatch: Dispatch): Promise<RunAnswer> {
  return start(job, true, dispatch);
}

async function start(job: string, isAsked: boolean, dispatch: Dispatch): Promise<RunAnswer> {
  const { work, runs, meta } = dispatch;
  const state = await runs.state(job);
  if (isRunning(state)) {
    // Whoever began may have been cut off. All ask for the same execution, so it does no harm to ask once more.
    if (state.status === "starting") return { started: await launch(job, state, dispatch) };
    const running = dispatch.executions.arn(state.execution_name);
    return { started: null, running, reason: "it runs already; what waits starts after that" };
  }
  const objects = await runs.waiting(job, dispatch.batchLimit);
  if (objects.length === 0 && !(isAsked && work.runsWithoutWork)) return { started: null, reason: "nothing waits" };
  const obstacles = await work.obstacles(job, isAsked, dispatch.now());
  if (obstacles.length > 0) return { started: null, reason: obstacles.join("; ") };

  const generation = state?.generation ?? 0;
  const batchId = batchIdOf(job, objects, generation + 1);
  const manifest = { job, batchId, objects: objects.map(({ id, ...object }) => object), ...work.manifestOf(job) };
  // Before the lock, so that who finds the lock finds the manifest. Equal batches have equal manifests.
  await meta.putManifest(manifest);
  const begin = {
    batch_id: batchId,
    execution_name: executionName(job, batchId, generation + 1),
    locked_at: dispatch.now().toISOString(),
  };
  if (!(await runs.lock(job, generation, begin))) return { started: null, reason: "it has just been started" };
  const locked = { ...begin, status: "starting" as const, generation: generation + 1 };
  return { started: await launch(job, locked, dispatch, objects.length) };
}

/** Asks for the execution of a run that is locked: everything about it follows from the state, so anybody can. */
export async function launch(
  job: string,
  state: RunningState,
  { work, runs, meta, executions, jobPrefix, now, count }: Dispatch,
  size?: number,
): Promise<string> {
  const { batch_id: batchId, execution_name, generation, locked_at } = state;
  const objects = size ?? (await meta.manifest(job, batchId)).objects.length;
  const begun = { job, batch_id: batchId, execution_name, generation, objects, started_at: locked_at };
  await runs.record({ ...begun, status: "running", attempt: 1 }, now());
  const arn = await executions.start(execution_name, {
    job,
    jobName: `${jobPrefix}${glueJobSuffix(work.layer, job)}`,
    batchId,
    attempt: 1,
    arguments: {
      ...work.argumentsOf(job),
      "--batch_id": batchId,
      "--manifest": meta.uri(batchMetaKey(job, batchId)),
      "--result": meta.uri(resultMetaKey(job, batchId)),
    },
  });
  await runs.started(job, state);
  count(job, { RunsStarted: 1 });
  return arn;
}

/** Names a set of objects: the same for the same set. A run without objects is named by its number. */
function batchIdOf(job: string, objects: readonly Waiting[], generation: number): string {
  const parts = objects.length === 0 ? [`run ${generation}`] : objects.map(({ id }) => id).sort();
  return createHash("sha256")
    .update([job, ...parts].join("\0"))
    .digest("hex")
    .slice(0, 20);
}

/** AWS lets a name be used once, and have 80 characters: the job's is for people. */
function executionName(job: string, batchId: string, generation: number): string {
  return `${job.replaceAll("/", "-").slice(0, 48)}-${batchId}-${generation}`;
}
