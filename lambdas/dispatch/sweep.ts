/** Puts right what was left behind: executions that ended without a word, and work that nobody has started. */
import { type ExecutionState, unknownForMs } from "../shared/executions";
import { conclude, goOn, record, resultOf } from "./finish";
import type { RunningState } from "./ports";
import { type Dispatch, isRunning, launch, startIfDue } from "./start";
import { judge } from "./verdict";

/** Looks after every job. @throws AggregateError when it could not, for some: the others have been looked after */
export async function sweep(dispatch: Dispatch): Promise<void> {
  const errors: unknown[] = [];
  for (const job of dispatch.work.jobs) {
    try {
      await tellAge(job, dispatch);
      await recover(job, dispatch);
      await startIfDue(job, dispatch);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `The sweep failed for ${errors.length} jobs`);
}

/** Says how old the job's data is, where its contract promises something. Data that never came has no age. */
async function tellAge(job: string, dispatch: Dispatch): Promise<void> {
  if (!dispatch.work.promised.includes(job)) return;
  const { succeeded_at } = (await dispatch.runs.state(job)) ?? {};
  if (succeeded_at === undefined) return;
  dispatch.tellAge(job, (dispatch.now().getTime() - Date.parse(succeeded_at)) / 1000);
}

/** Frees the job when nobody runs it any more. */
export async function recover(job: string, dispatch: Dispatch): Promise<void> {
  const state = await dispatch.runs.state(job);
  if (!isRunning(state)) return;
  if (state.status === "starting") {
    await launch(job, state, dispatch);
    return;
  }
  const execution = await dispatch.executions.describe(state.execution_name);
  if (execution.status === "running") return;
  const age = dispatch.now().getTime() - Date.parse(state.locked_at);
  if (execution.status === "absent" && age < unknownForMs) return;
  await giveUp(job, state, execution, dispatch);
}

/** Ends a run whose execution has ended before its end was recorded. */
async function giveUp(
  job: string,
  state: RunningState,
  { status, error }: ExecutionState,
  dispatch: Dispatch,
): Promise<void> {
  const outcome = status === "succeeded" ? ("succeeded" as const) : ("failed" as const);
  const verdict = judge({ outcome, error }, await resultOf(job, state, dispatch), dispatch.work.layer);
  const attempt = (await dispatch.runs.run(job, state.batch_id))?.attempt ?? 1;
  if (verdict.kind !== "again") {
    await conclude(job, state, verdict, attempt, dispatch);
  } else {
    const lost = (state.lost ?? 0) + 1;
    const said = outcome === "succeeded" || error !== undefined ? verdict.reason : "nobody knows of it any more";
    const reason = `the execution ${state.execution_name} ended without a word: ${said}`;
    if (lost >= dispatch.maxAttempts) {
      await conclude(job, state, { kind: "held", status: "failed", reason }, attempt, dispatch);
    } else {
      await record(job, state, { status: "lost", attempt, reason }, dispatch);
      await dispatch.runs.release(job, state, { lost });
      dispatch.count(job, { RunsLost: 1 });
    }
  }
  await goOn(job, dispatch);
}
