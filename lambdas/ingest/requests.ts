/** What the function is asked. */
import type { IngestRequest } from "../../contracts/ingestion";
import { claim } from "./claim";
import type { Ingest } from "./ports";
import { backfill, run } from "./run";
import { settle } from "./settle";
import { RequestError } from "./sources";
import { summarize } from "./summarize";
import { sweep } from "./sweep";

/** What each request has to have. */
const parts: Readonly<Record<IngestRequest["action"], readonly string[]>> = {
  run: ["source"],
  backfill: ["source", "table", "start", "stop"],
  claim: ["source", "execution"],
  settle: ["source", "table", "token", "outcome"],
  summarize: ["source", "execution", "results", "skipped"],
  sweep: [],
};

/**
 * @param requestId the same when the same request is made again
 * @throws RequestError for a request that cannot be fulfilled
 */
export async function answer(request: IngestRequest, requestId: string, ingest: Ingest): Promise<unknown> {
  const wanted = parts[request.action];
  if (wanted === undefined) {
    const actions = Object.keys(parts).join(", ");
    throw new RequestError(`${JSON.stringify(request)} is no request: its action must be one of ${actions}`);
  }
  const missing = wanted.filter((part) => (request as unknown as Record<string, unknown>)[part] === undefined);
  if (missing.length > 0) throw new RequestError(`the request to ${request.action} has no ${missing.join(", ")}`);
  switch (request.action) {
    case "run":
      return run(request, requestId, ingest);
    case "backfill":
      return backfill(request, requestId, ingest);
    case "claim":
      return claim(request, ingest);
    case "settle":
      return settle(request, ingest);
    case "summarize":
      return summarize(request);
    case "sweep":
      return sweep(ingest);
  }
}
