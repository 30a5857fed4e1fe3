/** Starts executions, for people and schedules. */
import type { BackfillRequest, RunIngestAnswer, RunIngestRequest } from "../../contracts/ingestion";
import { dashed } from "../../contracts/layers";
import type { Deployed, Ingest } from "./ports";
import { checkedBackfill, chosenTables, deployedSource, RequestError } from "./sources";

/** AWS lets names have 80 characters; an id of a request has 36. */
const longestSource = 80 - 36 - 1;

/** @param requestId the same when the same request is made again, so that it starts nothing twice */
export async function run(
  { source, tables }: RunIngestRequest,
  requestId: string,
  ingest: Ingest,
): Promise<RunIngestAnswer> {
  const deployed = await deployedSource(ingest.store, source);
  chosenTables(deployed, tables ?? undefined);
  return start(deployed, { source, ...(tables ? { tables } : {}) }, requestId, ingest);
}

export async function backfill(
  { source, table, start: from, stop }: BackfillRequest,
  requestId: string,
  ingest: Ingest,
): Promise<RunIngestAnswer> {
  const deployed = await deployedSource(ingest.store, source);
  const checked = checkedBackfill(deployed, { table, start: from, stop }, ingest.now());
  return start(deployed, { source, backfill: checked }, requestId, ingest);
}

async function start(
  { source: { id, compute } }: Deployed,
  input: object,
  requestId: string,
  { executions, count }: Ingest,
): Promise<RunIngestAnswer> {
  const name = `${dashed(id).slice(0, longestSource)}-${requestId}`;
  if (executions.arn(compute, name) === undefined) {
    throw new RequestError(`${id} is to be read by ${compute}, which was not deployed: deploy the lake again`);
  }
  const execution = await executions.start(compute, name, input);
  count(id, { IngestionsStarted: 1 });
  return { execution };
}
