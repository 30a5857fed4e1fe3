/** What becomes of a batch when its run has ended. */
import type { FinishAnswer, FinishRequest, RunItem, RunResult } from "../../contracts/runs";
import type { RunningState } from "./ports";
import { idOf } from "./run-store";
import { type Dispatch, isRunning, startIfDue } from "./start";
import { type FinalVerdict, judge } from "./verdict";

/** Waits before the second attempt and at most, in seconds; each is twice the one before. */
const firstWait = 60;
const longestWait = 900;

/** Records how an attempt ended and says what follows. Asked again, it says the same again. */
export async function finish(request: FinishRequest, dispatch: Dispatch): Promise<FinishAnswer> {
  const { job, attempt = 1 } = request;
  const state = await dispatch.runs.state(job);
  if (!isRunning(state) || !isOf(request, state)) return repeat(request, dispatch);
  const verdict = judge(request, await resultOf(job, state, dispatch), dispatch.work.layer);
  if (verdict.kind === "again" && attempt < dispatch.maxAttempts) {
    await record(job, state, { status: "retrying", attempt, reason: verdict.reason }, dispatch);
    dispatch.count(job, { RunsRetried: 1 });
    const waitSeconds = Math.min(firstWait * 2 ** (attempt - 1), longestWait);
    return { next: "retry", attempt: attempt + 1, waitSeconds, reason: verdict.reason };
  }
  const final = verdict.kind === "again" ? ({ ...verdict, kind: "held", status: "failed" } as const) : verdict;
  await conclude(job, state, final, attempt, dispatch);
  await goOn(job, dispatch);
  return { next: final.kind === "taken" ? "done" : "failed", attempt, waitSeconds: 0, reason: final.reason ?? "" };
}

function isOf({ batchId, execution }: FinishRequest, state: RunningState): boolean {
  return state.batch_id === batchId && (execution === undefined || execution === state.execution_name);
}

/** The run is over already: an earlier call did it, and its answer was lost; or a sweep has given the run up. */
async function repeat({ job, batchId, attempt = 1 }: FinishRequest, dispatch: Dispatch): Promise<FinishAnswer> {
  const run = await dispatch.runs.run(job, batchId);
  // The earlier call may have been cut off before it came to that.
  await goOn(job, dispatch);
  const isDone = run?.status === "succeeded" || run?.status === "unchanged";
  const reason = run?.reason ?? (isDone ? "" : "nothing is known of this run");
  return { next: isDone ? "done" : "failed", attempt: run?.attempt ?? attempt, waitSeconds: 0, reason };
}

/** The batch's result, unless it is that of an earlier run of the same batch. */
export async function resultOf(
  job: string,
  { batch_id, locked_at }: RunningState,
  { meta }: Dispatch,
): Promise<RunResult | undefined> {
  const result = await meta.result(job, batch_id);
  return result !== undefined && Date.parse(result.finishedAt) >= Date.parse(locked_at) ? result : undefined;
}

/** Ends a run for good: its objects are taken or held, and the job is free. Any number of times. */
export async function conclude(
  job: string,
  state: RunningState,
  verdict: FinalVerdict,
  attempt: number,
  dispatch: Dispatch,
): Promise<void> {
  const { runs, meta, count } = dispatch;
  const { objects } = await meta.manifest(job, state.batch_id);
  const identified = objects.map((object) => ({ ...object, id: idOf(object) }));
  if (verdict.kind === "taken") {
    const { status, rows, finishedAt } = verdict.result;
    await runs.take(job, identified, state.batch_id);
    const recorded = status === "unchanged" ? status : "succeeded";
    await record(job, state, { ...verdict, status: recorded, attempt }, dispatch);
    await runs.release(job, state, { succeededAt: finishedAt });
    const named = { RowsIn: rows.in, RowsInserted: rows.inserted, RowsUpdated: rows.updated, RowsOut: rows.out };
    const known = Object.entries(named).filter((entry): entry is [string, number] => entry[1] !== undefined);
    count(job, { RunsSucceeded: 1, ...Object.fromEntries(known) });
    return;
  }
  await runs.hold(job, identified, state.batch_id);
  await record(job, state, { ...verdict, attempt }, dispatch);
  await runs.release(job, state, {});
  count(job, { [verdict.status === "refused" ? "RunsRefused" : "RunsFailed"]: 1 });
  if (verdict.unreconciled === true) count(job, { ReconciliationFailures: 1 });
}

/** Starts what has waited for the end of the run, here and in the next layer. What goes wrong is left to the next sweep. */
export async function goOn(job: string, dispatch: Dispatch): Promise<void> {
  try {
    await startIfDue(job, dispatch);
    await dispatch.settled(job);
  } catch (error) {
    dispatch.warn(`What waited for ${job} could not be started`, error);
  }
}

/** Writes what became of the run, with what is known of its beginning. */
export async function record(
  job: string,
  { batch_id, execution_name, generation, locked_at }: RunningState,
  {
    status,
    attempt,
    reason,
    result,
  }: Pick<RunItem, "status" | "attempt" | "reason"> & { readonly result?: RunResult | undefined },
  { runs, now }: Dispatch,
): Promise<void> {
  const begun = await runs.run(job, batch_id);
  const time = now();
  const end = status === "retrying" ? {} : { finished_at: time.toISOString() };
  const said = result && { run_id: result.runId ?? undefined, rows: result.rows, quality: result.quality };
  const objects = begun?.objects ?? 0;
  const run = { job, batch_id, execution_name, generation, started_at: locked_at, objects };
  await runs.record({ ...run, status, attempt, reason, ...end, ...said }, time);
}
