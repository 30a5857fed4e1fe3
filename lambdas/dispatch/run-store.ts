/** The run table in DynamoDB: conditional writes decide who may run a job. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { sourceHash } from "../../contracts/layout";
import {
  type Layer,
  type PendingItem,
  pendingKey,
  type RunItem,
  runKey,
  type StateItem,
  stateKey,
  takenKey,
} from "../../contracts/runs";
import { inParallel } from "./in-parallel";
import type { Arrival, RunningState, RunRecord, Runs, Waiting } from "./ports";

interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Writes at once: a batch is some hundred objects. */
const atOnce = 32;

export class RunStore implements Runs {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly table: string,
    private readonly layer: Layer,
  ) {}

  async note(job: string, arrival: Arrival, receivedAt: Date): Promise<void> {
    const sk = idOf(arrival);
    if (await this.#isTaken(job, sk)) return;
    const { uri, versionId: version_id } = arrival;
    const item: PendingItem = { ...this.#pending(job, sk), uri, version_id, received_at: receivedAt.toISOString() };
    await this.#unless(
      new PutItemCommand({
        TableName: this.table,
        Item: attributes(item),
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
  }

  async waiting(job: string, limit: number): Promise<Waiting[]> {
    const found: Waiting[] = [];
    for await (const item of this.#query(job, "attribute_not_exists(held_by)")) {
      // A message that came late may have noted it after it was taken. Only whoever runs the job takes, so none is taken now.
      if (await this.#isTaken(job, item.sk)) await this.#delete(this.#pending(job, item.sk));
      else found.push(waitingOf(item));
      if (found.length === limit) break;
    }
    return found;
  }

  async held(job: string): Promise<Waiting[]> {
    const found: Waiting[] = [];
    for await (const item of this.#query(job, "attribute_exists(held_by)")) found.push(waitingOf(item));
    return found;
  }

  async take(job: string, objects: readonly Waiting[], batchId: string): Promise<void> {
    // All marks before the first deletion: what is noted again in between is recognised by its mark.
    await inParallel(atOnce, objects, ({ id, uri }) =>
      this.client.send(
        new PutItemCommand({
          TableName: this.table,
          Item: attributes({ pk: takenKey(this.layer, job), sk: id, batch_id: batchId, uri }),
        }),
      ),
    );
    await inParallel(atOnce, objects, ({ id }) => this.#delete(this.#pending(job, id)));
  }

  async hold(job: string, objects: readonly Waiting[], batchId: string): Promise<void> {
    await inParallel(atOnce, objects, ({ id }) =>
      this.#update(this.#pending(job, id), "SET held_by = :batch", "attribute_exists(pk)", { batch: batchId }),
    );
  }

  async letGo(job: string): Promise<void> {
    await inParallel(atOnce, await this.held(job), ({ id }) =>
      this.#update(this.#pending(job, id), "REMOVE held_by", "attribute_exists(pk)", {}),
    );
  }

  async state(job: string): Promise<StateItem | undefined> {
    return (await this.#get(stateKey(this.layer, job))) as StateItem | undefined;
  }

  async lock(
    job: string,
    generation: number,
    start: Pick<StateItem, "batch_id" | "execution_name" | "locked_at">,
  ): Promise<boolean> {
    return this.#update(
      stateKey(this.layer, job),
      "SET #status = :starting, generation = :next, batch_id = :batch, execution_name = :name, locked_at = :time",
      generation === 0 ? "attribute_not_exists(pk)" : "generation = :seen AND #status = :idle",
      {
        starting: "starting",
        next: generation + 1,
        batch: start.batch_id,
        name: start.execution_name,
        time: start.locked_at,
        ...(generation === 0 ? {} : { seen: generation, idle: "idle" }),
      },
    );
  }

  async started(job: string, { generation }: RunningState): Promise<void> {
    await this.#update(
      stateKey(this.layer, job),
      "SET #status = :running",
      "generation = :generation AND #status = :starting",
      { running: "running", generation, starting: "starting" },
    );
  }

  async release(
    job: string,
    { generation }: RunningState,
    { succeededAt, lost }: { succeededAt?: string; lost?: number },
  ): Promise<void> {
    const set = [
      "SET #status = :idle",
      ...(succeededAt === undefined ? [] : ["succeeded_at = :time"]),
      ...(lost === undefined ? [] : ["lost = :lost"]),
    ].join(", ");
    await this.#update(
      stateKey(this.layer, job),
      lost === undefined ? `${set} REMOVE lost` : set,
      "generation = :generation AND #status <> :idle",
      {
        idle: "idle",
        generation,
        ...(succeededAt === undefined ? {} : { time: succeededAt }),
        ...(lost === undefined ? {} : { lost }),
      },
    );
  }

  async record(run: RunRecord, now: Date): Promise<void> {
    const item: RunItem = {
      pk: runKey(this.layer, run.job),
      sk: run.batch_id,
      layer: this.layer,
      updated_at: now.toISOString(),
      ...run,
    };
    await this.#unless(
      new PutItemCommand({
        TableName: this.table,
        Item: attributes(item),
        // A function that was slow to write that the run has begun must not hide its end.
        ConditionExpression:
          run.status === "running"
            ? "attribute_not_exists(pk) OR generation < :generation"
            : "attribute_not_exists(pk) OR generation <= :generation",
        ExpressionAttributeValues: attributes({ ":generation": run.generation }),
      }),
    );
  }

  async run(job: string, batchId: string): Promise<RunItem | undefined> {
    return (await this.#get({ pk: runKey(this.layer, job), sk: batchId })) as RunItem | undefined;
  }

  async *#query(job: string, filter: string): AsyncGenerator<PendingItem> {
    let from: QueryCommandInput["ExclusiveStartKey"];
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: "pk = :pk",
          FilterExpression: filter,
          ExpressionAttributeValues: attributes({ ":pk": pendingKey(this.layer, job) }),
          ConsistentRead: true,
          ExclusiveStartKey: from,
        }),
      );
      for (const item of page.Items ?? []) yield unmarshall(item) as PendingItem;
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  #pending(job: string, id: string): Key {
    return { pk: pendingKey(this.layer, job), sk: id };
  }

  async #isTaken(job: string, id: string): Promise<boolean> {
    return (await this.#get({ pk: takenKey(this.layer, job), sk: id })) !== undefined;
  }

  async #get(key: Key): Promise<unknown> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: this.table, Key: attributes(key), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : unmarshall(Item);
  }

  async #delete(key: Key): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: this.table, Key: attributes(key) }));
  }

  /** @returns whether the condition held */
  async #update(key: Key, update: string, condition: string, values: Record<string, unknown>): Promise<boolean> {
    const named = Object.entries(values).map(([name, value]) => [`:${name}`, value]);
    return this.#unless(
      new UpdateItemCommand({
        TableName: this.table,
        Key: attributes(key),
        UpdateExpression: update,
        ConditionExpression: condition,
        // The one attribute whose name DynamoDB keeps for itself.
        ...(`${update} ${condition}`.includes("#status") ? { ExpressionAttributeNames: { "#status": "status" } } : {}),
        ...(named.length === 0 ? {} : { ExpressionAttributeValues: attributes(Object.fromEntries(named)) }),
      }),
    );
  }

  /** @returns false when the command's condition did not hold */
  async #unless(command: PutItemCommand | UpdateItemCommand): Promise<boolean> {
    try {
      // Both commands are sent alike; the client's overloads ask for one of them.
      await this.client.send(command as UpdateItemCommand);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

/** Names an object version in the run table. */
export function idOf({ uri, versionId }: Arrival): string {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? [];
  return sourceHash({ bucket, key, versionId });
}

function waitingOf({ sk, uri, version_id }: PendingItem): Waiting {
  return { id: sk, uri, ...(version_id === undefined ? {} : { versionId: version_id }) };
}

function attributes(value: object) {
  return marshall(value, { removeUndefinedValues: true });
}
