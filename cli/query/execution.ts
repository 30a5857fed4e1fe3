import { setTimeout as sleep } from "node:timers/promises";
import {
  GetQueryExecutionCommand,
  type GetQueryExecutionCommandOutput,
  InvalidRequestException,
  paginateGetQueryResults,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { checkInterrupted } from "../../tools/setup/process";
import { InputError, OperationError } from "../exit-codes";
import type { Analyst } from "./analyst";
import { pointInto } from "./place";

export interface ResultColumn {
  readonly name: string;
  /** As Athena calls it, e.g. `bigint`. */
  readonly type: string;
}

/** A statement that has come to its end, and what it cost. */
export interface Execution {
  readonly id: string;
  readonly columns: readonly ResultColumn[];
  /** Texts as Athena writes them; null for no value. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** There are more rows than were asked for. */
  readonly isCut: boolean;
  readonly scannedBytes: number;
  readonly milliseconds: number;
  /** Where the result lies; undefined for statements without one. */
  readonly output?: string;
}

export interface ExecutionOptions {
  /** @default all */
  readonly mostRows?: number;
  /** Told when the state changes. */
  readonly onState?: (state: string) => void;
  /** Longest wait between two looks. @default 1000 */
  readonly pollMs?: number;
}

const FIRST_POLL_MS = 100;

/**
 * Runs a statement and reads its result.
 * @throws InputError for what is no SQL; OperationError for a statement that fails, with the place in it
 */
export async function execute(analyst: Analyst, sql: string, options: ExecutionOptions = {}): Promise<Execution> {
  const id = await start(analyst, sql);
  const { Statistics, ResultConfiguration, StatementType } = await ended(analyst, id, sql, options);
  const result = await read(analyst, id, options.mostRows ?? Number.POSITIVE_INFINITY);
  // Results of queries begin with the names of their columns, those of other statements do not.
  const hasHeader = StatementType === "DML" && result.rows[0]?.every((name, at) => name === result.columns[at]?.name);
  const rows = hasHeader === true ? result.rows.slice(1) : result.rows;
  const most = options.mostRows ?? rows.length;
  return {
    id,
    columns: result.columns,
    rows: rows.slice(0, most),
    isCut: rows.length > most,
    scannedBytes: Statistics?.DataScannedInBytes ?? 0,
    milliseconds: Statistics?.TotalExecutionTimeInMillis ?? 0,
    output: ResultConfiguration?.OutputLocation,
  };
}

async function start({ athena, workgroup }: Analyst, sql: string): Promise<string> {
  try {
    const { QueryExecutionId } = await athena.send(
      new StartQueryExecutionCommand({ QueryString: sql, WorkGroup: workgroup }),
    );
    if (QueryExecutionId === undefined) throw new Error("Athena gave the execution no id");
    return QueryExecutionId;
  } catch (error) {
    if (!(error instanceof InvalidRequestException) || !/line \d+:\d+/.test(error.message)) throw error;
    throw new InputError(pointInto(sql, error.message), "Correct the statement: nothing was run.");
  }
}

type Ended = NonNullable<GetQueryExecutionCommandOutput["QueryExecution"]>;

async function ended({ athena }: Analyst, id: string, sql: string, options: ExecutionOptions): Promise<Ended> {
  let wait = Math.min(FIRST_POLL_MS, options.pollMs ?? FIRST_POLL_MS);
  for (let last = ""; ; wait = Math.min(wait * 1.5, options.pollMs ?? 1000)) {
    checkInterrupted();
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
    const { State = "QUEUED", StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === "SUCCEEDED" && QueryExecution !== undefined) return QueryExecution;
    if (State === "FAILED" || State === "CANCELLED") throw failure(sql, State, StateChangeReason);
    if (State !== last) options.onState?.(State.toLowerCase());
    last = State;
    await sleep(wait);
  }
}

function failure(sql: string, state: string, reason: string | undefined): OperationError {
  if (/bytes scanned limit/i.test(reason ?? "")) {
    const fix = "Read fewer columns, or name the days that are meant: each day is a folder that is left out otherwise.";
    return new OperationError(`The statement would read more than its workgroup allows: ${reason}`, fix);
  }
  if (state === "CANCELLED") return new OperationError(`The statement was cancelled: ${reason ?? "nobody says why"}`);
  return new OperationError(
    pointInto(sql, reason ?? "The statement failed, and Athena does not say why."),
    fixOf(reason),
  );
}

function fixOf(reason = ""): string | undefined {
  if (/^(TABLE|SCHEMA)_NOT_FOUND/.test(reason)) return "`npm run lake -- tables` lists what there is.";
  if (reason.startsWith("COLUMN_NOT_FOUND")) return "`npm run lake -- describe <table>` lists its columns.";
  return undefined;
}

/** One row more than asked for, and the header, so that one can tell whether there are more. */
async function read({ athena }: Analyst, id: string, mostRows: number): Promise<Pick<Execution, "columns" | "rows">> {
  const rows: (string | null)[][] = [];
  let columns: ResultColumn[] = [];
  for await (const { ResultSet } of paginateGetQueryResults({ client: athena }, { QueryExecutionId: id })) {
    const info = ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
    if (columns.length === 0) columns = info.map(({ Name = "", Type = "" }) => ({ name: Name, type: Type }));
    for (const { Data } of ResultSet?.Rows ?? [])
      rows.push((Data ?? []).map(({ VarCharValue }) => VarCharValue ?? null));
    if (rows.length > mostRows + 1) break;
  }
  return { columns, rows };
}
