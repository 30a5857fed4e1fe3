const zero = 0x30;
const nine = 0x39;
const digits = 16;

/** Counts records and writes the count as text without making a string of each number. */
export class RowNumber {
  readonly #text = new Uint8Array(digits).fill(zero);
  #first = digits - 1;
  #value = 0;

  get value(): number {
    return this.#value;
  }

  increment(): void {
    this.#value++;
    let place = digits - 1;
    while (this.#text[place] === nine) this.#text[place--] = zero;
    this.#text[place] = (this.#text[place] ?? zero) + 1;
    if (place < this.#first) this.#first = place;
  }

  /** Writes the number into `target` and returns where the next byte goes. */
  writeTo(target: Uint8Array, offset: number): number {
    for (let place = this.#first; place < digits; place++) target[offset++] = this.#text[place] ?? zero;
    return offset;
  }
}
