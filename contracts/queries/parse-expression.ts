import type { Cursor } from "./cursor";
import { parseArguments } from "./parse-call";
import { type Expression, joined, type Query, type Reference } from "./syntax";

/** Reads expressions; a query inside of one is read by whoever reads queries. */
export interface Grammar {
  readonly cursor: Cursor;
  readonly query: () => Query;
}

export const nothing: Expression = { references: [], queries: [] };

const COMPARISONS = ["=", "<>", "!=", "<=", ">=", "<", ">"] as const;
const OPERATORS = ["+", "-", "*", "/", "%", "||"] as const;
/** Functions whose names are keywords. */
const RESERVED_CALLS = ["cast", "extract", "trim", "normalize", "grouping"] as const;
const WITHOUT_PARENTHESES = [
  "current_date",
  "current_time",
  "current_timestamp",
  "current_user",
  "current_catalog",
  "current_schema",
  "localtime",
  "localtimestamp",
] as const;

/** `a OR b`, and everything that binds closer. */
export function parseExpression(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const parts = [parseNegation(grammar)];
  while (cursor.takeOneOf("and", "or")) parts.push(parseNegation(grammar));
  return joined(parts);
}

function parseNegation(grammar: Grammar): Expression {
  return grammar.cursor.take("not") ? parseNegation(grammar) : parsePredicate(grammar);
}

function parsePredicate(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const parts = [parseValue(grammar)];
  for (;;) {
    if (cursor.takeOneOf(...COMPARISONS)) {
      const isQuantified = cursor.isOneOf("all", "some", "any") && cursor.ahead(1).text === "(";
      if (isQuantified) cursor.next();
      parts.push(parseValue(grammar));
    } else if (cursor.take("is")) parts.push(parseIs(grammar));
    else if (cursor.isOneOf("between", "in", "like") || (cursor.is("not") && isRange(cursor))) {
      cursor.take("not");
      parts.push(parseRange(grammar));
    } else return joined(parts);
  }
}

function isRange(cursor: Cursor): boolean {
  return ["between", "in", "like"].includes(cursor.ahead(1).text.toLowerCase());
}

function parseIs(grammar: Grammar): Expression {
  const { cursor } = grammar;
  cursor.take("not");
  if (cursor.take("distinct", "from")) return parseValue(grammar);
  if (!cursor.take("null")) throw cursor.unexpected("NULL");
  return nothing;
}

function parseRange(grammar: Grammar): Expression {
  const { cursor } = grammar;
  if (cursor.take("between")) {
    const low = parseValue(grammar);
    cursor.expect("and");
    return joined([low, parseValue(grammar)]);
  }
  if (cursor.take("like")) {
    const pattern = parseValue(grammar);
    return cursor.take("escape") ? joined([pattern, parseValue(grammar)]) : pattern;
  }
  cursor.expect("in");
  return cursor.inParentheses(() => queryOrList(grammar));
}

/** `(SELECT ...)` or `(a, b)`, behind the parenthesis. */
function queryOrList(grammar: Grammar): Expression {
  const { cursor } = grammar;
  if (startsQuery(cursor)) return { references: [], queries: [grammar.query()] };
  return joined(cursor.list(() => parseExpression(grammar)));
}

/** Whether a query comes next, parentheses around it apart. */
export function startsQuery(cursor: Cursor): boolean {
  let ahead = 0;
  while (cursor.ahead(ahead).text === "(") ahead++;
  const { kind, text } = cursor.ahead(ahead);
  return kind === "word" && ["select", "with", "values", "table"].includes(text.toLowerCase());
}

/** Sums, products and the like: which binds closer makes no difference to what they refer to. */
export function parseValue(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const parts = [parseUnary(grammar)];
  for (;;) {
    if (cursor.takeOneOf(...OPERATORS)) parts.push(parseUnary(grammar));
    else if (cursor.take("at", "time", "zone")) parts.push(parseUnary(grammar));
    else return joined(parts);
  }
}

function parseUnary(grammar: Grammar): Expression {
  const { cursor } = grammar;
  while (cursor.takeOneOf("+", "-"));
  const parts = [parsePrimary(grammar)];
  for (;;) {
    if (cursor.take("[")) {
      parts.push(parseValue(grammar));
      cursor.expect("]");
    } else if (cursor.is(".") && cursor.isName(1)) {
      // A field of what stands before.
      cursor.next();
      cursor.next();
    } else return joined(parts);
  }
}

function parsePrimary(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const { kind } = cursor.current;
  if (kind === "string" || kind === "number" || kind === "parameter") {
    cursor.next();
    return nothing;
  }
  if (cursor.takeOneOf("null", "true", "false")) return nothing;
  if (cursor.takeOneOf(...WITHOUT_PARENTHESES)) return parsePrecision(cursor);
  if (cursor.take("case")) return parseCase(grammar);
  if (cursor.take("exists")) return cursor.inParentheses(() => ({ references: [], queries: [grammar.query()] }));
  if (cursor.is("(")) return isLambda(cursor) ? parseLambda(grammar) : cursor.inParentheses(() => queryOrList(grammar));
  if (cursor.is("array", "[")) return parseArray(grammar);
  if (cursor.is("interval") && (cursor.ahead(1).kind === "string" || cursor.ahead(2).kind === "string")) {
    return parseInterval(cursor);
  }
  if (isTypedText(cursor)) return nothing;
  if (cursor.ahead(1).text === "->" && cursor.isName()) return parseLambda(grammar);
  const isCall = cursor.isName() || cursor.isOneOf(...RESERVED_CALLS);
  if (isCall && cursor.ahead(1).kind === "symbol" && cursor.ahead(1).text === "(") return parseArguments(grammar);
  if (!cursor.isName()) throw cursor.unexpected("a value");
  return parseReference(grammar);
}

/** `a`, `a.b`, `a.b.c`, or a call of `a.b(...)`. */
function parseReference({ cursor }: Grammar): Expression {
  const reference = parseQualifiedName(cursor);
  return { references: [reference], queries: [] };
}

/** Names with points between them. */
export function parseQualifiedName(cursor: Cursor): Reference {
  const { offset } = cursor.current;
  const parts = [cursor.name()];
  while (cursor.is(".") && cursor.isName(1)) {
    cursor.next();
    parts.push(cursor.name());
  }
  return { parts, text: parts.join("."), offset };
}

function parsePrecision(cursor: Cursor): Expression {
  if (cursor.take("(")) {
    cursor.next();
    cursor.expect(")");
  }
  return nothing;
}

function parseCase(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const parts = cursor.is("when") ? [] : [parseExpression(grammar)];
  do {
    cursor.expect("when");
    parts.push(parseExpression(grammar));
    cursor.expect("then");
    parts.push(parseExpression(grammar));
  } while (cursor.is("when"));
  if (cursor.take("else")) parts.push(parseExpression(grammar));
  cursor.expect("end");
  return joined(parts);
}

function parseArray(grammar: Grammar): Expression {
  const { cursor } = grammar;
  cursor.expect("array", "[");
  const parts = cursor.is("]") ? [] : cursor.list(() => parseExpression(grammar));
  cursor.expect("]");
  return joined(parts);
}

const UNITS = ["year", "month", "day", "hour", "minute", "second", "week"] as const;

function parseInterval(cursor: Cursor): Expression {
  cursor.expect("interval");
  cursor.takeOneOf("+", "-");
  if (cursor.current.kind !== "string") throw cursor.unexpected("a text such as '1'");
  cursor.next();
  if (!cursor.takeOneOf(...UNITS)) throw cursor.unexpected("DAY");
  if (cursor.take("to") && !cursor.takeOneOf(...UNITS)) throw cursor.unexpected("SECOND");
  return nothing;
}

/** `DATE '2026-01-01'`, `DOUBLE PRECISION '1'`: a text of a type. */
function isTypedText(cursor: Cursor): boolean {
  const words = cursor.is("double", "precision") ? 2 : 1;
  if (cursor.ahead(words).kind !== "string" || cursor.current.kind !== "word" || !cursor.isName()) return false;
  for (let count = 0; count <= words; count++) cursor.next();
  return true;
}

/** `(a, b) -> ...` */
function isLambda(cursor: Cursor): boolean {
  let ahead = 1;
  while (cursor.isName(ahead) || cursor.ahead(ahead).text === ",") ahead++;
  return cursor.ahead(ahead).text === ")" && cursor.ahead(ahead + 1).text === "->";
}

function parseLambda(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const names = cursor.is("(")
    ? cursor.inParentheses(() => (cursor.is(")") ? [] : cursor.list(() => cursor.name())))
    : [cursor.name()];
  cursor.expect("->");
  const body = parseExpression(grammar);
  return { ...body, references: body.references.filter(({ parts: [first] }) => !names.includes(first ?? "")) };
}
