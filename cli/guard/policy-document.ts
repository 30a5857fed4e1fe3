import { isDeepStrictEqual } from "node:util";
import type { Json } from "../plan/plan-json";

type Values = string | readonly string[];

/** Statement of any AWS policy, as far as the guard reads it. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: "*" | Readonly<Record<string, Values>>;
  readonly NotPrincipal?: unknown;
  readonly Action?: Values;
  readonly NotAction?: Values;
  readonly Resource?: Values;
  readonly NotResource?: Values;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
}

export function listOf(values: Values | undefined): readonly string[] {
  return values === undefined ? [] : typeof values === "string" ? [values] : values;
}

/** The statements of a policy; undefined when the text is none. */
export function statementsOf(text: Json | undefined): PolicyStatement[] | undefined {
  if (typeof text !== "string" || text === "") return undefined;
  try {
    const { Statement } = JSON.parse(text) as { Statement?: PolicyStatement | PolicyStatement[] };
    return Statement === undefined ? undefined : [Statement].flat();
  } catch {
    return undefined;
  }
}

/** The principals of a statement as `AWS arn:...`, `Service ...`; everybody is `*`. */
export function principalsOf({ Principal }: PolicyStatement): string[] {
  if (Principal === undefined) return [];
  if (Principal === "*") return ["*"];
  return Object.entries(Principal).flatMap(([kind, values]) =>
    listOf(values).map((value) => (kind === "AWS" && value === "*" ? "*" : `${kind} ${accountOf(value)}`)),
  );
}

/** AWS writes the root of an account in either way. */
function accountOf(principal: string): string {
  return /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal;
}

/** Each demand of a statement's condition: `StringEquals aws:SourceAccount`, with its values. */
export function demandsOf({ Condition = {} }: PolicyStatement): Map<string, readonly string[]> {
  return new Map(
    Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => [`${operator} ${key}`, listOf(values)] as const),
    ),
  );
}

/** Whether what one denies the other denies, too: it may deny more. Of a reference what it will be is not known. */
export function deniesAsMuch(now: PolicyStatement, before: PolicyStatement): boolean {
  const isCovered = (wide: readonly string[], narrow: readonly string[]) =>
    narrow.every((value) => wide.some((pattern) => matches(pattern, value)));
  const exceptions = [now, before].map(({ NotAction, NotResource, NotPrincipal }) => ({
    NotAction,
    NotResource,
    NotPrincipal,
  }));
  return (
    now.Effect === "Deny" &&
    isDeepStrictEqual(exceptions[0], exceptions[1]) &&
    isCovered(listOf(now.Action), listOf(before.Action)) &&
    isCovered(listOf(now.Resource), listOf(before.Resource)) &&
    isCovered(principalsOf(now), principalsOf(before)) &&
    [...demandsOf(now)].every(([demand, values]) => {
      const known = demandsOf(before).get(demand);
      return known !== undefined && sameValues(values, known);
    })
  );
}

/** Equal but for their order; a reference stands for any value. */
function sameValues(now: readonly string[], before: readonly string[]): boolean {
  return (
    now.length === before.length &&
    before.every((value) => now.some((candidate) => candidate === value || isReferenceTo(candidate, value))) &&
    now.every((candidate) => before.some((value) => candidate === value || isReferenceTo(candidate, value)))
  );
}

function matches(pattern: string, value: string): boolean {
  if (pattern === value || isReferenceTo(pattern, value)) return true;
  return new RegExp(`^${quoted(pattern).replaceAll("\\*", ".*").replaceAll("\\?", ".")}$`, "is").test(value);
}

/** `${aws_kms_key.raw.arn}/*`, once it is known, may be any text with the same end. */
function isReferenceTo(text: string, value: string): boolean {
  if (!text.includes("${")) return false;
  const parts = text.split(/\$\{[^}]*\}/).map(quoted);
  return new RegExp(`^${parts.join(".*")}$`, "s").test(value);
}

function quoted(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
