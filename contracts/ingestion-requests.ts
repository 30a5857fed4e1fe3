/** What can be asked of the function of ingestion, and what it answers. */
import type { WindowKind } from "./ingestion";

export type IngestRequest =
  | RunIngestRequest
  | BackfillRequest
  | ClaimRequest
  | SettleRequest
  | SummarizeRequest
  | { readonly action: "sweep" };

/** Read all tables of a source now, or only these: people and schedules. */
export interface RunIngestRequest {
  readonly action: "run";
  readonly source: string;
  readonly tables?: readonly string[];
}

/** A time that is to be read again, `[start, stop)`; moments in ISO 8601 (UTC). */
export interface Backfill {
  readonly table: string;
  readonly start: string;
  readonly stop: string;
}

export type BackfillRequest = { readonly action: "backfill"; readonly source: string } & Backfill;

/** The state machine's first word. */
export interface ClaimRequest {
  readonly action: "claim";
  readonly source: string;
  readonly tables?: readonly string[];
  readonly backfill?: Backfill;
  /** ARN of the execution (`$$.Execution.Id`). */
  readonly execution: string;
}

/** The state machine's word on one table: its job has ended, or could not be started. */
export interface SettleRequest {
  readonly action: "settle";
  readonly source: string;
  readonly table: string;
  readonly token: number;
  readonly outcome: "succeeded" | "failed";
  /** As a Catch of Step Functions has it. */
  readonly error?: { readonly Error?: string; readonly Cause?: string };
  readonly cluster?: string;
  readonly step?: string;
  readonly execution: string;
}

export interface SummarizeRequest {
  readonly action: "summarize";
  readonly source: string;
  readonly execution: string;
  readonly results: readonly SettleAnswer[];
  readonly skipped: readonly SkippedTable[];
}

export interface RunIngestAnswer {
  /** ARN of the execution. */
  readonly execution: string;
}

/** A table that the execution holds now, with what its job is to be told. */
export interface ClaimedTable {
  readonly table: string;
  readonly token: number;
  readonly kind: WindowKind;
  /** Sort key of the window's item. */
  readonly window: string;
  /** `--source --table --token --kind --window` with their values, as one flat list of texts. */
  readonly arguments: readonly string[];
}

export interface SkippedTable {
  readonly table: string;
  readonly reason: string;
}

export interface ClaimAnswer {
  readonly source: string;
  /** In the order in which they are to be read. */
  readonly tables: readonly ClaimedTable[];
  readonly skipped: readonly SkippedTable[];
  readonly concurrency: number;
}

export interface SettleAnswer {
  readonly table: string;
  /** `fenced`: somebody else has the table by now, and nothing was changed. */
  readonly outcome: "succeeded" | "empty" | "failed" | "fenced";
  /** For people; empty when there is nothing to say. */
  readonly reason: string;
  /** Rows that were published. */
  readonly rows: number;
}

export interface SummarizeAnswer {
  /** How many tables failed. */
  readonly failed: number;
  /** Of the message to people: at most 100 ASCII characters, as SNS demands. */
  readonly subject: string;
  readonly message: string;
}

export interface SweepAnswer {
  /** Ids of the tables whose lease nobody held any more. */
  readonly released: readonly string[];
  /** Ids of the clusters that were ended. */
  readonly terminated: readonly string[];
}
