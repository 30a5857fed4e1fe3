/** The words of a statement in Athena's SQL. */

/** `word`: a name or keyword; `name`: a name in quotes; `end`: behind the last one. */
export type TokenKind = "word" | "name" | "string" | "number" | "symbol" | "parameter" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As it stands in the statement; of a name in quotes what is inside them. */
  readonly text: string;
  /** Where in the statement, from 0. */
  readonly offset: number;
}

/** The statement is no SQL that Athena takes. */
export class SqlSyntaxError extends Error {
  constructor(
    message: string,
    /** Where in the statement, from 0. */
    readonly offset: number,
    /** What would be right. */
    readonly fix: string,
  ) {
    super(message);
    this.name = "SqlSyntaxError";
  }
}

const patterns: readonly (readonly [TokenKind | "blank", RegExp])[] = [
  ["blank", /\s+|--[^\n]*|\/\*[\s\S]*?\*\//y],
  ["string", /(?:[xX]|[uU]&)?'(?:[^']|'')*'/y],
  ["name", /"(?:[^"]|"")+"/y],
  ["number", /(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w])/y],
  ["word", /[A-Za-z_][A-Za-z0-9_@:]*/y],
  ["parameter", /\?/y],
  ["symbol", /<>|!=|<=|>=|\|\||->|=>|[-+*/%=<>()[\],.;{}|^$]/y],
];

/**
 * Takes a statement apart.
 * @throws SqlSyntaxError at the first character that belongs to nothing
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  while (offset < sql.length) {
    const token = tokenAt(sql, offset);
    if (token === undefined) throw unknownCharacter(sql, offset);
    offset += token.length;
    if (token.kind !== "blank") tokens.push({ kind: token.kind, text: token.text, offset: offset - token.length });
  }
  return [...tokens, { kind: "end", text: "", offset: sql.length }];
}

function tokenAt(sql: string, offset: number): { kind: TokenKind | "blank"; text: string; length: number } | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = offset;
    const text = pattern.exec(sql)?.[0];
    if (text === undefined) continue;
    const inside = kind === "name" ? text.slice(1, -1).replaceAll('""', '"') : text;
    return { kind, text: inside, length: text.length };
  }
  return undefined;
}

function unknownCharacter(sql: string, offset: number): SqlSyntaxError {
  const character = sql[offset] ?? "";
  if (character === "'") return new SqlSyntaxError("a text is not closed", offset, "close it with '");
  if (character === '"') return new SqlSyntaxError("a name is not closed", offset, 'close it with "');
  if (character === "`") {
    return new SqlSyntaxError("Athena's queries know no backticks", offset, 'put names into "double quotes"');
  }
  return new SqlSyntaxError(`\`${character}\` does not belong here`, offset, "take it away");
}

/** Keywords that name nothing unless they stand in double quotes. */
export const reservedWords: ReadonlySet<string> = new Set(
  `alter and as between by case cast constraint create cross cube current_catalog current_date current_path
  current_role current_schema current_time current_timestamp current_user deallocate delete describe distinct drop else
  end escape except execute exists extract false for from full group grouping having in inner insert intersect into is
  join left like localtime localtimestamp natural normalize not null on or order outer prepare recursive right rollup
  select skip table then trim true uescape union unnest using values when where with`
    .trim()
    .split(/\s+/),
);
