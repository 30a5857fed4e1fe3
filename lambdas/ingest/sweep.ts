/** Puts right what was left behind: tables and clusters whose execution has ended. */
import { momentOf, type SweepAnswer, tableId } from "../../contracts/ingestion";
import { unknownForMs } from "../shared/executions";
import type { Cluster, Ingest } from "./ports";

/** Looks after everything. @throws AggregateError when it could not, for some: the others have been looked after */
export async function sweep(ingest: Ingest): Promise<SweepAnswer> {
  const errors: unknown[] = [];
  const attempt = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      errors.push(error);
      return otherwise;
    }
  };
  const released: string[] = [];
  for (const source of await ingest.store.sources()) {
    const tables = await attempt(async () => (await ingest.store.source(source))?.tables ?? [], []);
    for (const { name } of tables) {
      const id = tableId(source, name);
      if (await attempt(() => releaseLost(source, id, ingest), false)) released.push(id);
    }
  }
  const terminated: string[] = [];
  for (const cluster of await attempt(() => ingest.clusters.alive(), [])) {
    if (await attempt(() => terminateLost(cluster, ingest), false)) terminated.push(cluster.id);
  }
  if (errors.length > 0) throw new AggregateError(errors, `The sweep failed for ${errors.length} tables or clusters`);
  return { released, terminated };
}

/** Frees a table whose execution has ended. @returns whether it was left behind */
async function releaseLost(source: string, id: string, ingest: Ingest): Promise<boolean> {
  const state = await ingest.store.state(id);
  if (state?.holder === undefined) return false;
  if (!(await hasEnded(state.holder, Date.parse(state.started_at), ingest))) return false;
  const seen = await ingest.store.attempt(id, state.started_at, state.token);
  // A job frees its table when it says that it has succeeded. So it has begun to since, and is done when the next sweep comes.
  if (seen === undefined || seen.status === "succeeded" || seen.status === "empty") return false;
  const changes =
    seen.status === "running"
      ? {
          status: "lost" as const,
          error: `its execution ${state.holder} ended without a word`,
          finished_at: momentOf(ingest.now()),
        }
      : { status: seen.status };
  const isReleased = await ingest.store.release(id, { token: state.token, seen, changes });
  if (isReleased) ingest.count(source, { AttemptsLost: 1 });
  return isReleased;
}

async function terminateLost({ id, execution, createdAt }: Cluster, ingest: Ingest): Promise<boolean> {
  const arn = ingest.executions.arn("emr", execution);
  const age = ingest.now().getTime() - createdAt.getTime();
  const isOld = age > ingest.maxClusterHours * 3_600_000;
  if (!isOld && arn !== undefined && !(await hasEnded(arn, createdAt.getTime(), ingest))) return false;
  await ingest.clusters.terminate(id);
  return true;
}

async function hasEnded(execution: string, since: number, { executions, now }: Ingest): Promise<boolean> {
  const { status } = await executions.describe(execution);
  return status === "absent" ? now().getTime() - since >= unknownForMs : status !== "running";
}
