/** What the Spark job does with a window, step by step, in TypeScript: the protocol without Spark. */
import { type DynamoDBClient, type TransactWriteItem, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { marshall } from "@aws-sdk/util-dynamodb";
import {
  type ClaimedTable,
  historyKey,
  ingestedKey,
  momentOf,
  stagingPrefix,
  type TableStateItem,
  tableId,
  tableStateKey,
  type WindowItem,
  windowKey,
} from "../../../contracts/ingestion";
import { ItemTable } from "../../../lambdas/shared/item-table";
import type { Row, SimulatedDatabase } from "./simulated-database";

export class FencedError extends Error {}

/** What a job works with. */
export interface JobWorld {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  /** A read of the database, which others may come before. */
  readonly read: (start: number, stop: number) => Promise<Row[]>;
  readonly database: SimulatedDatabase;
  readonly overlapMs: number;
  readonly lagMs: number;
  readonly rowsPerFile: number;
  /** Whether writes ask for the token, as they have to. */
  readonly isFenced: boolean;
}

interface Manifest {
  readonly files: readonly { readonly staged: string; readonly final: string }[];
}

const bucket = "raw";
const dataset = { domain: "freight", dataset: "shipments" };

export class JobModel {
  readonly #id: string;
  readonly #items: ItemTable;
  #startedAt = "";

  constructor(
    private readonly source: string,
    private readonly claimed: ClaimedTable,
    private readonly world: JobWorld,
  ) {
    this.#id = tableId(source, claimed.table);
    this.#items = new ItemTable(world.dynamodb, "ingestion");
  }

  /** @throws FencedError when somebody else has the table by now */
  async run(): Promise<void> {
    let window = await this.#open();
    if (window !== undefined && window.decided === undefined) {
      if (window.stop === undefined) {
        const stop = momentOf(new Date(this.world.database.now() - this.world.lagMs));
        await this.#write({ stop });
        window = await this.#open();
      }
      if (window === undefined) return;
      if (window.start !== undefined && (window.stop ?? "") <= window.start) {
        await this.#finish("empty", window, 0);
        return;
      }
      await this.#stage(window);
      window = await this.#open();
    }
    if (window?.decided === undefined) return;
    await this.#publish(window.decided.manifest);
    await this.#finish("succeeded", window, window.decided.rows);
  }

  /** The window as it is now; undefined when this attempt has closed it already. */
  async #open(): Promise<WindowItem | undefined> {
    const state = await this.#items.get<TableStateItem>(tableStateKey(this.#id));
    if (this.world.isFenced && state?.token !== this.claimed.token) throw new FencedError(`token ${state?.token}`);
    this.#startedAt ||= state?.started_at ?? "";
    return this.#items.get<WindowItem>(windowKey(this.#id, this.claimed.window));
  }

  async #stage(window: WindowItem): Promise<void> {
    const { overlapMs, rowsPerFile } = this.world;
    const overlap = window.kind === "regular" ? overlapMs : 0;
    const start = window.start === undefined ? 0 : Date.parse(window.start) - overlap;
    const stop = window.stop ?? "";
    const rows = await this.world.read(start, Date.parse(stop));
    const prefix = stagingPrefix(this.source, this.claimed.table, this.claimed.token);
    const files = [];
    for (let at = 0; at * rowsPerFile < rows.length; at++) {
      const staged = `${prefix}part-${at}`;
      await this.#put(staged, rows.slice(at * rowsPerFile, (at + 1) * rowsPerFile));
      const final = ingestedKey(dataset, this.#id, { kind: window.kind, start: window.start, stop }, at);
      files.push({ staged, final });
    }
    const manifest = `${prefix}manifest.json`;
    await this.#put(manifest, { files });
    await this.#write({ decided: { token: this.claimed.token, manifest, rows: rows.length, bytes: 1 } });
  }

  async #publish(manifest: string): Promise<void> {
    const { files } = (await this.#read(manifest)) as Manifest;
    for (const { staged, final } of files) await this.#put(final, await this.#read(staged));
  }

  /** Sets an attribute of the window once, while the token holds. */
  async #write(given: Readonly<Record<string, unknown>>): Promise<void> {
    const [[name, value] = []] = Object.entries(given);
    await this.#transact([
      this.#fence(),
      {
        Update: {
          TableName: "ingestion",
          Key: marshall(windowKey(this.#id, this.claimed.window)),
          UpdateExpression: "SET #name = if_not_exists(#name, :value)",
          ConditionExpression: "attribute_exists(pk)",
          ExpressionAttributeNames: { "#name": String(name) },
          ExpressionAttributeValues: marshall({ ":value": value }),
        },
      },
    ]);
  }

  async #finish(status: "succeeded" | "empty", window: WindowItem, rows: number): Promise<void> {
    const { token } = this.claimed;
    const advances = status === "succeeded" && window.kind === "regular";
    const fence = this.world.isFenced
      ? { ConditionExpression: "#token = :token", ExpressionAttributeNames: { "#token": "token" } }
      : {};
    const values = {
      ...(advances ? { ":stop": window.stop } : {}),
      ...(this.world.isFenced ? { ":token": token } : {}),
    };
    const figures = { status, rows_written: rows, window_start: window.start, window_stop: window.stop };
    const given = Object.entries(figures).filter(([, value]) => value !== undefined);
    await this.#transact([
      {
        Update: {
          TableName: "ingestion",
          Key: marshall(tableStateKey(this.#id)),
          UpdateExpression: `${advances ? "SET committed_stop = :stop " : ""}REMOVE holder, lease_until`,
          ...fence,
          ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: marshall(values) }),
        },
      },
      {
        Delete: {
          TableName: "ingestion",
          Key: marshall(windowKey(this.#id, this.claimed.window)),
          ConditionExpression: "attribute_exists(pk)",
        },
      },
      {
        Update: {
          TableName: "ingestion",
          Key: marshall(historyKey(this.#id, this.#startedAt, token)),
          UpdateExpression: `SET ${given.map(([name]) => `#${name} = :${name}`).join(", ")}`,
          ExpressionAttributeNames: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
          ExpressionAttributeValues: marshall(Object.fromEntries(given.map(([name, value]) => [`:${name}`, value]))),
        },
      },
    ]);
  }

  #fence(): TransactWriteItem {
    const state = { TableName: "ingestion", Key: marshall(tableStateKey(this.#id)) };
    const condition = this.world.isFenced ? "#token = :token" : "attribute_exists(pk)";
    return {
      ConditionCheck: {
        ...state,
        ConditionExpression: condition,
        ...(this.world.isFenced
          ? {
              ExpressionAttributeNames: { "#token": "token" },
              ExpressionAttributeValues: marshall({ ":token": this.claimed.token }),
            }
          : {}),
      },
    };
  }

  async #transact(items: TransactWriteItem[]): Promise<void> {
    await this.world.dynamodb.send(new TransactWriteItemsCommand({ TransactItems: items }));
  }

  async #put(key: string, content: unknown): Promise<void> {
    await this.world.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(content) }));
  }

  async #read(key: string): Promise<unknown> {
    const { Body } = await this.world.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return JSON.parse((await Body?.transformToString()) ?? "");
  }
}
