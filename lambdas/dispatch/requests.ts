/** What dispatch is asked, besides the events of its queue. */
import type { DispatchRequest, FinishAnswer, RunAnswer } from "../../contracts/runs";
import { finish } from "./finish";
import { type Dispatch, startAsked, startIfDue } from "./start";
import { recover, sweep } from "./sweep";

/** @throws Error for a request that nobody should make */
export async function answer(
  request: DispatchRequest,
  dispatch: Dispatch,
): Promise<RunAnswer | FinishAnswer | { readonly swept: number } | { readonly started: number }> {
  switch (request.action) {
    case "run":
      return run(request, dispatch);
    case "finish":
      return finish(request, dispatch);
    case "sweep":
      await sweep(dispatch);
      return { swept: dispatch.work.jobs.length };
    case "settled":
      return settled(request.job, dispatch);
    default:
      throw new Error(`${JSON.stringify(request)} is no request: its action must be run, finish, sweep or settled`);
  }
}

async function run(
  { job, retryHeld }: { readonly job: string; readonly retryHeld?: boolean },
  dispatch: Dispatch,
): Promise<RunAnswer> {
  const { work, runs } = dispatch;
  if (!work.jobs.includes(job)) return { started: null, reason: `${work.layer} has no job ${job}` };
  await recover(job, dispatch);
  if (retryHeld === true) await runs.letGo(job);
  const answered = await startAsked(job, dispatch);
  const held = answered.started === null ? (await runs.held(job)).length : 0;
  if (held === 0) return answered;
  return { ...answered, reason: `${answered.reason}; ${held} held since they failed: retry them with --retry-held` };
}

async function settled(dataset: string, dispatch: Dispatch): Promise<{ readonly started: number }> {
  const answers = [];
  for (const job of dispatch.work.jobsAfter(dataset)) answers.push(await startIfDue(job, dispatch));
  return { started: answers.filter(({ started }) => started !== null).length };
}
