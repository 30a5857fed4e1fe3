/** Writes sample files piece by piece and counts what a reader has to find in them. */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Gzip } from "fflate";

/** What a file contains, and what has to become of it. */
export interface SampleFile {
  readonly name: string;
  readonly path: string;
  /** `<domain>/<dataset>`; absent when the file belongs to none. */
  readonly dataset?: string;
  /** Records, broken ones included; empty lines and the header are none. */
  readonly rows: number;
  readonly valid: number;
  /** Reason -> number of rows; for a value, the reason begins with its column. A row has one reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Valid rows whose key another row of the file has, too. */
  readonly duplicates: number;
  /** Why the whole file has to be refused. */
  readonly refused?: string;
}

export interface SampleFileOptions {
  readonly name: string;
  readonly dataset?: string;
  readonly lineEnd?: "\n" | "\r\n";
  readonly byteOrderMark?: boolean;
  readonly gzip?: boolean;
}

const bufferedCharacters = 256 * 1024;

export class SampleWriter {
  readonly #path: string;
  readonly #file: number;
  readonly #lineEnd: string;
  readonly #gzip: Gzip | undefined;
  readonly #lines: string[] = [];
  #characters = 0;
  #valid = 0;
  #duplicates = 0;
  readonly #rejected = new Map<string, number>();

  constructor(
    directory: string,
    private readonly options: SampleFileOptions,
  ) {
    this.#path = join(directory, options.name);
    this.#file = openSync(this.#path, "w");
    this.#lineEnd = options.lineEnd ?? "\n";
    if (options.gzip === true) {
      // Not Node's own: its bytes differ from one version of zlib to the next.
      this.#gzip = new Gzip({ level: 6, mtime: 0 }, (bytes) => this.#writeBytes(bytes));
    }
    if (options.byteOrderMark === true) this.#lines.push("\ufeff");
  }

  /** The first line, which is no row. */
  header(text: string): void {
    this.#line(text);
  }

  valid(text: string): void {
    this.#valid++;
    this.#line(text);
  }

  /** One more valid row with a key that was there before. */
  duplicate(text: string): void {
    this.#duplicates++;
    this.valid(text);
  }

  rejected(text: string, reason: string): void {
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
    this.#line(text);
  }

  /** A rejected row with bytes that are no text. */
  rejectedBytes(bytes: Uint8Array, reason: string): void {
    this.#flush(false);
    this.#write(bytes, false);
    this.rejected("", reason);
  }

  /** A last row that breaks off. */
  truncated(text: string, reason: string): void {
    this.rejected("", reason);
    this.#lines.pop();
    this.#lines.push(text);
  }

  close(refused?: string): SampleFile {
    this.#flush(true);
    closeSync(this.#file);
    const { name, dataset } = this.options;
    const rejected = Object.fromEntries([...this.#rejected].sort(([a], [b]) => (a < b ? -1 : 1)));
    const rows = this.#valid + [...this.#rejected.values()].reduce((sum, count) => sum + count, 0);
    return {
      name,
      path: this.#path,
      dataset,
      rows,
      valid: this.#valid,
      rejected,
      duplicates: this.#duplicates,
      refused,
    };
  }

  #line(text: string): void {
    this.#lines.push(text, this.#lineEnd);
    this.#characters += text.length;
    if (this.#characters >= bufferedCharacters) this.#flush(false);
  }

  #flush(last: boolean): void {
    const bytes = Buffer.from(this.#lines.join(""), "utf8");
    this.#lines.length = 0;
    this.#characters = 0;
    this.#write(bytes, last);
  }

  #write(bytes: Uint8Array, last: boolean): void {
    if (this.#gzip === undefined) this.#writeBytes(bytes);
    else this.#gzip.push(new Uint8Array(bytes), last);
  }

  #writeBytes(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
  }
}
