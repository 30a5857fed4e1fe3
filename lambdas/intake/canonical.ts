/**
 * The form in which records are handed to DuckDB: one line a record, led by its number in the file and by how many lines
 * more than records the file has up to where it begins, with line breaks inside values escaped. So the one thing that a parallel CSV reader could get wrong, where a record begins, cannot go
 * wrong, numbers are exact by construction, and both sides can count the same records.
 */

/** Announces an escaped character; itself written as {@link escapedEscape}. */
export const escapeByte = 0x1a;

/** Second byte of an escaped character -> the character. */
export const escapedCharacters: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  // Last, so that undoing the others first never sees an escape that was text.
  ["z", String.fromCharCode(escapeByte)],
]);

/** Undoes the escapes of a text. */
export function unescapeText(text: string): string {
  const before = String.fromCharCode(escapeByte);
  return [...escapedCharacters].reduce(
    (done, [letter, character]) => done.replaceAll(before + letter, character),
    text,
  );
}

/** Stands for null in formats that tell null from an empty text. */
export const nullMarker = `${String.fromCharCode(escapeByte)}N`;

/** The longest record accepted, in bytes. */
export const maximumRecordBytes = 2 * 1024 * 1024;

/** A record of which not even the fields can be told apart. */
export interface BrokenRecord {
  readonly row: number;
  /** Number of the line in which it begins. */
  readonly lineNumber: number;
  /** Its text as it stands in the file. */
  readonly line: string;
  readonly reasons: readonly string[];
}

/** What is known about a file once all of its records are in canonical form. */
export interface RecordSummary {
  /** All records of the file, also broken ones. */
  readonly records: number;
  readonly broken: number;
  /** Whether any value has escaped characters. */
  readonly escaped: boolean;
  /** Length of the longest canonical line in bytes. */
  readonly longestLine: number;
}

/** Takes what a reader of records produces. */
export interface RecordSink {
  /** Canonical lines; the bytes are only valid during the call. */
  write(lines: Uint8Array): void;
  reject(record: BrokenRecord): void;
}
