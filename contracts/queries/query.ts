import type { TableColumn } from "../layout";

/** A view of the catalog that a query becomes. */
export interface QueryView {
  readonly database: string;
  readonly name: string;
  /** With Glue's types, in the order of the query's columns. */
  readonly columns: readonly TableColumn[];
}

/** A statement that is kept for everybody who asks the lake. */
export interface Query {
  /** `<domain>/<name>`, unique. */
  readonly id: string;
  readonly domain: string;
  readonly name: string;
  readonly description: string;
  /** One SELECT in Athena's SQL, without a semicolon. */
  readonly sql: string;
  /** @default a named query only */
  readonly view?: QueryView;
  /** Relative to the repository. */
  readonly file: string;
}

/**
 * The text that makes a table of Glue a view of Athena: `ViewOriginalText` of a table of the type VIRTUAL_VIEW, with
 * the parameter `presto_view` and, as `ViewExpandedText`, `/* Presto View *\/`.
 * @throws Error for a query that is no view
 */
export function viewDefinition({ id, sql, view }: Query): string {
  if (view === undefined) throw new Error(`${id} is no view`);
  const columns = view.columns.map(({ name, type }) => ({ name, type: prestoType(type) }));
  const definition = { originalSql: sql, catalog: "awsdatacatalog", schema: view.database, columns };
  return `/* Presto View: ${Buffer.from(JSON.stringify(definition)).toString("base64")} */`;
}

const prestoNames: Readonly<Record<string, string>> = {
  string: "varchar",
  int: "integer",
  float: "real",
  binary: "varbinary",
  timestamp: "timestamp(3)",
};

/** What Athena calls a type of Glue in its views. */
function prestoType(glue: string): string {
  const nested = /^(array|map|struct)<(.*)>$/.exec(glue);
  if (nested === null) return prestoNames[glue] ?? glue;
  const inside = outerParts(nested[2] ?? "").map((part) => {
    if (nested[1] !== "struct") return prestoType(part);
    const [name = "", ...type] = part.split(":");
    return `"${name}" ${prestoType(type.join(":"))}`;
  });
  return `${nested[1] === "struct" ? "row" : nested[1]}(${inside.join(", ")})`;
}

/** Parts between commas that are in no brackets. */
function outerParts(text: string): string[] {
  let depth = 0;
  const parts = [""];
  for (const character of text) {
    depth += "<(".includes(character) ? 1 : ">)".includes(character) ? -1 : 0;
    if (character === "," && depth === 0) parts.push("");
    else parts.push(`${parts.pop() ?? ""}${character}`);
  }
  return parts;
}

const simpleTypes =
  "string|boolean|tinyint|smallint|int|bigint|float|double|date|timestamp|binary|decimal\\(\\d+,\\d+\\)";
const typePattern = new RegExp(`^(${simpleTypes}|(array|map|struct)<.+>)$`);

/** Whether a table of Glue can have columns of this type. */
export function isGlueType(type: string): boolean {
  return typePattern.test(type);
}

const otherNames: Readonly<Record<string, string>> = {
  varchar: "string",
  text: "string",
  char: "string",
  integer: "int",
  long: "bigint",
  real: "float",
  number: "double",
  bool: "boolean",
  datetime: "timestamp",
};

/** The type that was meant by a name that Glue does not know. */
export function glueTypeFix(type: string): string {
  const meant = otherNames[type.toLowerCase().replace(/\(.*/, "")];
  return `write ${meant ?? "string, int, bigint, double, boolean, date, timestamp or decimal(p,s)"}`;
}
