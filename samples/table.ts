import type { Defect } from "./defects";
import { type SampleFile, type SampleFileOptions, SampleWriter } from "./sample-writer";

/** After each kind of defect has come once, one in so many rows is spoilt. */
const defectInterval = 500;

/** A sample file of one dataset: good rows and, when wanted, defects between them. */
export class Table {
  readonly #writer: SampleWriter;
  readonly #defects: readonly Defect[];
  #rows = 0;
  #spoilt = 0;
  #last: readonly string[] = [];

  /** @param defects what to spoil rows with; none for a clean file */
  constructor(directory: string, options: SampleFileOptions, header: string, defects: readonly Defect[]) {
    this.#writer = new SampleWriter(directory, options);
    this.#defects = defects;
    if (header !== "") this.#writer.header(header);
  }

  /** A good row, followed now and then by a spoilt one or by itself again. */
  row(...fields: readonly string[]): void {
    this.#writer.valid(fields.join(","));
    this.#last = fields;
    this.#rows++;
    if (this.#defects.length === 0) return;
    if (this.#rows > this.#defects.length && this.#rows % defectInterval !== 0) return;
    const defect = this.#defects[this.#spoilt++ % this.#defects.length] as Defect;
    const spoilt = defect.spoil(fields);
    if (typeof spoilt === "string") this.#writer.rejected(spoilt, defect.reason);
    else this.#writer.rejectedBytes(spoilt, defect.reason);
  }

  /** The last row once more: valid here, one of two with the same key later. */
  repeat(): void {
    if (this.#rows > 0) this.#writer.duplicate(this.#last.join(","));
  }

  /** Ends the file in the middle of a row. */
  truncate(text: string, reason: string): void {
    this.#writer.truncated(text, reason);
  }

  close(refused?: string): SampleFile {
    return this.#writer.close(refused);
  }
}

/** A field in quotes. */
export function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** Cents as an amount. */
export function amount(cents: number): string {
  const fraction = cents % 100;
  return `${(cents - fraction) / 100}.${fraction < 10 ? "0" : ""}${fraction}`;
}
