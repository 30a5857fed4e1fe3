import { nearest } from "../nearest";

/** One `-- key: value` line above a statement. */
interface HeaderLine {
  readonly key: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface Header {
  readonly lines: readonly HeaderLine[];
  /** The statement below the header. */
  readonly sql: string;
  /** Line of the file in which the statement begins, counted from 1. */
  readonly sqlLine: number;
}

export const headerKeys = ["name", "description", "view", "column"] as const;

/** Takes the lines of comments above the statement for the header; those without a key are comments. */
export function readHeader(text: string): Header {
  const all = text.replaceAll("\r\n", "\n").split("\n");
  const end = all.findIndex((line) => line.trim() !== "" && !line.trimStart().startsWith("--"));
  const head = end === -1 ? all : all.slice(0, end);
  const lines = head.flatMap((line, index) => {
    const match = /^\s*--\s*([A-Za-z][\w-]*)\s*:\s*(.*?)\s*$/.exec(line);
    return match === null ? [] : [{ key: match[1] ?? "", value: match[2] ?? "", line: index + 1 }];
  });
  const sql = end === -1 ? "" : all.slice(end).join("\n").trim();
  return { lines, sql: sql.replace(/\s*;$/, ""), sqlLine: head.length + 1 };
}

/** The key that was meant. */
export function headerKeyFix(key: string): string {
  const meant = nearest(key, headerKeys);
  return meant === undefined ? `use ${headerKeys.map((known) => `\`${known}\``).join(", ")}` : `write \`${meant}\``;
}
