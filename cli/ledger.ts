import { objectUri } from "../contracts";
import { type LedgerItem, ledgerIndex, ledgerKeys, unknownDataset } from "../contracts/ledger";
import { itemAt, itemsOf } from "./items";
import type { Lake } from "./lake";
import type { LakeClients } from "./lake-clients";

const TABLE = "ledger";

/** One version of an object in the zone where files arrive. */
export interface ObjectVersion {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

/** Every dataset that can be in the ledger, with the one for files that belong to none. */
export function datasetIds(lake: Lake): string[] {
  return [...lake.contracts.map(({ id }) => id), unknownDataset];
}

/** What the ledger says of one object version, if anything yet. */
export async function findEntry(clients: LakeClients, object: ObjectVersion): Promise<LedgerItem | undefined> {
  const { partition, sort } = ledgerKeys;
  return itemAt(clients, TABLE, { [partition]: objectUri(object), [sort]: object.versionId ?? "null" });
}

/** The entries of a dataset, the latest change first. */
export function entriesOf(clients: LakeClients, datasetId: string): AsyncGenerator<LedgerItem> {
  const attribute = ledgerKeys.indexPartition;
  return itemsOf(clients, { table: TABLE, index: ledgerIndex, attribute, value: datasetId });
}

/** A file that is neither in the lake nor in quarantine, or whose rows are not all there. */
export interface FileProblem {
  /** Address of the object that arrived. */
  readonly object: string;
  readonly version: string;
  /** `interrupted`: whoever worked on it has ended without a word. */
  readonly status: "failed" | "interrupted" | "unreconciled";
  readonly reason: string;
  readonly attempt: number;
  readonly lastChange: string;
}

/** What became of the files of one dataset. */
export interface DatasetSummary {
  readonly dataset: string;
  readonly files: number;
  readonly loaded: number;
  /** Files that could not be read at all. */
  readonly quarantinedFiles: number;
  readonly processing: number;
  readonly failed: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rowsQuarantined: number;
  /** From the first start to the last end. */
  readonly seconds?: number;
  readonly lastChange?: string;
  /** Objects whose rows in are not rows out plus rows quarantined. */
  readonly unreconciled: readonly string[];
  /** The files that somebody has to look at, in the order of the entries. */
  readonly problems: readonly FileProblem[];
}

/** Adds up the entries of one dataset. @param now in milliseconds: leases that end before are over */
export function summarize(dataset: string, entries: readonly LedgerItem[], now = Date.now()): DatasetSummary {
  const count = (status: LedgerItem["status"]) => entries.filter((entry) => entry.status === status).length;
  const sum = (field: "rows_in" | "rows_out" | "rows_quarantined") =>
    entries.reduce((total, entry) => total + (entry[field] ?? 0), 0);
  return {
    dataset,
    files: entries.length,
    loaded: count("loaded"),
    quarantinedFiles: count("quarantined"),
    processing: count("processing"),
    failed: count("failed"),
    rowsIn: sum("rows_in"),
    rowsOut: sum("rows_out"),
    rowsQuarantined: sum("rows_quarantined"),
    seconds: secondsBetween(entries),
    lastChange: entries
      .map(({ updated_at }) => updated_at)
      .sort()
      .at(-1),
    unreconciled: entries.filter((entry) => !reconciles(entry)).map(({ pk }) => pk),
    problems: entries.flatMap((entry) => fileProblem(entry, now) ?? []),
  };
}

function fileProblem(entry: LedgerItem, now: number): FileProblem | undefined {
  const status = troubleOf(entry, now);
  if (status === undefined) return undefined;
  const { pk, sk, attempt, updated_at, reason = UNSAID[status] } = entry;
  return { object: pk, version: sk, status, reason, attempt, lastChange: updated_at };
}

function troubleOf(entry: LedgerItem, now: number): FileProblem["status"] | undefined {
  if (entry.status === "failed") return "failed";
  if (entry.status === "processing") return (entry.lease_until ?? now) < now ? "interrupted" : undefined;
  return reconciles(entry) ? undefined : "unreconciled";
}

/** What to say when the ledger has no reason. */
const UNSAID: Record<FileProblem["status"], string> = {
  failed: "no reason is recorded",
  interrupted: "the function was cut off: out of memory or out of time",
  unreconciled: "rows in are not rows out plus rows in quarantine",
};

/** Whether every row of the file is accounted for. */
export function reconciles(entry: LedgerItem): boolean {
  return (entry.rows_in ?? 0) === (entry.rows_out ?? 0) + (entry.rows_quarantined ?? 0);
}

function secondsBetween(entries: readonly LedgerItem[]): number | undefined {
  const finished = entries.filter(({ finished_at }) => finished_at !== undefined);
  if (finished.length === 0) return undefined;
  const first = Math.min(...finished.map(({ started_at }) => Date.parse(started_at)));
  const last = Math.max(...finished.map(({ finished_at }) => Date.parse(finished_at ?? "")));
  return (last - first) / 1000;
}
