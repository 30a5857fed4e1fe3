/** What became of one table's job. Its own word counts; whoever asks only adds what it could not say any more. */
import { momentOf, type SettleAnswer, type SettleRequest, tableId } from "../../contracts/ingestion";
import { failureOf } from "../shared/failure";
import type { Attempt, Ingest } from "./ports";

const tries = 5;

/** Asked again, it says the same again. */
export async function settle(request: SettleRequest, ingest: Ingest): Promise<SettleAnswer> {
  const { source, table, token } = request;
  const id = tableId(source, table);
  for (let left = tries; left > 0; left--) {
    const state = await ingest.store.state(id);
    const isOurs = state?.token === token;
    const attempt = isOurs
      ? await ingest.store.attempt(id, state.started_at, token)
      : await ingest.store.recentAttempt(id, token);
    if (attempt === undefined)
      return { table, outcome: "fenced", reason: `nothing is known of token ${token}`, rows: 0 };
    if (attempt.status === "succeeded" || attempt.status === "empty") {
      await ingest.store.note(id, attempt, placeOf(request));
      ingest.count(source, { TablesSucceeded: 1, RowsIngested: attempt.rows_written ?? 0 });
      return { table, outcome: attempt.status, reason: "", rows: attempt.rows_written ?? 0 };
    }
    if (!isOurs) {
      const reason = `the table was taken over: its token is ${state?.token} by now, and was ${token}`;
      return { table, outcome: "fenced", reason, rows: 0 };
    }
    if (state.holder === undefined && attempt.status !== "running") return failed(table, attempt);
    const changes = endOf(request, attempt, ingest.now());
    if (await ingest.store.release(id, { token, seen: attempt, changes })) {
      ingest.count(source, { TablesFailed: 1 });
      return failed(table, { ...attempt, ...changes });
    }
  }
  throw new Error(`${id} changed ${tries} times while it was being settled: ask again`);
}

/** What the job has said of its failure stays: it knows best. */
function endOf(request: SettleRequest, attempt: Attempt, now: Date) {
  const isSaid = attempt.status !== "running";
  const { error_name, error } = isSaid ? attempt : errorOf(request);
  return {
    status: "failed" as const,
    ...(error_name === undefined ? {} : { error_name }),
    ...(error === undefined ? {} : { error }),
    finished_at: attempt.finished_at ?? momentOf(now),
    ...placeOf(request),
  };
}

function errorOf({ outcome, error }: SettleRequest): Pick<Attempt, "error_name" | "error"> {
  if (outcome === "succeeded")
    return { error_name: "NoWord", error: "the job ended well and left no word of its window" };
  const { reason } = failureOf(error);
  const [, own] = /^(\w+Error)\b/.exec(reason) ?? [];
  return { error_name: own ?? error?.Error ?? "States.TaskFailed", error: reason };
}

/** On what it ran, as far as anybody has said so; EMR names the step in what it says of its failure. */
function placeOf({ cluster, step, error }: SettleRequest): Pick<Attempt, "cluster_id" | "step_id"> {
  const [, caused] = /"Step":\{"Id":"(s-\w+)"/.exec(error?.Cause ?? "") ?? [];
  const stepId = step ?? caused;
  return { ...(cluster ? { cluster_id: cluster } : {}), ...(stepId ? { step_id: stepId } : {}) };
}

function failed(table: string, { error_name, error }: Attempt): SettleAnswer {
  const name = error_name === undefined || error?.startsWith(error_name) ? "" : `${error_name}: `;
  return { table, outcome: "failed", reason: `${name}${error ?? "no reason is given"}`, rows: 0 };
}
