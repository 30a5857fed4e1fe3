import { Cursor } from "./cursor";
import { parseOrder, parseWindow } from "./parse-call";
import { type Grammar, parseExpression, parseQualifiedName, parseValue, startsQuery } from "./parse-expression";
import type { Alias, CommonTable, Expression, Query, QueryBody, Reference, Relation, SelectItem } from "./syntax";
import { SqlSyntaxError, tokenize } from "./tokens";

/**
 * Reads the one query in a text, by the grammar of Trino, which Athena's engine 3 is.
 * @throws SqlSyntaxError at the first thing that does not belong
 */
export function parseQueryText(sql: string): Query {
  const cursor = new Cursor(tokenize(sql));
  const grammar: Grammar = { cursor, query: () => parseQuery(grammar) };
  if (atEnd(cursor) || cursor.is(";")) {
    throw new SqlSyntaxError("there is no statement", 0, "write a SELECT below the header");
  }
  const query = parseQuery(grammar);
  const { offset } = cursor.current;
  if (cursor.take(";") && !atEnd(cursor)) {
    throw new SqlSyntaxError(
      "there are several statements",
      offset,
      "keep one, and give the others files of their own",
    );
  }
  if (!atEnd(cursor)) throw cursor.unexpected("the end of the statement");
  return query;
}

function atEnd(cursor: Cursor): boolean {
  return cursor.current.kind === "end";
}

function parseQuery(grammar: Grammar): Query {
  const { cursor } = grammar;
  if (!startsQuery(cursor)) throw cursor.unexpected("SELECT");
  const isWith = cursor.take("with");
  const recursive = isWith && cursor.take("recursive");
  const tables = isWith ? cursor.list(() => parseCommonTable(grammar)) : [];
  const body = parseSet(grammar);
  const orderBy = cursor.take("order", "by") ? parseOrder(grammar) : [];
  parseLimit(cursor);
  return { recursive, with: tables, body, orderBy };
}

function parseCommonTable(grammar: Grammar): CommonTable {
  const { cursor } = grammar;
  const name = cursor.name();
  const columns = cursor.is("(") ? parseNames(cursor) : undefined;
  cursor.expect("as");
  return { name, columns, query: cursor.inParentheses(() => parseQuery(grammar)) };
}

function parseLimit(cursor: Cursor): void {
  if (cursor.take("offset")) {
    parseCount(cursor);
    cursor.takeOneOf("row", "rows");
  }
  if (cursor.take("limit")) {
    if (!cursor.take("all")) parseCount(cursor);
  } else if (cursor.take("fetch")) {
    if (!cursor.takeOneOf("first", "next")) throw cursor.unexpected("FIRST");
    if (!cursor.isOneOf("row", "rows")) parseCount(cursor);
    if (!cursor.takeOneOf("row", "rows")) throw cursor.unexpected("ROWS");
    if (!cursor.take("with", "ties")) cursor.expect("only");
  }
}

function parseCount(cursor: Cursor): void {
  if (!["number", "parameter"].includes(cursor.current.kind)) throw cursor.unexpected("a number");
  cursor.next();
}

function parseSet(grammar: Grammar): QueryBody {
  const { cursor } = grammar;
  let left = parseTerm(grammar);
  while (cursor.takeOneOf("union", "intersect", "except")) {
    cursor.takeOneOf("all", "distinct");
    left = { kind: "set", left, right: parseTerm(grammar) };
  }
  return left;
}

function parseTerm(grammar: Grammar): QueryBody {
  const { cursor } = grammar;
  if (cursor.is("(")) return { kind: "nested", query: cursor.inParentheses(() => parseQuery(grammar)) };
  if (cursor.take("table")) return { kind: "table", table: parseQualifiedName(cursor) };
  if (cursor.take("values")) return { kind: "values", rows: cursor.list(() => parseRow(grammar)) };
  cursor.expect("select");
  cursor.takeOneOf("distinct", "all");
  const items = cursor.list(() => parseItem(grammar));
  const from = cursor.take("from") ? cursor.list(() => parseRelation(grammar)) : [];
  const expressions: Expression[] = [];
  if (cursor.take("where")) expressions.push(parseExpression(grammar));
  if (cursor.take("group", "by")) expressions.push(...parseGroups(grammar));
  if (cursor.take("having")) expressions.push(parseExpression(grammar));
  if (cursor.take("window")) expressions.push(...cursor.list(() => parseNamedWindow(grammar)));
  return { kind: "select", items, from, expressions };
}

function parseRow(grammar: Grammar): Expression[] {
  const { cursor } = grammar;
  const isRow = cursor.is("(") || cursor.is("row", "(");
  if (!isRow) return [parseExpression(grammar)];
  cursor.take("row");
  return cursor.inParentheses(() => cursor.list(() => parseExpression(grammar)));
}

function parseItem(grammar: Grammar): SelectItem {
  const { cursor } = grammar;
  const star = parseStar(cursor);
  if (star !== undefined) return { expression: { references: [], queries: [] }, star };
  const start = cursor.current.offset;
  const expression = parseExpression(grammar);
  if (cursor.take("as") || cursor.isName()) return { expression, name: cursor.name() };
  const [only, ...others] = expression.references;
  const isPlain = only !== undefined && others.length === 0 && only.offset === start && isWholeName(cursor, only);
  return { expression, name: isPlain ? only.parts.at(-1) : undefined };
}

/** Whether nothing but the name stands between it and what comes next: `a`, and not `a + 1`. */
function isWholeName(cursor: Cursor, { parts }: Reference): boolean {
  const before = cursor.ahead(-1);
  return (before.kind === "word" || before.kind === "name") && before.text.toLowerCase() === parts.at(-1);
}

function parseStar(cursor: Cursor): Reference | undefined {
  const { offset } = cursor.current;
  let ahead = 0;
  const parts: string[] = [];
  while (cursor.isName(ahead) && cursor.ahead(ahead + 1).text === ".") {
    parts.push(cursor.ahead(ahead).text.toLowerCase());
    ahead += 2;
  }
  if (cursor.ahead(ahead).text !== "*" || cursor.ahead(ahead).kind !== "symbol") return undefined;
  for (let count = 0; count <= ahead; count++) cursor.next();
  return { parts, text: parts.join("."), offset };
}

function parseGroups(grammar: Grammar): Expression[] {
  const { cursor } = grammar;
  cursor.takeOneOf("distinct", "all");
  const set = () => (cursor.take("(", ")") ? [] : [parseExpression(grammar)]);
  return cursor
    .list(() => {
      if (cursor.take("grouping", "sets") || cursor.takeOneOf("rollup", "cube")) {
        return cursor.inParentheses(() => cursor.list(set).flat());
      }
      return set();
    })
    .flat();
}

function parseNamedWindow(grammar: Grammar): Expression {
  const { cursor } = grammar;
  cursor.name();
  cursor.expect("as");
  return cursor.inParentheses(() => parseWindow(grammar));
}

const JOINS = [
  ["inner"],
  ["left", "outer"],
  ["left"],
  ["right", "outer"],
  ["right"],
  ["full", "outer"],
  ["full"],
] as const;

function parseRelation(grammar: Grammar): Relation {
  const { cursor } = grammar;
  let left = parseAliased(grammar);
  for (;;) {
    if (cursor.take("cross", "join")) {
      left = { kind: "join", left, right: parseAliased(grammar), using: [], natural: false };
      continue;
    }
    const natural = cursor.take("natural");
    const isTyped = JOINS.some((words) => cursor.take(...words));
    if (!natural && !isTyped && !cursor.is("join")) return left;
    cursor.expect("join");
    left = parseJoin(grammar, left, natural);
  }
}

function parseJoin(grammar: Grammar, left: Relation, natural: boolean): Relation {
  const { cursor } = grammar;
  const right = natural ? parseAliased(grammar) : parseRelation(grammar);
  if (natural) return { kind: "join", left, right, using: [], natural };
  if (cursor.take("on")) return { kind: "join", left, right, on: parseExpression(grammar), using: [], natural };
  cursor.expect("using");
  const using = cursor.inParentheses(() => cursor.list(() => parseQualifiedName(cursor)));
  return { kind: "join", left, right, using, natural };
}

function parseAliased(grammar: Grammar): Relation {
  const { cursor } = grammar;
  const relation = parseSource(grammar);
  if (cursor.is("tablesample") || cursor.is("match_recognize")) {
    throw new SqlSyntaxError(
      `${cursor.current.text} is not checked`,
      cursor.current.offset,
      "write the query without it",
    );
  }
  const alias = parseAlias(cursor);
  return alias === undefined ? relation : ({ ...relation, alias } as Relation);
}

function parseSource(grammar: Grammar): Relation {
  const { cursor } = grammar;
  if (cursor.take("unnest")) {
    const expressions = cursor.inParentheses(() => cursor.list(() => parseExpression(grammar)));
    cursor.take("with", "ordinality");
    return { kind: "unnest", expressions };
  }
  if (cursor.is("lateral", "(")) {
    cursor.next();
    return { kind: "query", query: cursor.inParentheses(() => parseQuery(grammar)), lateral: true };
  }
  if (cursor.take("table"))
    return { kind: "opaque", expressions: [cursor.inParentheses(() => parseExpression(grammar))] };
  if (cursor.is("(")) {
    if (startsQuery(cursor)) {
      return { kind: "query", query: cursor.inParentheses(() => parseQuery(grammar)), lateral: false };
    }
    return cursor.inParentheses(() => parseRelation(grammar));
  }
  if (!cursor.isName()) throw cursor.unexpected("the name of a table");
  const table = parseQualifiedName(cursor);
  if (cursor.is("for", "timestamp", "as") || cursor.is("for", "version", "as")) {
    for (let count = 0; count < 3; count++) cursor.next();
    cursor.expect("of");
    parseValue(grammar);
  }
  return { kind: "table", table };
}

function parseAlias(cursor: Cursor): Alias | undefined {
  const isNamed = cursor.take("as");
  const isJoin = cursor.isOneOf("tablesample", "match_recognize", "window", "offset", "limit", "fetch");
  if (!isNamed && (!cursor.isName() || isJoin)) return undefined;
  const name = cursor.name();
  return cursor.is("(") ? { name, columns: parseNames(cursor) } : { name };
}

function parseNames(cursor: Cursor): string[] {
  return cursor.inParentheses(() => cursor.list(() => cursor.name()));
}
