import type { CsvFormat } from "../../contracts/contract";
import { escapeByte as canonicalEscape } from "./canonical";

export type CsvDialect = Pick<CsvFormat, "delimiter" | "quote" | "escape">;

// Here and not imported, because that would be looked up for each byte unless a bundler has put it in place.
const escapeByte = canonicalEscape;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const letterN = 0x6e;
const letterR = 0x72;
const letterZ = 0x7a;

/** Answers of the readers in place of the end of a record. */
export const incomplete = -2;
export const misquoted = -3;

/** Reads any record byte by byte and writes it anew: every field quoted, line breaks escaped. */
export class CsvCarefulReader {
  readonly #bytes: Uint8Array;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  #out = 0;
  #fields = 0;
  #escaped = false;
  #hasNul = false;

  constructor(memory: ArrayBuffer, dialect: CsvDialect) {
    this.#bytes = new Uint8Array(memory);
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#quote = dialect.quote.charCodeAt(0);
    this.#escape = dialect.escape.charCodeAt(0);
  }

  /** Where the fields of the last record that was read end. */
  get out(): number {
    return this.#out;
  }
  get fields(): number {
    return this.#fields;
  }
  get escaped(): boolean {
    return this.#escaped;
  }
  get hasNul(): boolean {
    return this.#hasNul;
  }

  /**
   * Reads the record at `begin` and writes its fields at `out`.
   * @returns where the next record begins; `misquoted`, or `incomplete` before `limit`
   */
  read(begin: number, limit: number, out: number): number {
    const bytes = this.#bytes;
    this.#out = out;
    this.#fields = 0;
    this.#escaped = false;
    this.#hasNul = false;
    for (let at = begin; ; at++) {
      if (this.#fields++ > 0) bytes[this.#out++] = this.#delimiter;
      bytes[this.#out++] = this.#quote;
      at = bytes[at] === this.#quote && at < limit ? this.#quotedField(at + 1, limit) : this.#plainField(at, limit);
      if (at < 0) return at;
      bytes[this.#out++] = this.#quote;
      if (bytes[at] === lineFeed) return at + 1;
      if (bytes[at] === carriageReturn) return at + 2;
    }
  }

  /** Reads to what ends a field: a delimiter, a line feed, or a carriage return before a line feed. */
  #plainField(at: number, limit: number): number {
    const bytes = this.#bytes;
    for (; at < limit; at++) {
      const byte = bytes[at] as number;
      if (byte === this.#delimiter || byte === lineFeed) return at;
      if (byte === carriageReturn) {
        if (at + 1 >= limit) return incomplete;
        if (bytes[at + 1] === lineFeed) return at;
      }
      this.#write(byte);
    }
    return incomplete;
  }

  /** Reads from behind the opening quote to what follows the closing one. */
  #quotedField(at: number, limit: number): number {
    const bytes = this.#bytes;
    while (at < limit) {
      const byte = bytes[at++] as number;
      const mayEscape = byte === this.#escape;
      if (!mayEscape && byte !== this.#quote) {
        this.#write(byte);
        continue;
      }
      if (at >= limit) return incomplete;
      const next = bytes[at] as number;
      if (mayEscape && (next === this.#quote || next === this.#escape)) {
        this.#write(next);
        at++;
      } else if (byte !== this.#quote) {
        this.#write(byte);
      } else if (next === this.#delimiter || next === lineFeed) {
        return at;
      } else {
        if (next !== carriageReturn) return misquoted;
        if (at + 1 >= limit) return incomplete;
        return bytes[at + 1] === lineFeed ? at : misquoted;
      }
    }
    return incomplete;
  }

  #write(byte: number): void {
    const bytes = this.#bytes;
    if (byte === this.#quote) {
      bytes[this.#out++] = byte;
      bytes[this.#out++] = byte;
    } else if (byte === lineFeed) this.#writeEscaped(letterN);
    else if (byte === carriageReturn) this.#writeEscaped(letterR);
    else if (byte === escapeByte) this.#writeEscaped(letterZ);
    else if (byte === 0) this.#hasNul = true;
    else bytes[this.#out++] = byte;
  }

  #writeEscaped(letter: number): void {
    this.#bytes[this.#out++] = escapeByte;
    this.#bytes[this.#out++] = letter;
    this.#escaped = true;
  }
}
