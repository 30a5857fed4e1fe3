import {
  type Layer,
  layers,
  type PendingItem,
  pendingKey,
  type RunItem,
  type RunStatus,
  runIndex,
  runKey,
  runKeys,
  type StateItem,
  stateKey,
} from "../../contracts/runs";
import { itemAt, itemsOf } from "../items";
import type { LakeClients } from "../lake-clients";
import type { Job } from "./jobs";

const TABLE = "runs";

/** What is held of a job since its batch failed. */
export interface Held {
  readonly job: string;
  readonly batch: string;
  readonly objects: number;
}

/** Runs that somebody has to look at. */
export function isTroubled({ status }: { readonly status: RunStatus }): boolean {
  return ["refused", "failed", "lost"].includes(status);
}

/** The latest runs of all layers, the last change first. */
export async function latestRuns(
  clients: LakeClients,
  limit: number,
  accept: (run: RunItem) => boolean,
): Promise<RunItem[]> {
  const found = await Promise.all(layers.map((layer) => take(limit, accept, runsOfLayer(clients, layer))));
  return newestFirst(found.flat()).slice(0, limit);
}

/** The latest runs of one job, the last change first. */
export async function runsOfJob(
  clients: LakeClients,
  { layer, id }: Job,
  limit: number,
  accept: (run: RunItem) => boolean,
): Promise<RunItem[]> {
  const runs: RunItem[] = [];
  // Sorted by batch, whose names say nothing of the time.
  for await (const run of recordsOf<RunItem>(clients, runKey(layer, id))) if (accept(run)) runs.push(run);
  return newestFirst(runs).slice(0, limit);
}

/** The latest run of a job that has looked at quality rules. */
export async function lastChecked(clients: LakeClients, job: Job): Promise<RunItem | undefined> {
  const hasRules = ({ quality }: RunItem) => (quality?.length ?? 0) > 0;
  const state = await recordAt<StateItem>(clients, stateKey(job.layer, job.id));
  if (state === undefined) return undefined;
  const last = await runOf(clients, job, state.batch_id);
  if (last !== undefined && hasRules(last)) return last;
  return (await runsOfJob(clients, job, 1, hasRules))[0];
}

/** What is recorded of one batch. */
export async function runOf(clients: LakeClients, { layer, id }: Job, batchId: string): Promise<RunItem | undefined> {
  return recordAt(clients, { pk: runKey(layer, id), sk: batchId });
}

/** What waits for somebody to put right why it failed. */
export async function heldOf(clients: LakeClients, { layer, id }: Job): Promise<Held[]> {
  const held = new Map<string, number>();
  for await (const { held_by } of recordsOf<PendingItem>(clients, pendingKey(layer, id))) {
    if (held_by !== undefined) held.set(held_by, (held.get(held_by) ?? 0) + 1);
  }
  return [...held].map(([batch, objects]) => ({ job: id, batch, objects }));
}

function runsOfLayer(clients: LakeClients, layer: Layer): AsyncGenerator<RunItem> {
  return itemsOf(clients, { table: TABLE, index: runIndex, attribute: runKeys.indexPartition, value: layer });
}

/** The items of a partition of the run table. */
export function recordsOf<Item>(clients: LakeClients, partition: string): AsyncGenerator<Item> {
  return itemsOf(clients, { table: TABLE, attribute: runKeys.partition, value: partition });
}

/** One item of the run table, if it is there. */
export async function recordAt<Item>(
  clients: LakeClients,
  { pk, sk }: { pk: string; sk: string },
): Promise<Item | undefined> {
  return itemAt(clients, TABLE, { [runKeys.partition]: pk, [runKeys.sort]: sk });
}

async function take<T>(limit: number, accept: (item: T) => boolean, items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    if (accept(item)) found.push(item);
    if (found.length === limit) break;
  }
  return found;
}

function newestFirst(runs: readonly RunItem[]): RunItem[] {
  return [...runs].sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1));
}
