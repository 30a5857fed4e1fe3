/** What a dataset promises, as the rest of the program sees it: read from YAML and checked, with every default filled in. */
import { createHash } from "node:crypto";
import type { ColumnType } from "./column-types";

/** From the least to the most sensitive. */
export const classifications = ["proprietary", "confidential", "secret"] as const;
export type Classification = (typeof classifications)[number];

/**
 * What the masked copy of a column holds: `hash` a keyed hash that still joins, `redact` nothing, `partial` the last four
 * characters or the domain of an e-mail address, `date_trunc` the month.
 */
export const masks = ["hash", "redact", "partial", "date_trunc"] as const;
export type Mask = (typeof masks)[number];

export const encodings = ["utf-8", "latin-1", "utf-16"] as const;
export type Encoding = (typeof encodings)[number];

/** How dates and times are written; without a format, as ISO 8601. */
interface TimeFormats {
  /** A strptime format such as `%d/%m/%Y %H:%M`. */
  readonly timestamp_format?: string;
  /** A strptime format such as `%d/%m/%Y`. */
  readonly date_format?: string;
}

export interface CsvFormat extends TimeFormats {
  readonly type: "csv";
  /** Without a header, the fields are the columns in the order of the contract. */
  readonly header: boolean;
  /** What stands between two values. */
  readonly delimiter: string;
  /** What stands around values that have delimiters, quotes or line breaks in them. */
  readonly quote: string;
  /** What stands before a quote inside a quoted value. */
  readonly escape: string;
  /** How characters are written as bytes, where no byte-order mark tells. */
  readonly encoding: Encoding;
  /** Texts that mean "no value". */
  readonly nulls: readonly string[];
}

export interface JsonFormat extends TimeFormats {
  /** `json` is one array of objects, `ndjson` one object a line. */
  readonly type: "json" | "ndjson";
}

export interface ParquetFormat {
  readonly type: "parquet";
}

export type Format = CsvFormat | JsonFormat | ParquetFormat;

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** What the value is, for people. */
  readonly description?: string;
  /** A row without a value is rejected, and so is a file without the column. */
  readonly required: boolean;
  readonly min?: number | string;
  readonly max?: number | string;
  /** A regular expression which the whole text has to match. */
  readonly pattern?: string;
  /** The only values allowed. */
  readonly values?: readonly (string | number)[];
  /** The column's own, or else its dataset's. */
  readonly classification: Classification;
  readonly mask?: Mask;
}

export interface Contract {
  /** `<domain>/<dataset>`, unique. */
  readonly id: string;
  readonly domain: string;
  readonly dataset: string;
  readonly description: string;
  readonly owner: string;
  readonly format: Format;
  readonly key: readonly string[];
  /** The column that tells which of two records with one key is the later; without it, the order of loading does. */
  readonly latest_by?: string;
  /** The column that tells whether (boolean) or since when (date, timestamp) a record's row is deleted: it leaves the refined tables. */
  readonly deleted_by?: string;
  readonly classification: Classification;
  readonly columns: readonly Column[];
  /** Other names, besides the dataset's own, by which its files are known. */
  readonly files: readonly string[];
  /** Data quality rules in DQDL. */
  readonly quality: readonly string[];
  /** How old the newest data may be, e.g. `24h`. */
  readonly freshness?: string;
  /** How long rows are kept, e.g. `730d`. */
  readonly retention?: string;
}

/** All contracts, ordered by id. */
export type Contracts = readonly Contract[];

/** The contract of a dataset, or undefined. */
export function findContract(contracts: Contracts, domain: string, dataset: string): Contract | undefined {
  return contracts.find((contract) => contract.domain === domain && contract.dataset === dataset);
}

/** The names of all domains that have a dataset, in order. */
export function domainsOf(contracts: Contracts): string[] {
  return [...new Set(contracts.map((contract) => contract.domain))].sort();
}

/** What a mask hides is at least that sensitive, whatever its dataset is: tables without masks are in the catalog from here on. */
export const leastUnmasked = "confidential" satisfies Classification;

/** The highest classification of anything in the dataset: what its unmasked objects have to be tagged with. */
export function highestClassification(contract: Contract): Classification {
  const given = [contract, ...contract.columns].map(({ classification }) => classification);
  const hidden: Classification[] = contract.columns.some(({ mask }) => mask !== undefined) ? [leastUnmasked] : [];
  const levels = [...given, ...hidden].map((level) => classifications.indexOf(level));
  return classifications[Math.max(...levels)] ?? "secret";
}

/** `90m`, `24h` or `7d` in seconds. */
export function durationSeconds(duration: string): number {
  const match = /^(\d+)([mhd])$/.exec(duration);
  if (match === null) throw new RangeError(`${duration} is no duration such as 90m, 24h or 7d`);
  return Number(match[1]) * { m: 60, h: 3600, d: 86_400 }[match[2] as "m" | "h" | "d"];
}

/** For functions, which carry the checked contracts with them instead of the means to check them. */
export function serializeContracts(contracts: Contracts): string {
  return `${JSON.stringify(contracts, undefined, 1)}\n`;
}

/** The inverse of {@link serializeContracts}. */
export function deserializeContracts(json: string): Contracts {
  const contracts: unknown = JSON.parse(json);
  if (!Array.isArray(contracts))
    throw new TypeError("The contracts are not a list: was the file written by the build?");
  return contracts as Contract[];
}

/** Identifies what a contract says: part of each ledger entry, so that one can tell by which rules a file was read. */
export function contractHash(contract: Contract): string {
  return createHash("sha256").update(JSON.stringify(contract)).digest("hex").slice(0, 16);
}
