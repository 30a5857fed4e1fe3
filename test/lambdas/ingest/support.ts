import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SFNClient } from "@aws-sdk/client-sfn";
import {
  type HistoryItem,
  historyPartition,
  regularWindow,
  sourceKey,
  sourceListKey,
  sourceTableKey,
  type TableStateItem,
  tableId,
  tableStateKey,
  type WindowItem,
  windowKey,
} from "../../../contracts/ingestion";
import type { SourceDefinition, SourceTable } from "../../../contracts/sources/source";
import { ComputeExecutions } from "../../../lambdas/ingest/executions";
import type { Cluster, Ingest } from "../../../lambdas/ingest/ports";
import { IngestionStore } from "../../../lambdas/ingest/store";
import { ItemTable } from "../../../lambdas/shared/item-table";
import { FakeAws } from "../dispatch/fake-aws";

export const source = "freight/freight";
export const table = "shipments";
export const id = tableId(source, table);

const definition: SourceDefinition = {
  id: source,
  domain: "freight",
  name: "freight",
  description: "Freight shipments.",
  owner: "freight-data@example.com",
  connection: { engine: "postgresql", host: "db.example.com", port: 5432, database: "freight", secret: "ssm:/freight" },
  compute: "emr",
  concurrency: 2,
};

export function tableOf(name = table, changes: Partial<SourceTable> = {}): SourceTable {
  return {
    name,
    schema: "public",
    dataset: `freight/${name}`,
    window: { column: "updated_at", overlap: "15m", lag: "2m" },
    full_load: false,
    partition: { hash: ["shipment_id"], count: 4 },
    fetch_size: 10_000,
    priority: 50,
    ...changes,
  };
}

export const machine = "arn:aws:states:eu-west-1:111111111111:stateMachine:lake-ingest-emr";
export const executionOf = (name: string) => `${machine.replace(":stateMachine:", ":execution:")}:${name}`;

const start = Date.parse("2026-01-01T06:00:00.000Z");

/** Ingestion in a world of its own, with a clock that goes on a second each time it is asked. */
export class Bench {
  readonly counts: Record<string, number> = {};
  readonly clusters: Cluster[] = [];
  readonly terminated: string[] = [];
  readonly ingest: Ingest;
  time = start;

  constructor(
    readonly aws = new FakeAws(),
    changes: Partial<Ingest> = {},
    clients: { readonly dynamodb: DynamoDBClient; readonly stepFunctions: SFNClient } = aws.clients(),
  ) {
    this.ingest = {
      store: new IngestionStore(new ItemTable(clients.dynamodb, "ingestion")),
      executions: new ComputeExecutions(clients.stepFunctions, { emr: machine }),
      clusters: {
        alive: async () => this.clusters,
        terminate: async (cluster) => void this.terminated.push(cluster),
      },
      leaseSeconds: 3600,
      maxClusterHours: 12,
      now: () => {
        this.time += 1000;
        return new Date(this.time);
      },
      count: (_source, counts) => {
        for (const [name, count] of Object.entries(counts)) this.counts[name] = (this.counts[name] ?? 0) + count;
      },
      ...changes,
    };
  }

  /** As the deployment does. */
  deploy(tables: readonly SourceTable[] = [tableOf()], changes: Partial<SourceDefinition> = {}): this {
    const own = { ...definition, ...changes };
    this.put({ ...sourceListKey(own.id) });
    this.put({ ...sourceKey(own.id), definition: JSON.stringify(own) });
    for (const each of tables) {
      this.put({ ...sourceTableKey(own.id, each.name), definition: JSON.stringify(each) });
    }
    return this;
  }

  /** An execution that goes on until it is told to have ended. @returns its ARN */
  begin(name: string): string {
    this.aws.executions.set(name, { name, input: {}, status: "RUNNING" });
    return executionOf(name);
  }

  end(name: string, status: "SUCCEEDED" | "FAILED" | "ABORTED" = "FAILED"): void {
    const execution = this.aws.executions.get(name);
    if (execution) execution.status = status;
  }

  put(item: { readonly pk: string; readonly sk: string; readonly definition?: string }): void {
    this.aws.items.set(`${item.pk} ${item.sk}`, { ...item });
  }

  state(of = id): TableStateItem | undefined {
    return this.#item<TableStateItem>(tableStateKey(of));
  }

  window(window = regularWindow, of = id): WindowItem | undefined {
    return this.#item<WindowItem>(windowKey(of, window));
  }

  /** Attempts at a table by their tokens. */
  history(of = id): HistoryItem[] {
    const found = [...this.aws.items.values()].filter(({ pk }) => pk === historyPartition(of));
    return (found as unknown as HistoryItem[]).sort((a, b) => a.token - b.token);
  }

  #item<Item>({ pk, sk }: { readonly pk: string; readonly sk: string }): Item | undefined {
    return this.aws.items.get(`${pk} ${sk}`) as Item | undefined;
  }
}
