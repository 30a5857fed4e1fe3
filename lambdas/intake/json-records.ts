/** Reads JSON, one object a line or one array of objects, into canonical form. */
import { isUtf8 } from "node:buffer";
import { escapeByte, maximumRecordBytes, nullMarker, type RecordSink, type RecordSummary } from "./canonical";

const flushAt = 1024 * 1024;
const escapeCharacter = String.fromCharCode(escapeByte);
const textKept = 64 * 1024;

type JsonObject = Record<string, unknown>;

/** Turns the text of one JSON value after the other into canonical lines. */
export class JsonRecords {
  readonly #known: ReadonlySet<string>;
  #lines: string[] = [];
  #size = 0;
  #records = 0;
  #broken = 0;
  #escaped = false;
  #longestLine = 0;

  /** @param columns the names to look for in each object; what else it has goes into one more field */
  constructor(
    private readonly columns: readonly string[],
    private readonly sink: RecordSink,
  ) {
    this.#known = new Set(columns);
  }

  /** Takes the text of one record. */
  add(bytes: Buffer): void {
    this.#records++;
    const text = bytes.toString("utf8", 0, Math.min(bytes.length, maximumRecordBytes + 1));
    const object =
      bytes.length > maximumRecordBytes ? "is longer than 2 MiB" : isUtf8(bytes) ? parse(text) : "is not UTF-8";
    if (typeof object === "string") {
      this.#broken++;
      this.sink.reject({ row: this.#records, line: text.slice(0, textKept), reasons: [object] });
      return;
    }
    const fields = this.columns.map((name) => this.#field(object[name]));
    const unknown = Object.keys(object).filter((name) => !this.#known.has(name));
    fields.push(this.#field(unknown.length === 0 ? null : unknown.join(", ")));
    const line = `${this.#records},${fields.join(",")}\n`;
    this.#lines.push(line);
    this.#size += line.length;
    // At most three bytes for each of JavaScript's characters.
    this.#longestLine = Math.max(this.#longestLine, line.length * 3);
    if (this.#size >= flushAt) this.#flush();
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

  #field(value: unknown): string {
    if (value === null || value === undefined) return nullMarker;
    const text = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
    const escaped = text
      .replaceAll(escapeCharacter, `${escapeCharacter}z`)
      .replaceAll("\n", `${escapeCharacter}n`)
      .replaceAll("\r", `${escapeCharacter}r`);
    if (escaped !== text) this.#escaped = true;
    return `"${escaped.replaceAll('"', '""')}"`;
  }

  #flush(): void {
    if (this.#lines.length > 0) this.sink.write(Buffer.from(this.#lines.join(""), "utf8"));
    this.#lines = [];
    this.#size = 0;
  }
}

/** The object in a text, with all numbers exact; or what is wrong with it. */
function parse(text: string): JsonObject | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return "is no JSON object";
    if (text.includes("\\u0000")) return "contains a NUL character";
    const inexact = Object.values(value).some((field) => typeof field === "number" && !Number.isSafeInteger(field));
    return (inexact ? JSON.parse(quoteNumbers(text)) : value) as JsonObject;
  } catch {
    return "is not valid JSON";
  }
}

/** Makes texts of numbers, so that `10.10` and integers of twenty digits stay what they are. */
function quoteNumbers(json: string): string {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}
