/** Cut a stream of bytes into the texts of JSON values, without ever holding more of it than one value. */
import { maximumRecordBytes } from "./canonical";
import { FileProblem } from "./errors";

const lineFeed = 0x0a;

/** The parts of one value, of which no more is kept than tells that it is too long. */
class Pieces {
  #parts: Buffer[] = [];
  #size = 0;

  add(part: Buffer): void {
    const kept = part.subarray(0, maximumRecordBytes + 1 - this.#size);
    if (kept.length > 0) this.#parts.push(Buffer.from(kept));
    this.#size += kept.length;
  }

  /** The whole, with its last part. */
  endWith(part: Buffer): Buffer {
    if (this.#size === 0) return part;
    this.add(part);
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    return whole;
  }
}

/** Takes the text of a value and the number of the line in which it begins. */
type Take = (text: Buffer, lineNumber: number) => void;

/** For NDJSON, where a broken line says nothing about the next. */
export class LineSplitter {
  readonly #take: Take;
  readonly #line = new Pieces();
  #number = 0;

  constructor(take: Take) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    let begin = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, begin)) {
      this.#end(chunk.subarray(begin, end));
      begin = end + 1;
    }
    this.#line.add(chunk.subarray(begin));
  }

  finish(): void {
    this.#end(Buffer.alloc(0));
  }

  #end(part: Buffer): void {
    const line = this.#line.endWith(part);
    this.#number++;
    if (line.some((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0d)) this.#take(line, this.#number);
  }
}

/** For one JSON array: its elements. */
export class ArraySplitter {
  readonly #take: Take;
  readonly #element = new Pieces();
  #lineNumber = 1;
  /** Where the element at hand begins, with the blanks before it. */
  #elementLineNumber = 1;
  #depth = 0;
  #inText = false;
  #afterBackslash = false;
  #state: "before" | "inside" | "after" = "before";
  #expectsElement = false;

  constructor(take: Take) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    let begin = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (byte === lineFeed) this.#lineNumber++;
      if (this.#inText) {
        if (this.#afterBackslash) this.#afterBackslash = false;
        else if (byte === 0x5c) this.#afterBackslash = true;
        else if (byte === 0x22) this.#inText = false;
        continue;
      }
      if (this.#state !== "inside") {
        if (byte === 0x5b && this.#state === "before") {
          this.#state = "inside";
          this.#elementLineNumber = this.#lineNumber;
          begin = at + 1;
        } else if (byte > 0x20)
          throw new FileProblem("it is not one JSON array: something stands outside the brackets");
        continue;
      }
      if (byte === 0x22) this.#inText = true;
      else if (byte === 0x5b || byte === 0x7b) this.#depth++;
      else if ((byte === 0x5d || byte === 0x7d) && this.#depth > 0) this.#depth--;
      else if (byte === 0x2c && this.#depth === 0) {
        this.#end(chunk.subarray(begin, at), true);
        begin = at + 1;
      } else if (byte === 0x5d) {
        this.#end(chunk.subarray(begin, at), false);
        this.#state = "after";
      }
    }
    if (this.#state === "inside") this.#element.add(chunk.subarray(begin));
  }

  finish(): void {
    if (this.#state !== "after") throw new FileProblem("its JSON array has no end: it is incomplete");
  }

  #end(part: Buffer, another: boolean): void {
    const element = this.#element.endWith(part);
    const blanks = element.findIndex((byte) => byte > 0x20);
    // Nothing between brackets is an empty array; nothing between commas is an element that is no JSON.
    if (blanks >= 0 || another || this.#expectsElement) {
      const linesBefore = element.subarray(0, Math.max(blanks, 0)).filter((byte) => byte === lineFeed).length;
      this.#take(element, this.#elementLineNumber + linesBefore);
    }
    this.#expectsElement = another;
    this.#elementLineNumber = this.#lineNumber;
  }
}
