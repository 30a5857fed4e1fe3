/** Reads JSON, one object a line or one array of objects, into canonical form. */
import { isUtf8 } from "node:buffer";
import { escapeByte, maximumRecordBytes, nullMarker, type RecordSink, type RecordSummary } from "./canonical";
import { eachMember } from "./json-members";

const flushAt = 1024 * 1024;
const escapeCharacter = String.fromCharCode(escapeByte);
const textKept = 64 * 1024;
const nameKept = 60;

/** What is wrong with a record, so that it is rejected. */
class RecordProblem extends Error {}

/** Turns the text of one JSON value after the other into canonical lines. */
export class JsonRecords {
  /** Where the value of each column goes. */
  readonly #places: ReadonlyMap<string, number>;
  readonly #sink: RecordSink;
  #lines: string[] = [];
  #size = 0;
  #records = 0;
  #broken = 0;
  #escaped = false;
  #longestLine = 0;

  /** @param columns the names to look for in each object; what else it has goes into one more field */
  constructor(columns: readonly string[], sink: RecordSink) {
    this.#places = new Map(columns.map((name, index) => [name, index]));
    this.#sink = sink;
  }

  /** Takes the text of one record, which begins in this line of the file. */
  add(bytes: Buffer, lineNumber: number): void {
    const row = ++this.#records;
    const text = bytes.toString("utf8", 0, Math.min(bytes.length, maximumRecordBytes + 1));
    try {
      if (bytes.length > maximumRecordBytes) throw new RecordProblem("is longer than 2 MiB");
      if (!isUtf8(bytes)) throw new RecordProblem("is not UTF-8");
      this.#keep(`${row},${lineNumber - row},${this.#fields(text).join(",")}\n`);
    } catch (error) {
      if (!(error instanceof RecordProblem)) throw error;
      this.#broken++;
      this.#sink.reject({ row, lineNumber, line: text.slice(0, textKept), reasons: [error.message] });
    }
  }

  finish(): RecordSummary {
    this.#flush();
    return {
      records: this.#records,
      broken: this.#broken,
      escaped: this.#escaped,
      longestLine: this.#longestLine,
    };
  }

  #keep(line: string): void {
    this.#lines.push(line);
    this.#size += line.length;
    // At most three bytes for each of JavaScript's characters.
    this.#longestLine = Math.max(this.#longestLine, line.length * 3);
    if (this.#size >= flushAt) this.#flush();
  }

  /** The columns' values in canonical form, each exactly as it is written, and the names of all others. */
  #fields(json: string): string[] {
    requireObject(json);
    const fields = new Array<string | undefined>(this.#places.size).fill(undefined);
    const unknown = new Set<string>();
    eachMember(json, (nameToken, value) => {
      const name = textOf(nameToken);
      const place = this.#places.get(name);
      if (place === undefined ? unknown.has(name) : fields[place] !== undefined) {
        throw new RecordProblem(`has ${JSON.stringify(name.slice(0, nameKept))} more than once`);
      }
      if (place === undefined) unknown.add(name);
      else fields[place] = this.#field(value);
    });
    fields.push(unknown.size === 0 ? undefined : this.#quoted([...unknown].join(", ")));
    return fields.map((field) => field ?? nullMarker);
  }

  #field(token: string): string {
    switch (token[0]) {
      case '"':
        // A text without escapes has nothing in it that canonical lines would have to escape.
        return token.includes("\\") ? this.#quoted(textOf(token)) : token;
      case "{":
      case "[":
        return this.#quoted(token);
      case "n":
        return nullMarker;
      default:
        return token;
    }
  }

  #quoted(text: string): string {
    const escaped = text
      .replaceAll(escapeCharacter, `${escapeCharacter}z`)
      .replaceAll("\n", `${escapeCharacter}n`)
      .replaceAll("\r", `${escapeCharacter}r`);
    if (escaped !== text) this.#escaped = true;
    return `"${escaped.replaceAll('"', '""')}"`;
  }

  #flush(): void {
    if (this.#lines.length > 0) this.#sink.write(Buffer.from(this.#lines.join(""), "utf8"));
    this.#lines = [];
    this.#size = 0;
  }
}

function requireObject(json: string): void {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new RecordProblem("is not valid JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new RecordProblem("is no JSON object");
}

/** What a text in quotes says. */
function textOf(token: string): string {
  if (!token.includes("\\")) return token.slice(1, -1);
  const text = JSON.parse(token) as string;
  if (text.includes("\0")) throw new RecordProblem("contains a NUL character");
  // UTF-8 has no way to write it: it would silently become another character.
  if (/\p{Surrogate}/u.test(text)) throw new RecordProblem("contains half of a surrogate pair");
  return text;
}
