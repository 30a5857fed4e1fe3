/**
 * The ledger: what became of each object that arrived. One item per object version, written by the functions that
 * load it and read by people through the command line. Only this file knows the names of its attributes.
 */

/** `processing` while a function holds the object; `failed` is tried again; the others are final. */
export type LedgerStatus = "processing" | "loaded" | "quarantined" | "failed";

export interface LedgerItem {
  /** Partition key: `s3://bucket/key` of the object that arrived. */
  readonly pk: string;
  /** Sort key: the object's version; `null` in a bucket without versions. */
  readonly sk: string;
  readonly status: LedgerStatus;
  /** `<domain>/<dataset>`, or `unknown`: partition key of the index {@link ledgerIndex}. */
  readonly dataset_id: string;
  /** Time of the last change in ISO 8601 (UTC): sort key of the index {@link ledgerIndex}. */
  readonly updated_at: string;
  readonly domain?: string;
  readonly dataset?: string;
  /** The zone into which rows are loaded. */
  readonly zone: string;

  /** How many times a function has taken the object on, the first time being 1. */
  readonly attempt: number;
  /** Who holds the object: the id of a function's request. */
  readonly claimed_by?: string;
  /** The message for which it is held, and how often that one had been received: a higher count means the holder is dead. */
  readonly message_id?: string;
  readonly receive_count?: number;
  /** Until when it is held, in milliseconds since 1970: later, the holder is dead. */
  readonly lease_until?: number;

  readonly first_seen_at: string;
  readonly started_at: string;
  readonly finished_at?: string;
  readonly duration_ms?: number;

  /** Size of the object. */
  readonly bytes?: number;
  /** Records in the file; always `rows_out + rows_quarantined`. */
  readonly rows_in?: number;
  readonly rows_out?: number;
  readonly rows_quarantined?: number;
  /** Addresses of what was written to the zone. */
  readonly outputs?: readonly string[];
  /** Address of the rejected rows or of the rejected file. */
  readonly quarantine?: string;
  /** Why rows or the file were rejected, or the attempt failed; while `processing`, why the attempt before it ended. */
  readonly reason?: string;
  /** By which version of the contract the file was read. */
  readonly contract_hash?: string;
}

/**
 * What is known of an attempt that ended without a word: the reason of an entry that is `processing` although its lease
 * is over, and of one that a later attempt took over.
 */
export function cutOffReason(attempt: number): string {
  return `attempt ${attempt} was cut off: it ran out of memory or time`;
}

/** Secondary index for "what happened to this dataset lately". */
export const ledgerIndex = "by_dataset";

/** Key attributes of the table and of its index, for those who create or query them. */
export const ledgerKeys = {
  partition: "pk",
  sort: "sk",
  indexPartition: "dataset_id",
  indexSort: "updated_at",
} as const;

/** `dataset_id` of objects that belong to no dataset. */
export const unknownDataset = "unknown";
