/** What waits, what runs and what ran: conditional writes decide who may run a job. */
import { sourceHash } from "../../contracts/layout";
import {
  type Layer,
  type PendingItem,
  pendingKey,
  type RunItem,
  runKey,
  type StateItem,
  stateKey,
  type TakenItem,
  takenKey,
} from "../../contracts/runs";
import type { ItemTable, Key } from "../shared/item-table";
import { inParallel } from "./in-parallel";
import type { Arrival, RunningState, RunRecord, Runs, Waiting } from "./ports";

/** Requests at once: a batch is some hundred objects. */
const atOnce = 32;

export class RunStore implements Runs {
  constructor(
    private readonly table: ItemTable,
    private readonly layer: Layer,
  ) {}

  async note(job: string, arrival: Arrival, receivedAt: Date): Promise<void> {
    const sk = idOf(arrival);
    if (await this.#isTaken(job, sk)) return;
    const { uri, versionId: version_id } = arrival;
    const item: PendingItem = { ...this.#pending(job, sk), uri, version_id, received_at: receivedAt.toISOString() };
    await this.table.put(item, "attribute_not_exists(pk)");
  }

  async waiting(job: string, limit: number): Promise<Waiting[]> {
    const found: Waiting[] = [];
    for await (const page of this.#pendingPages(job, "attribute_not_exists(held_by)")) {
      for (let at = 0; at < page.length && found.length < limit; ) {
        const part = page.slice(at, at + limit - found.length);
        found.push(...(await this.#open(job, part)));
        at += part.length;
      }
      if (found.length === limit) break;
    }
    return found;
  }

  /** Those of the objects that are not taken: a message that came late may have noted one after that. */
  async #open(job: string, objects: readonly Waiting[]): Promise<Waiting[]> {
    const taken = new Set<string>();
    await inParallel(atOnce, objects, async ({ id }) => {
      if (!(await this.#isTaken(job, id))) return;
      taken.add(id);
      await this.table.delete(this.#pending(job, id));
    });
    return objects.filter(({ id }) => !taken.has(id));
  }

  async held(job: string): Promise<Waiting[]> {
    const found: Waiting[] = [];
    for await (const page of this.#pendingPages(job, "attribute_exists(held_by)")) found.push(...page);
    return found;
  }

  async take(job: string, objects: readonly Waiting[], batchId: string): Promise<void> {
    // All marks before the first deletion: what is noted again in between is recognised by its mark.
    await inParallel(atOnce, objects, ({ id, uri }) => {
      const item: TakenItem = { pk: takenKey(this.layer, job), sk: id, batch_id: batchId, uri };
      return this.table.put(item);
    });
    await inParallel(atOnce, objects, ({ id }) => this.table.delete(this.#pending(job, id)));
  }

  async hold(job: string, objects: readonly Waiting[], batch: string): Promise<void> {
    await inParallel(atOnce, objects, ({ id }) =>
      this.table.update(this.#pending(job, id), "SET held_by = :batch", "attribute_exists(pk)", { batch }),
    );
  }

  async letGo(job: string): Promise<void> {
    await inParallel(atOnce, await this.held(job), ({ id }) =>
      this.table.update(this.#pending(job, id), "REMOVE held_by", "attribute_exists(pk)"),
    );
  }

  async state(job: string): Promise<StateItem | undefined> {
    return this.table.get<StateItem>(stateKey(this.layer, job));
  }

  async lock(
    job: string,
    generation: number,
    { batch_id: batch, execution_name: name, locked_at: time }: Parameters<Runs["lock"]>[2],
  ): Promise<boolean> {
    const isFirst = generation === 0;
    return this.table.update(
      stateKey(this.layer, job),
      "SET #status = :starting, generation = :next, batch_id = :batch, execution_name = :name, locked_at = :time",
      // Who locks has looked at what waits before: if somebody has run the job since, that may be done.
      isFirst ? "attribute_not_exists(pk)" : "generation = :seen AND #status = :idle",
      {
        ...{ starting: "starting", next: generation + 1, batch, name, time },
        ...(isFirst ? {} : { seen: generation, idle: "idle" }),
      },
    );
  }

  async started(job: string, { generation }: RunningState): Promise<void> {
    await this.table.update(
      stateKey(this.layer, job),
      "SET #status = :running",
      "generation = :generation AND #status = :starting",
      { running: "running", generation, starting: "starting" },
    );
  }

  async release(job: string, { generation }: RunningState, outcome: Parameters<Runs["release"]>[2]): Promise<void> {
    const { succeededAt: time, lost } = outcome;
    const set = [
      "SET #status = :idle",
      ...(time === undefined ? [] : ["succeeded_at = :time"]),
      ...(lost === undefined ? [] : ["lost = :lost"]),
    ].join(", ");
    await this.table.update(
      stateKey(this.layer, job),
      lost === undefined ? `${set} REMOVE lost` : set,
      "generation = :generation AND #status <> :idle",
      { idle: "idle", generation, ...(time === undefined ? {} : { time }), ...(lost === undefined ? {} : { lost }) },
    );
  }

  async record(run: RunRecord, now: Date): Promise<void> {
    const { generation } = run;
    const key = { pk: runKey(this.layer, run.job), sk: run.batch_id };
    const item: RunItem = { ...key, layer: this.layer, updated_at: now.toISOString(), ...run };
    // A function that was slow to write that the run has begun must not hide its end.
    const earlier = run.status === "running" ? "generation < :generation" : "generation <= :generation";
    await this.table.put(item, `attribute_not_exists(pk) OR ${earlier}`, { generation });
  }

  async run(job: string, batchId: string): Promise<RunItem | undefined> {
    return this.table.get<RunItem>({ pk: runKey(this.layer, job), sk: batchId });
  }

  async *#pendingPages(job: string, filter: string): AsyncGenerator<Waiting[]> {
    for await (const page of this.table.query<PendingItem>(pendingKey(this.layer, job), { filter })) {
      yield page.map(({ sk, uri, version_id }) => ({
        ...{ id: sk, uri },
        ...(version_id === undefined ? {} : { versionId: version_id }),
      }));
    }
  }

  #pending(job: string, id: string): Key {
    return { pk: pendingKey(this.layer, job), sk: id };
  }

  async #isTaken(job: string, id: string): Promise<boolean> {
    return (await this.table.get({ pk: takenKey(this.layer, job), sk: id })) !== undefined;
  }
}

/** Names an object version in the run table. */
export function idOf({ uri, versionId }: Arrival): string {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? [];
  return sourceHash({ bucket, key, versionId });
}
