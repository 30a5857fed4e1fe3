import type { Cursor } from "./cursor";
import {
  type Grammar,
  nothing,
  parseExpression,
  parseQualifiedName,
  parseValue,
  startsQuery,
} from "./parse-expression";
import { type Expression, joined } from "./syntax";

/** A call: its name, what stands in the parentheses, and what may follow them. */
export function parseArguments(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const special = SPECIAL[cursor.current.text.toLowerCase()];
  const { kind } = cursor.next();
  if (special !== undefined && kind === "word")
    return joined([cursor.inParentheses(() => special(grammar)), tail(grammar)]);
  const inside = cursor.inParentheses(() => parseList(grammar));
  return joined([inside, tail(grammar)]);
}

function parseList(grammar: Grammar): Expression {
  const { cursor } = grammar;
  if (cursor.is(")")) return nothing;
  if (cursor.take("*")) return nothing;
  cursor.takeOneOf("distinct", "all");
  const parts = cursor.list(() =>
    startsQuery(cursor) && cursor.current.text !== "("
      ? { references: [], queries: [grammar.query()] }
      : parseExpression(grammar),
  );
  if (cursor.take("order", "by")) parts.push(...parseOrder(grammar));
  return joined(parts);
}

/** `WITHIN GROUP`, `FILTER`, `IGNORE NULLS` and `OVER`. */
function tail(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const parts: Expression[] = [];
  if (cursor.take("within", "group")) {
    parts.push(
      ...cursor.inParentheses(() => {
        cursor.expect("order", "by");
        return parseOrder(grammar);
      }),
    );
  }
  if (cursor.is("filter", "(")) {
    cursor.next();
    parts.push(
      cursor.inParentheses(() => {
        cursor.expect("where");
        return parseExpression(grammar);
      }),
    );
  }
  if (cursor.is("ignore", "nulls") || cursor.is("respect", "nulls")) {
    cursor.next();
    cursor.next();
  }
  if (cursor.take("over")) {
    if (cursor.isName()) cursor.name();
    else parts.push(cursor.inParentheses(() => parseWindow(grammar)));
  }
  return joined(parts);
}

/** What stands in the parentheses of OVER or WINDOW. */
export function parseWindow(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const parts: Expression[] = [];
  if (cursor.isName() && !cursor.isOneOf("partition", "rows", "range", "groups")) cursor.name();
  if (cursor.take("partition", "by")) parts.push(...cursor.list(() => parseExpression(grammar)));
  if (cursor.take("order", "by")) parts.push(...parseOrder(grammar));
  if (cursor.takeOneOf("rows", "range", "groups")) {
    if (cursor.take("between")) {
      parts.push(parseBound(grammar));
      cursor.expect("and");
    }
    parts.push(parseBound(grammar));
  }
  return joined(parts);
}

function parseBound(grammar: Grammar): Expression {
  const { cursor } = grammar;
  if (cursor.take("current", "row")) return nothing;
  const bound = cursor.take("unbounded") ? nothing : parseValue(grammar);
  if (!cursor.takeOneOf("preceding", "following")) throw cursor.unexpected("PRECEDING");
  return bound;
}

/** What ORDER BY sorts by. */
export function parseOrder(grammar: Grammar): Expression[] {
  const { cursor } = grammar;
  return cursor.list(() => {
    const by = parseExpression(grammar);
    cursor.takeOneOf("asc", "desc");
    if (cursor.take("nulls") && !cursor.takeOneOf("first", "last")) throw cursor.unexpected("LAST");
    return by;
  });
}

/** Calls with words of their own between the parentheses. */
const SPECIAL: Readonly<Record<string, (grammar: Grammar) => Expression>> = {
  cast: parseCast,
  try_cast: parseCast,
  extract: ({ cursor, query }) => {
    cursor.name();
    cursor.expect("from");
    return parseExpression({ cursor, query });
  },
  position: (grammar) => {
    const part = parseValue(grammar);
    grammar.cursor.expect("in");
    return joined([part, parseValue(grammar)]);
  },
  substring: (grammar) => withWords(grammar, "from", "for"),
  trim: parseTrim,
  listagg: parseListagg,
  json_exists: parseJson,
  json_value: parseJson,
  json_query: parseJson,
  json_object: parseJson,
  json_array: parseJson,
};

function parseCast(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const value = parseExpression(grammar);
  cursor.expect("as");
  parseType(cursor);
  return value;
}

function withWords(grammar: Grammar, ...words: readonly string[]): Expression {
  const { cursor } = grammar;
  const parts = [parseExpression(grammar)];
  while (cursor.takeOneOf(",", ...words)) parts.push(parseExpression(grammar));
  return joined(parts);
}

function parseTrim(grammar: Grammar): Expression {
  const { cursor } = grammar;
  cursor.takeOneOf("leading", "trailing", "both");
  cursor.take("from");
  return withWords(grammar, "from");
}

function parseListagg(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const inside = parseList(grammar);
  if (cursor.take("on", "overflow") && !cursor.take("error")) {
    cursor.expect("truncate");
    if (cursor.current.kind === "string") cursor.next();
    if (cursor.takeOneOf("with", "without")) cursor.expect("count");
  }
  return inside;
}

/** JSON paths have words of their own, which name no columns: only what stands first is looked at. */
function parseJson(grammar: Grammar): Expression {
  const { cursor } = grammar;
  const first = cursor.is(")") ? nothing : parseExpression(grammar);
  for (let depth = 0; depth > 0 || !cursor.is(")"); cursor.next()) {
    if (cursor.current.kind === "end") throw cursor.unexpected(")");
    depth += cursor.is("(") ? 1 : cursor.is(")") ? -1 : 0;
  }
  return first;
}

/** `bigint`, `decimal(10, 2)`, `array(varchar)`, `row(x bigint)`, `timestamp(3) with time zone`. */
export function parseType(cursor: Cursor): void {
  if (cursor.is("row", "(")) {
    cursor.next();
    cursor.inParentheses(() =>
      cursor.list(() => {
        const isNamed = cursor.isName() && (cursor.isName(1) || cursor.ahead(1).text.toLowerCase() === "row");
        if (isNamed) cursor.name();
        parseType(cursor);
      }),
    );
  } else {
    parseQualifiedName(cursor);
    cursor.takeOneOf("precision");
    if (cursor.is("(")) cursor.inParentheses(() => cursor.list(() => parseTypeParameter(cursor)));
    if (cursor.take("to")) cursor.name();
  }
  if (cursor.takeOneOf("with", "without")) cursor.expect("time", "zone");
  while (cursor.take("array"));
}

function parseTypeParameter(cursor: Cursor): void {
  if (cursor.current.kind === "number") cursor.next();
  else parseType(cursor);
}
