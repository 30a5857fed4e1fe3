/** Reads CSV of any dialect, record by record, into canonical form. */
import { isUtf8 } from "node:buffer";
import { maximumRecordBytes, type RecordSink, type RecordSummary, unescapeText } from "./canonical";
import { CsvCarefulReader, type CsvDialect, incomplete, misquoted } from "./csv-careful-reader";
import { CsvQuickReader } from "./csv-quick-reader";
import { FileProblem } from "./errors";
import { RecordPosition } from "./record-position";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Lines on their way out come first, with room for the longest record and each of its bytes escaped; then the input. */
const flushAt = maximumRecordBytes;
const inputStart = flushAt + 3 * maximumRecordBytes + 64;
const inputSize = 2 * maximumRecordBytes;

const longRecord = 64 * 1024;

/** How much of a broken line is kept. */
const lineBytesKept = 64 * 1024;

/**
 * Where quotes are wrong, nobody knows where the record ends: its first line is rejected and reading resumes with the
 * next one, so that a lost quote costs a line and not the rest of the file. Empty lines are no records.
 *
 * What CSV cannot tell: a quote within a value that does not begin with one is a part of it, as in `5" disc`. So a value
 * that has lost its opening quote alone (`good"`) is read as text, quote included, unless the number of fields, the type
 * or a `pattern` of the contract tells otherwise.
 */
export class CsvRecords {
  readonly #dialect: CsvDialect;
  readonly #header: number | ((names: string[]) => number);
  readonly #sink: RecordSink;
  /** Input and output in one buffer, because copying within one is the fastest way there is. */
  readonly #bytes: Buffer;
  readonly #quick: CsvQuickReader;
  readonly #careful: CsvCarefulReader;
  readonly #position: RecordPosition;
  /** Whether the record at hand has its number already: it may be looked at again when more of it has come. */
  #numbered = false;
  #begin = inputStart;
  #end = inputStart;
  #out = 0;
  #fields: number | undefined;
  #broken = 0;
  #escaped = false;
  #longestLine = 0;
  #skippingLine = false;
  #worthReading = 0;

  /** What one reader needs for as long as it reads; making it takes longer than reading a small file. */
  static memory(): ArrayBuffer {
    return new ArrayBuffer(inputStart + inputSize);
  }

  /** @param header the number of fields of each record, or what is told the first record and answers that number */
  constructor(
    dialect: CsvDialect,
    header: number | ((names: string[]) => number),
    sink: RecordSink,
    memory = CsvRecords.memory(),
  ) {
    this.#dialect = dialect;
    this.#header = header;
    this.#sink = sink;
    this.#bytes = Buffer.from(memory);
    this.#quick = new CsvQuickReader(this.#bytes, dialect);
    this.#careful = new CsvCarefulReader(memory, dialect);
    this.#position = new RecordPosition(dialect.delimiter.charCodeAt(0));
    if (typeof header === "number") this.#fields = header;
  }

  /** Takes the next bytes of the file. */
  push(chunk: Uint8Array): void {
    for (let offset = 0; offset < chunk.length; ) {
      const room = inputStart + inputSize - 1 - this.#end;
      const part = chunk.subarray(offset, offset + room);
      this.#bytes.set(part, this.#end);
      this.#end += part.length;
      offset += part.length;
      this.#readBuffered(false);
    }
  }

  /** Reads what is left, which may be a record without an end. */
  finish(): RecordSummary {
    if (this.#end > this.#begin && this.#bytes[this.#end - 1] !== lineFeed) this.#bytes[this.#end++] = lineFeed;
    this.#readBuffered(true);
    if (this.#fields === undefined) throw new FileProblem("it is empty: not even a header");
    return {
      records: this.#position.record,
      broken: this.#broken,
      escaped: this.#escaped,
      longestLine: Math.max(this.#longestLine, this.#quick.longestLine),
    };
  }

  /** Reads all complete records and moves the rest to the front. */
  #readBuffered(last: boolean): void {
    if (this.#end - this.#begin < this.#worthReading && !last) return;
    // A line feed is never part of another character, so what ends with one can be checked as a whole.
    const lines = this.#begin + this.#bytes.subarray(this.#begin, this.#end).lastIndexOf(lineFeed) + 1;
    const valid = isUtf8(this.#bytes.subarray(this.#begin, lines));
    const simple = valid && this.#quick.look(this.#begin, lines);
    while (this.#begin < this.#end && this.#readRecords(simple, valid, last)) {
      if (this.#out >= flushAt) this.#flush();
    }
    this.#flush();
    this.#bytes.copyWithin(inputStart, this.#begin, this.#end);
    this.#end -= this.#begin - inputStart;
    this.#begin = inputStart;
    // A long record that is not complete is read again only when there is twice as much of it.
    const rest = this.#end - inputStart;
    this.#worthReading = rest < longRecord ? 0 : Math.min(2 * rest, maximumRecordBytes + longRecord);
  }

  #flush(): void {
    if (this.#out > 0) this.#sink.write(this.#bytes.subarray(0, this.#out));
    this.#out = 0;
  }

  /** Reads some records or an empty line, or answers that the rest of the next record is not there yet. */
  #readRecords(simple: boolean, valid: boolean, last: boolean): boolean {
    if (this.#skippingLine) return this.#skipLine();
    const begin = this.#begin;
    if (simple && !this.#numbered && this.#fields !== undefined) {
      this.#quick.copy(begin, this.#out, flushAt, this.#fields, this.#position);
      this.#begin = this.#quick.begin;
      this.#out = this.#quick.out;
      if (this.#begin > begin) return true;
    }
    const empty = this.#emptyLine(begin);
    if (empty !== 0) {
      if (empty > 0) this.#moveTo(begin + empty, 0);
      return empty > 0;
    }
    if (this.#fields === undefined) return this.#readHeader(last);
    if (!this.#numbered) this.#position.increment();
    this.#numbered = true;
    return this.#readCarefully(this.#fields, valid, last);
  }

  /** The length of the empty line at hand: 0 when it is none, -1 when that cannot be told yet. */
  #emptyLine(begin: number): number {
    if (this.#bytes[begin] === lineFeed) return 1;
    if (this.#bytes[begin] !== carriageReturn) return 0;
    if (begin + 1 === this.#end) return -1;
    return this.#bytes[begin + 1] === lineFeed ? 2 : 0;
  }

  /** Keeps the record that was written up to `out`. */
  #accept(out: number, next: number): void {
    this.#bytes[out++] = lineFeed;
    this.#longestLine = Math.max(this.#longestLine, out - this.#out);
    this.#out = out;
    this.#moveTo(next, 1);
  }

  /** Goes on to `next`, behind so many records and however many lines. */
  #moveTo(next: number, records: number): void {
    let lines = 0;
    for (let at = this.#bytes.indexOf(lineFeed, this.#begin); at >= 0 && at < next; lines++) {
      at = this.#bytes.indexOf(lineFeed, at + 1);
    }
    this.#position.addLines(lines - records);
    this.#begin = next;
    this.#numbered = false;
  }

  #readCarefully(fields: number, valid: boolean, last: boolean): boolean {
    const bytes = this.#bytes;
    const begin = this.#begin;
    const out = this.#position.writeTo(bytes, this.#out);
    const next = this.#careful.read(begin, this.#end, out);
    if ((next < 0 ? this.#end : next) - begin > maximumRecordBytes + 2) {
      return this.#rejectLine(`is longer than ${maximumRecordBytes / 1024 / 1024} MiB, or its quotes are never closed`);
    }
    if (next === misquoted) return this.#rejectLine("has text after a closing quote", last);
    if (next === incomplete) return last && this.#rejectLine("has a quote that is never closed");
    const reasons = [
      this.#careful.fields === fields ? "" : `has ${plural(this.#careful.fields, "field")} instead of ${fields}`,
      this.#careful.hasNul ? "contains a NUL byte" : "",
      valid || isUtf8(bytes.subarray(begin, next)) ? "" : "is not UTF-8",
    ].filter((reason) => reason !== "");
    if (reasons.length > 0) this.#reject(next, reasons);
    else {
      this.#escaped ||= this.#careful.escaped;
      this.#accept(this.#careful.out, next);
    }
    return true;
  }

  /** Rejects the first line of what is at hand, unless `now` is false and the line's end is still to come. */
  #rejectLine(reason: string, now = true): boolean {
    const lineEnd = this.#bytes.subarray(this.#begin, this.#end).indexOf(lineFeed);
    if (lineEnd < 0 && !now) return false;
    this.#skippingLine = lineEnd < 0;
    this.#reject(lineEnd < 0 ? this.#end : this.#begin + lineEnd + 1, [reason]);
    return true;
  }

  #reject(next: number, reasons: string[]): void {
    const line = this.#bytes.toString("utf8", this.#begin, Math.min(next, this.#begin + lineBytesKept));
    const { record: row, line: lineNumber } = this.#position;
    this.#sink.reject({ row, lineNumber, line: line.replace(/\r?\n$/, ""), reasons });
    this.#broken++;
    this.#moveTo(next, 1);
  }

  /** Passes the rest of a line that was too long for the buffer. */
  #skipLine(): boolean {
    const lineEnd = this.#bytes.subarray(this.#begin, this.#end).indexOf(lineFeed);
    this.#skippingLine = lineEnd < 0;
    this.#moveTo(lineEnd < 0 ? this.#end : this.#begin + lineEnd + 1, 0);
    return true;
  }

  #readHeader(last: boolean): boolean {
    const next = this.#careful.read(this.#begin, this.#end, this.#out);
    if (next === incomplete && !last && this.#end - this.#begin <= maximumRecordBytes) return false;
    if (next < 0) throw new FileProblem("its header cannot be read: the quotes are wrong, or it is no text");
    const { quote } = this.#dialect;
    const written = unescapeText(this.#bytes.toString("utf8", this.#out, this.#careful.out)).slice(1, -1);
    const names = written.split(`${quote}${this.#dialect.delimiter}${quote}`);
    this.#fields = (this.#header as (names: string[]) => number)(
      names.map((name) => name.replaceAll(quote + quote, quote)),
    );
    this.#moveTo(next, 0);
    return true;
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
