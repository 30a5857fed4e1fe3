/**
 * Ingestion: which sources there are, who reads one of their tables now, up to when it has been read, and what became of
 * every attempt. The table is written by the deployment (definitions), by the function that claims and settles, and by the
 * jobs; people read it through the command line. Only this file and its counterpart of the jobs know the names of its
 * attributes. Every moment in it has the form of {@link momentOf}, so that texts compare as times do.
 */
import { createHash } from "node:crypto";
import { dashed } from "./layers";
import { datasetPrefix } from "./layout";

export type * from "./ingestion-requests";

/** Key attributes of the table and of its index, and the one by which DynamoDB drops old history. */
export const ingestionKeys = {
  partition: "pk",
  sort: "sk",
  indexPartition: "cluster_id",
  indexSort: "started_at",
  expiry: "expires_at",
} as const;

/** Secondary index for "what ran on this cluster". */
export const clusterIndex = "by_cluster";

/** Last part of the names of the table and of the function. */
export const ingestionTable = "ingestion";
export const ingestFunction = "ingest";

interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** A source or one of its tables, as it was deployed: items of {@link sourceKey} and {@link sourceTableKey}. */
export interface DefinitionItem extends ItemKey {
  /** JSON of a `SourceDefinition` with host, port and secret filled in, or of a `SourceTable`. */
  readonly definition: string;
}

/** Who reads a table, and up to when it has been read: the item of {@link tableStateKey}. */
export interface TableStateItem extends ItemKey {
  /** Grows with each claim: who comes with an earlier one has been overtaken and may change nothing. */
  readonly token: number;
  /** ARN of the execution that reads the table; absent when none does. */
  readonly holder?: string;
  readonly lease_until?: string;
  /** Up to here, exclusively, everything has been read and published. Absent before the first success. */
  readonly committed_stop?: string;
  /** Up to when the table had been read when all its keys were listed last. */
  readonly compared_stop?: string;
  /** When the attempt of this token began: with the token, the sort key of its {@link HistoryItem}. */
  readonly started_at: string;
}

/** `regular` goes on where the last one ended, `full` reads the whole table, `backfill` reads an earlier time again. */
export type WindowKind = "regular" | "backfill" | "full";

/** A window that has been opened and not been published: an item of {@link windowKey}. Every attempt reads this very one. */
export interface WindowItem extends ItemKey {
  readonly kind: WindowKind;
  /** Inclusive; absent: from the beginning. */
  readonly start?: string;
  /** Exclusive; absent until a job has fixed it, which happens once. */
  readonly stop?: string;
  readonly attempts: number;
  /** The attempt whose files are published, whoever does it. */
  readonly decided?: {
    readonly token: number;
    /** Key of the manifest in the raw zone's bucket. */
    readonly manifest: string;
    readonly rows: number;
    readonly bytes: number;
  };
}

/** `lost`: the execution ended without a word. */
export type HistoryStatus = "running" | "succeeded" | "empty" | "failed" | "lost";

/** One attempt at a window: an item of {@link historyKey}. */
export interface HistoryItem extends ItemKey {
  readonly status: HistoryStatus;
  readonly kind: WindowKind;
  readonly window_start?: string;
  readonly window_stop?: string;
  /** The first is 1. */
  readonly attempt: number;
  readonly token: number;
  /** Rows of the window in the database, in the snapshot that was read. */
  readonly rows_database?: number;
  readonly rows_read?: number;
  readonly rows_written?: number;
  readonly bytes?: number;
  /** Keys of the whole table, where they were listed to find rows that are gone. */
  readonly keys?: number;
  readonly seconds?: number;
  readonly cluster_id?: string;
  readonly step_id?: string;
  /** Of EMR Serverless. */
  readonly application_id?: string;
  /** ARN of the execution. */
  readonly execution: string;
  readonly error_name?: string;
  readonly error?: string;
  readonly started_at: string;
  readonly finished_at?: string;
  /** In seconds since 1970. Absent: kept. */
  readonly expires_at?: number;
}

/** `2026-01-31T10:00:00.000000Z`: UTC with microseconds. */
export function momentOf(date: Date): string {
  return `${date.toISOString().slice(0, -1)}000Z`;
}

/** Whether a text has the form of {@link momentOf} and names a time that there is. */
export function isMoment(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/.test(text)) return false;
  const time = new Date(`${text.slice(0, 23)}Z`);
  // Dates such as 31 February are taken for days of the next month.
  return Number.isFinite(time.getTime()) && time.toISOString().slice(0, 23) === text.slice(0, 23);
}

/** What names of a source's schedule and executions begin with, behind the account's prefix. */
export function ingestionJob(source: string): string {
  return `${ingestFunction}-${dashed(source)}`;
}

/** Names a table in keys: `<domain>/<source>/<table>`. The last part may hold anything, slashes too. */
export function tableId(source: string, table: string): string {
  return `${source}/${table}`;
}

/**
 * The tag by which clusters of ours are known, besides their names.
 * @param prefix first part of their names
 */
export function clusterMark(prefix: string): { readonly key: string; readonly value: string } {
  return { key: "ingestion", value: prefix };
}

const tableSortPrefix = "table#";

/** Partition of the list of all sources. */
export const sourceList = "sources";

/** Key of the item that names a source in the list of all; written by the deployment, and by a claim where it is missing. */
export function sourceListKey(source: string): ItemKey {
  return { pk: sourceList, sk: source };
}

/** Key of a source's definition. */
export function sourceKey(source: string): ItemKey {
  return { pk: `source#${source}`, sk: "source" };
}

/** Key of a table's definition. */
export function sourceTableKey(source: string, table: string): ItemKey {
  return { pk: sourceKey(source).pk, sk: `${tableSortPrefix}${table}` };
}

/** Whether an item of a source's partition defines a table. */
export function isSourceTable({ sk }: Pick<ItemKey, "sk">): boolean {
  return sk.startsWith(tableSortPrefix);
}

/** Key of a table's state. @param id see {@link tableId} */
export function tableStateKey(id: string): ItemKey {
  return { pk: `state#${id}`, sk: "state" };
}

/** Sort key of the window that regular runs and full loads work on: there is one at a time. */
export const regularWindow = "window#regular";

/** Sort key of a backfill's window. */
export function backfillWindow(start: string, stop: string): string {
  return `window#backfill#${start}~${stop}`;
}

/** Key of an open window. @param window {@link regularWindow} or what {@link backfillWindow} says */
export function windowKey(id: string, window: string): ItemKey {
  return { pk: tableStateKey(id).pk, sk: window };
}

/** Partition of a table's attempts, in the order of their beginnings. */
export function historyPartition(id: string): string {
  return `history#${id}`;
}

/** Key of an attempt. */
export function historyKey(id: string, startedAt: string, token: number): ItemKey {
  return { pk: historyPartition(id), sk: `${startedAt}#${token}` };
}

/** The window of which files and rows tell that they hold it. */
interface PublishedWindow {
  readonly kind: WindowKind;
  readonly start?: string;
  readonly stop: string;
}

/**
 * Below it an attempt stages its files and its manifest, in the raw zone's bucket; with a slash at the end. Tables whose
 * names are not plain are named by a hash: Hadoop takes `..`, `//` and `%` for something else than S3 does.
 */
export function stagingPrefix(source: string, table: string, token: number): string {
  const isPlain = /^\w+$/.test(table);
  const part = isPlain ? table : `x-${createHash("sha256").update(table).digest("hex").slice(0, 32)}`;
  return `_staging/${source}/${part}/${token}/`;
}

/** Value of `_source_version` in all rows of a window. */
export function windowVersion({ start, stop }: Pick<PublishedWindow, "start" | "stop">): string {
  return `${start ?? ""}~${stop}`;
}

/**
 * Where the files of a window go in the raw zone's bucket: the same at each attempt, as refine loads what it finds.
 * @param id see {@link tableId}
 * @param number of the file within the window, from 0
 */
export function ingestedKey(
  dataset: { readonly domain: string; readonly dataset: string },
  id: string,
  { kind, start, stop }: PublishedWindow,
  number: number,
): string {
  const identity = createHash("sha256")
    .update([id, kind, start ?? "", stop].join("|"))
    .digest("hex");
  const file = `${identity.slice(0, 32)}-${String(number).padStart(5, "0")}.parquet`;
  return `${datasetPrefix(dataset)}ingest_date=${stop.slice(0, 10)}/${file}`;
}
