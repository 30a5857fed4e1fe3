const zero = 0x30;
const nine = 0x39;
const digits = 16;

/**
 * Counts records, and knows the line of the file in which each begins. What leads a canonical line is written without
 * making a string of each number: most records are one line, so that only records have to be counted.
 */
export class RecordPosition {
  readonly #delimiter: number;
  readonly #text = new Uint8Array(digits).fill(zero);
  #first = digits - 1;
  #record = 0;
  #linesAhead = 0;
  #linesAheadText: Uint8Array = Buffer.from("0");

  constructor(delimiter: number) {
    this.#delimiter = delimiter;
  }

  /** The number of the record at hand. */
  get record(): number {
    return this.#record;
  }

  /** The number of the line in which it begins. */
  get line(): number {
    return this.#record + this.#linesAhead;
  }

  /** Goes on to the next record. */
  increment(): void {
    this.#record++;
    let place = digits - 1;
    while (this.#text[place] === nine) this.#text[place--] = zero;
    this.#text[place] = (this.#text[place] ?? zero) + 1;
    if (place < this.#first) this.#first = place;
  }

  /** Says that there were so many lines more than records. */
  addLines(lines: number): void {
    if (lines === 0) return;
    this.#linesAhead += lines;
    this.#linesAheadText = Buffer.from(String(this.#linesAhead));
  }

  /** Writes what leads the canonical line of the record at hand, and returns where its fields go. */
  writeTo(target: Uint8Array, out: number): number {
    for (let place = this.#first; place < digits; place++) target[out++] = this.#text[place] ?? zero;
    target[out++] = this.#delimiter;
    const lines = this.#linesAheadText;
    for (let place = 0; place < lines.length; place++) target[out++] = lines[place] as number;
    target[out++] = this.#delimiter;
    return out;
  }
}
