import { escapeByte, maximumRecordBytes } from "./canonical";
import type { CsvDialect } from "./csv-careful-reader";
import type { RecordPosition } from "./record-position";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Finds the places of one character, and searches no part of the text twice as long as it is asked going forward. */
class Finder {
  readonly #character: string;
  #text = "";
  /** The character is not in the text from here up to `next`. */
  #start = 0;
  #next = -1;

  constructor(character: string) {
    this.#character = character;
  }

  look(text: string): void {
    this.#text = text;
    this.#start = 0;
    this.#next = -1;
  }

  /** The first place at or behind `at`; the length of the text when there is none. */
  from(at: number): number {
    if (this.#next < at || at < this.#start) {
      const found = this.#text.indexOf(this.#character, at);
      this.#start = at;
      this.#next = found < 0 ? this.#text.length : found;
    }
    return this.#next;
  }
}

/**
 * Copies the records that need no change: each quote opens or closes a value or is doubled within one, nothing needs an
 * escape, and the number of fields is right. Searching for the few characters that matter is done by the engine's own
 * search, which makes it several times faster than the careful reader, to whom whatever is unusual is left.
 */
export class CsvQuickReader {
  readonly #bytes: Buffer;
  readonly #delimiters: Finder;
  readonly #quotes: Finder;
  readonly #lineFeeds = new Finder("\n");
  readonly #carriageReturns = new Finder("\r");
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: string;
  readonly #doubling: boolean;
  #text = "";
  /** Where the text begins in the bytes. */
  #base = 0;

  /** After {@link copy}: where it stopped in the input and in the output, and the longest line so far. */
  begin = 0;
  out = 0;
  longestLine = 0;

  constructor(bytes: Buffer, dialect: CsvDialect) {
    this.#bytes = bytes;
    this.#delimiters = new Finder(dialect.delimiter);
    this.#quotes = new Finder(dialect.quote);
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#quote = dialect.quote.charCodeAt(0);
    this.#escape = dialect.escape;
    this.#doubling = dialect.escape === dialect.quote;
  }

  /** Takes the next part of the input, and answers whether it can find its way in it. */
  look(begin: number, end: number): boolean {
    const input = this.#bytes.subarray(begin, end);
    if (input.includes(0) || input.includes(escapeByte)) return false;
    if (!this.#doubling && input.includes(this.#escape)) return false;
    // One character a byte: what matters are places, and no byte of UTF-8 but its own looks like one that is sought.
    this.#text = input.toString("latin1");
    this.#base = begin;
    for (const finder of [this.#delimiters, this.#quotes, this.#lineFeeds, this.#carriageReturns])
      finder.look(this.#text);
    return true;
  }

  /** Copies records with their numbers, up to the first that is not simple or not complete, or until `outLimit`. */
  copy(begin: number, out: number, outLimit: number, fields: number, position: RecordPosition): void {
    const bytes = this.#bytes;
    const limit = this.#base + this.#text.length;
    while (begin < limit && out < outLimit) {
      const end = this.#end(begin - this.#base, fields) + this.#base;
      if (end <= begin || end - begin > maximumRecordBytes) break;
      const lineStart = out;
      position.increment();
      out = position.writeTo(bytes, out);
      bytes.copyWithin(out, begin, end);
      out += end - begin;
      bytes[out++] = lineFeed;
      if (out - lineStart > this.longestLine) this.longestLine = out - lineStart;
      begin = bytes[end] === carriageReturn ? end + 2 : end + 1;
    }
    this.begin = begin;
    this.out = out;
  }

  /** Where the record ends that begins at `at`; `at` itself when that is not for this reader to say. */
  #end(at: number, fields: number): number {
    const text = this.#text;
    const begin = at;
    const lineEnd = this.#lineFeeds.from(at);
    if (lineEnd === text.length) return begin;
    const carriage = this.#carriageReturns.from(at);
    if (carriage < lineEnd - 1) return begin;
    const end = carriage < lineEnd ? carriage : lineEnd;
    for (let field = 1; field <= fields; field++) {
      const quote = this.#quotes.from(at);
      if (quote === at) {
        let close = this.#quotes.from(at + 1);
        while (this.#doubling && text.charCodeAt(close + 1) === this.#quote) close = this.#quotes.from(close + 2);
        // A value over several lines ends behind the line.
        if (close >= end) return begin;
        at = close + 1;
        if (at !== end && text.charCodeAt(at) !== this.#delimiter) return begin;
      } else {
        at = Math.min(this.#delimiters.from(at), end);
        if (quote < at) return begin;
      }
      if (at === end) return field === fields ? end : begin;
      at++;
    }
    return begin;
  }
}
