/** What to say of an issue that zod found: what is wrong, and what to do about it. */
import type { z } from "zod";
import { nearest } from "./nearest";

type Issue = z.core.$ZodIssue;

/** For a key that may not stand where it stands. */
export function unknownKeyFix(key: string, known: readonly string[]): string {
  // Known, but to another alternative of a union.
  if (known.includes(key)) return "remove it";
  const meant = nearest(key, known);
  if (meant !== undefined) return `write \`${meant}\``;
  return known.length === 0 ? "remove it" : `remove it; known keys: ${known.join(", ")}`;
}

export function issueMessage(issue: Issue, value: unknown): string {
  if (issue.code === "invalid_type") return value === undefined ? "is missing" : `must be ${article(issue.expected)}`;
  const choice = issue.code === "invalid_value" || (issue.code === "invalid_union" && "discriminator" in issue);
  if (value === undefined && (choice || issue.code === "invalid_union")) return "is missing";
  if (choice) return "is not one of the allowed values";
  return issue.message.replace(/^Invalid input: /, "");
}

/** The fix that the schema names itself, else one that follows from the kind of issue. */
export function issueFix(issue: Issue, value: unknown): string {
  const own = (issue as { params?: { fix?: string } }).params?.fix;
  if (own !== undefined) return own;
  if (issue.code === "invalid_type") {
    return value === undefined ? `add ${article(issue.expected)}` : typeFix(issue.expected);
  }
  const allowed = allowedValues(issue);
  if (allowed.length > 0) {
    const meant = typeof value === "string" ? nearest(value, allowed) : undefined;
    return meant === undefined ? `use one of: ${allowed.join(", ")}` : `write \`${meant}\``;
  }
  return demandFix(issue.message) ?? codeFix(issue);
}

/** Schemas say what they demand: `must be an AWS region`, `needs a prefix`. */
function demandFix(message: string): string | undefined {
  const [, verb, demand = ""] = /^(must be|must not be|must name|needs) (.+)$/.exec(message) ?? [];
  if (verb === undefined) return undefined;
  if (verb === "must not be") return "choose another";
  return verb === "must be" ? `make it ${demand}` : `${verb === "needs" ? "add" : "name"} ${demand}`;
}

function codeFix(issue: Issue): string {
  switch (issue.code) {
    case "too_small":
      return `use ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `use ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${unitOf(issue.origin)}`;
    case "not_multiple_of":
      return `use a multiple of ${issue.divisor}`;
    case "invalid_format":
      if (issue.format === "email") return "write an address such as team@example.com";
      return issue.pattern === undefined ? `write a valid ${issue.format}` : `write what matches ${issue.pattern}`;
    case "invalid_union": {
      const expected = issue.errors.flat().flatMap((inner) => (inner.code === "invalid_type" ? [inner.expected] : []));
      return expected.length === 0
        ? "correct or remove it"
        : `write ${[...new Set(expected.map(article))].join(" or ")}`;
    }
    default:
      return "correct or remove it";
  }
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" || origin === "set" || origin === "map" ? " entries" : "";
}

const TYPE_FIXES: Readonly<Record<string, string>> = {
  boolean: "write true or false, without quotes",
  string: "write a text, in quotes",
  number: "write a number, without quotes",
  int: "write a whole number, without quotes",
  object: "write a mapping of keys to values",
  record: "write a mapping of keys to values",
  array: "write a list",
};

function typeFix(expected: string): string {
  return TYPE_FIXES[expected] ?? `write ${article(expected)}`;
}

/** Also those that only some alternatives of a union allow. */
function allowedValues(issue: Issue): string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code !== "invalid_union") return [];
  const discriminators = (issue as { options?: unknown[] }).options ?? [];
  return [...discriminators.map(String), ...issue.errors.flat().flatMap(allowedValues)];
}

function article(type: string): string {
  const name = type === "object" || type === "record" ? "mapping" : type === "array" ? "list" : type;
  return `${/^[aeio]/.test(name) ? "an" : "a"} ${name}`;
}
