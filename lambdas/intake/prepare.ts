/** Brings a file of any kind into a form on disk that DuckDB reads without having to guess anything. */
import { join } from "node:path";
import type { Column, Contract, CsvFormat } from "../../contracts/contract";
import { BackgroundWriter } from "./background-writer";
import { type BrokenRecord, nullMarker, type RecordSink, type RecordSummary } from "./canonical";
import type { CsvDialect } from "./csv-careful-reader";
import { CsvRecords } from "./csv-records";
import { FileProblem } from "./errors";
import { matchHeader } from "./header";
import { JsonRecords } from "./json-records";
import { ArraySplitter, LineSplitter } from "./json-splitters";
import { type OpenedFile, openFile } from "./open-file";

/** Records in canonical form, ready to be checked value by value. */
export interface CanonicalFile extends RecordSummary {
  readonly kind: "canonical";
  readonly path: string;
  /** Where {@link BrokenRecord}s are, as quarantine has them: one JSON object a line. */
  readonly brokenPath: string;
  readonly dialect: Pick<CsvDialect, "delimiter" | "quote">;
  /** The column that each field holds, in the order of the file. */
  readonly fields: readonly Column[];
  readonly nulls: readonly string[];
  /** Whether one more field names what a record has beyond the contract. */
  readonly namesUnknownFields: boolean;
}

export interface ParquetFile {
  readonly kind: "parquet";
  readonly path: string;
}

/** Reads the file once, in bounded memory. @throws FileProblem when it cannot be read at all */
export async function prepare(
  contract: Contract,
  stream: AsyncIterable<Uint8Array>,
  directory: string,
): Promise<CanonicalFile | ParquetFile> {
  const { format } = contract;
  const opened = await openFile(stream, format.type === "csv" ? format.encoding : "utf-8");
  if (opened.content === "empty") throw new FileProblem("it is empty");
  if (opened.content === "parquet") return saveParquet(opened, join(directory, "source.parquet"));
  if (format.type === "parquet") throw new FileProblem("it is no Parquet file");
  const first = opened.head.trimStart()[0];
  const isJson = format.type !== "csv" || (format.header && /^\s*(\{\s*"|\[\s*\{\s*")/.test(opened.head));
  if (!isJson) return prepareCsv(contract, format, opened, directory);
  if (first !== "{" && first !== "[")
    throw new FileProblem(`it is not JSON: it begins with ${JSON.stringify(first ?? "")}`);
  return prepareJson(contract, opened, first === "[", directory);
}

async function saveParquet(opened: OpenedFile, path: string): Promise<ParquetFile> {
  const file = await BackgroundWriter.open(path);
  try {
    for await (const chunk of opened.chunks) {
      file.write(chunk);
      await file.keepUp();
    }
  } finally {
    await file.close();
  }
  return { kind: "parquet", path };
}

async function prepareCsv(contract: Contract, format: CsvFormat, opened: OpenedFile, directory: string) {
  let fields: readonly Column[] = contract.columns;
  const header = (names: string[]) => {
    fields = matchHeader(contract, names);
    return fields.length;
  };
  return writeCanonical(directory, opened, (sink) => {
    const records = new CsvRecords(format, format.header ? header : contract.columns.length, sink);
    const finish = () => ({
      ...records.finish(),
      dialect: { delimiter: format.delimiter, quote: format.quote },
      fields,
      nulls: format.nulls,
      namesUnknownFields: false,
    });
    return { push: (chunk) => records.push(chunk), finish };
  });
}

async function prepareJson(contract: Contract, opened: OpenedFile, isArray: boolean, directory: string) {
  const names = contract.columns.map(({ name }) => name);
  return writeCanonical(directory, opened, (sink) => {
    const records = new JsonRecords(names, sink);
    const take = (record: Buffer, lineNumber: number) => records.add(record, lineNumber);
    const splitter = isArray ? new ArraySplitter(take) : new LineSplitter(take);
    const finish = () => {
      splitter.finish();
      return {
        ...records.finish(),
        dialect: { delimiter: ",", quote: '"' },
        fields: contract.columns,
        nulls: [nullMarker],
        namesUnknownFields: true,
      };
    };
    return { push: (chunk) => splitter.push(chunk), finish };
  });
}

/** Turns chunks of a file into canonical lines. */
interface Reader {
  push(chunk: Buffer): void;
  finish(): Omit<CanonicalFile, "kind" | "path" | "brokenPath">;
}

async function writeCanonical(
  directory: string,
  opened: OpenedFile,
  readerFor: (sink: RecordSink) => Reader,
): Promise<CanonicalFile> {
  const path = join(directory, "records.csv");
  const brokenPath = join(directory, "broken.ndjson");
  const file = await BackgroundWriter.open(path);
  const brokenFile = await BackgroundWriter.open(brokenPath);
  try {
    const reader = readerFor({
      write: (lines) => file.write(lines),
      reject: (record) => brokenFile.write(Buffer.from(`${JSON.stringify(rejectedLine(record))}\n`)),
    });
    for await (const chunk of opened.chunks) {
      reader.push(chunk);
      await file.keepUp();
      await brokenFile.keepUp();
    }
    return { kind: "canonical", path, brokenPath, ...reader.finish() };
  } finally {
    await Promise.all([file.close(), brokenFile.close()]);
  }
}

/** A broken record as a line of the quarantine file. */
function rejectedLine({ row, lineNumber, line, reasons }: BrokenRecord) {
  return {
    row,
    line_number: lineNumber,
    record: null,
    line,
    errors: reasons.map((reason) => ({ column: null, value: null, reason })),
  };
}
