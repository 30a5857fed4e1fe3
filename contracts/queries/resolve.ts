import { nearest } from "../nearest";
import type { Expression, Query, QueryBody, Reference, Relation, Select } from "./syntax";

/** Something that a query names and that is not there. */
export interface Unknown {
  readonly offset: number;
  readonly value: string;
  readonly message: string;
  readonly fix: string;
}

/** Columns of tables by `database.table`, all in lower case. */
export type KnownTables = ReadonlyMap<string, readonly string[]>;

/** The columns of a result; undefined where they are known only when it runs. An unnamed one is an empty text. */
export type Columns = readonly string[] | undefined;

/** One relation of a FROM, as names in a query can call it. */
interface Source {
  /** What may stand before a column, the longest first, e.g. `shop.orders` and `orders`. */
  readonly qualifiers: readonly string[];
  readonly columns: Columns;
  /** What people call it. */
  readonly label: string;
}

interface Scope {
  readonly sources: readonly Source[];
  readonly outer?: Scope;
}

type Tables = ReadonlyMap<string, Columns>;

/** Finds every table and column that a query names and nobody knows, and the columns of the result. */
export class Resolver {
  readonly unknowns: Unknown[] = [];
  /** The tables that were found, by `database.table`. */
  readonly used = new Set<string>();

  constructor(private readonly known: KnownTables) {}

  query(query: Query, outer?: Scope, around: Tables = new Map()): Columns {
    const tables = new Map(around);
    for (const { name, columns, query: inner } of query.with) {
      if (query.recursive && columns !== undefined) tables.set(name, columns);
      const found = this.query(inner, outer, tables);
      tables.set(name, columns ?? found);
    }
    const { columns, scope } = this.body(query.body, outer, tables);
    const output: Source = { qualifiers: [], columns, label: "the result" };
    // ORDER BY sees the result first, then what it was made of.
    const sorted = { sources: [output], outer: scope ?? (outer && { sources: [], outer }) };
    for (const expression of query.orderBy) this.expression(expression, sorted, tables);
    return columns;
  }

  private body(body: QueryBody, outer: Scope | undefined, tables: Tables): { columns: Columns; scope?: Scope } {
    switch (body.kind) {
      case "select":
        return this.select(body, outer, tables);
      case "nested":
        return { columns: this.query(body.query, outer, tables) };
      case "set": {
        const { columns } = this.body(body.left, outer, tables);
        this.body(body.right, outer, tables);
        return { columns };
      }
      case "table":
        return { columns: this.table(body.table, tables) };
      case "values":
        for (const expression of body.rows.flat()) this.expression(expression, { sources: [], outer }, tables);
        return { columns: body.rows[0]?.map(() => "") };
    }
  }

  private select(select: Select, outer: Scope | undefined, tables: Tables): { columns: Columns; scope: Scope } {
    const sources: Source[] = [];
    for (const relation of select.from) sources.push(...this.relation(relation, sources, outer, tables));
    const scope: Scope = { sources, outer };
    const columns: string[] = [];
    let isKnown = true;
    for (const { expression, name, star } of select.items) {
      this.expression(expression, scope, tables);
      const several = star === undefined ? [name ?? ""] : this.star(star, sources);
      if (several === undefined) isKnown = false;
      else columns.push(...several);
    }
    for (const expression of select.expressions) this.expression(expression, scope, tables);
    return { columns: isKnown ? columns : undefined, scope };
  }

  private star({ text, offset }: Reference, sources: readonly Source[]): Columns {
    const meant = text === "" ? sources : sources.filter(({ qualifiers }) => qualifiers.includes(text));
    if (meant.length === 0) {
      const labels = sources.flatMap(({ qualifiers }) => qualifiers);
      this.unknowns.push({
        offset,
        value: `${text}.*`,
        message: "is no relation of this FROM",
        fix: suggest(text, labels),
      });
      return undefined;
    }
    const lists = meant.map(({ columns }) => columns);
    return lists.some((columns) => columns === undefined) ? undefined : lists.flatMap((columns) => columns ?? []);
  }

  private relation(relation: Relation, left: readonly Source[], outer: Scope | undefined, tables: Tables): Source[] {
    if (relation.kind === "join") return this.join(relation, left, outer, tables);
    const { alias } = relation;
    const columns = this.columnsOf(relation, { sources: left, outer }, outer, tables);
    const { parts = [], text = "" } = relation.kind === "table" ? relation.table : {};
    const names = parts.map((_, index) => parts.slice(index).join("."));
    const qualifiers = alias === undefined ? names : [alias.name];
    const known = alias?.columns ?? columns;
    return [{ qualifiers, columns: known, label: text === "" ? (alias?.name ?? "the query") : text }];
  }

  private columnsOf(
    relation: Exclude<Relation, { kind: "join" }>,
    lateral: Scope,
    outer: Scope | undefined,
    tables: Tables,
  ): Columns {
    switch (relation.kind) {
      case "table":
        return this.table(relation.table, tables);
      case "query":
        return this.query(relation.query, relation.lateral ? lateral : outer, tables);
      default:
        for (const expression of relation.expressions) this.expression(expression, lateral, tables);
        return undefined;
    }
  }

  private join(
    { left, right, on, using }: Extract<Relation, { kind: "join" }>,
    before: readonly Source[],
    outer: Scope | undefined,
    tables: Tables,
  ): Source[] {
    const first = this.relation(left, before, outer, tables);
    const second = this.relation(right, [...before, ...first], outer, tables);
    const scope = { sources: [...first, ...second], outer: { sources: before, outer } };
    if (on !== undefined) this.expression(on, scope, tables);
    for (const { text, offset } of using) {
      for (const side of [first, second]) this.column({ parts: [text], text, offset }, { sources: side });
    }
    const shared = new Set(using.map(({ text }) => text));
    if (shared.size === 0) return [...first, ...second];
    // A column of USING is one, though both sides have it.
    const rest = second.map((source) => ({ ...source, columns: source.columns?.filter((name) => !shared.has(name)) }));
    return [...first, ...rest];
  }

  private table({ parts, text, offset }: Reference, tables: Tables): Columns {
    const [only = ""] = parts;
    if (parts.length === 1 && tables.has(only)) return tables.get(only);
    const name = (parts.length === 3 && parts[0] === "awsdatacatalog" ? parts.slice(1) : parts).join(".");
    const columns = this.known.get(name);
    if (columns !== undefined) {
      this.used.add(name);
      return columns;
    }
    const [base = ""] = name.split("$");
    // Tables about an Iceberg table, such as "orders$snapshots".
    if (base !== name && this.known.has(base)) return undefined;
    const names = [...this.known.keys()];
    const sameTable = names.filter((candidate) => candidate.endsWith(`.${name}`));
    if (parts.length === 1) {
      const fix = sameTable.length > 0 ? `write ${sameTable.join(" or ")}` : suggest(name, names);
      this.unknowns.push({ offset, value: text, message: "names no database", fix });
    } else this.unknowns.push({ offset, value: text, message: "is no table of the lake", fix: suggest(name, names) });
    return undefined;
  }

  private expression({ references, queries }: Expression, scope: Scope, tables: Tables): void {
    for (const reference of references) this.column(reference, scope);
    for (const query of queries) this.query(query, scope, tables);
  }

  private column(reference: Reference, scope: Scope): void {
    const { parts, text, offset } = reference;
    if (parts[0]?.startsWith("$") === true) return;
    for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
      const found = at.sources.filter((source) => has(source, parts));
      if (found.length > 1 && found.every(({ columns }) => columns !== undefined)) {
        const qualified = found.map(({ qualifiers }) => [qualifiers.at(-1) ?? "", text].join("."));
        this.unknowns.push({
          offset,
          value: text,
          message: "is in several tables",
          fix: `write ${qualified.join(" or ")}`,
        });
      }
      if (found.length > 0) return;
      if (at.sources.some(({ columns }) => columns === undefined)) return;
    }
    this.unknowns.push({ offset, value: text, ...complaint(parts, scope) });
  }
}

/** Whether a name is a column of the source, or a field of one. */
function has({ qualifiers, columns }: Source, parts: readonly string[]): boolean {
  const names = new Set(columns);
  if (names.has(parts[0] ?? "")) return true;
  return qualifiers.some((qualifier) => {
    const length = qualifier.split(".").length;
    return parts.slice(0, length).join(".") === qualifier && names.has(parts[length] ?? "");
  });
}

function complaint(parts: readonly string[], scope: Scope): { message: string; fix: string } {
  const all: Source[] = [];
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) all.push(...at.sources);
  const qualifier = parts.slice(0, -1).join(".");
  const meant = qualifier === "" ? all : all.filter(({ qualifiers }) => qualifiers.includes(qualifier));
  const named = meant.filter(({ columns = [] }) => columns.some((name) => name !== ""));
  const columns = named.flatMap((source) => source.columns ?? []);
  if (qualifier !== "" && meant.length === 0) {
    return {
      message: "is no column",
      fix: suggest(
        qualifier,
        all.flatMap(({ qualifiers }) => qualifiers),
      ),
    };
  }
  if (columns.length === 0) return { message: "is no column: the query reads no table here", fix: "add a FROM" };
  const labels = [...new Set(named.map(({ label }) => label))].filter((label) => label !== "the result");
  return {
    message: `is no column of ${labels.join(" or ") || "the result"}`,
    fix: suggest(parts.at(-1) ?? "", columns),
  };
}

const MOST_NAMED = 12;

function suggest(name: string, candidates: readonly string[]): string {
  const distinct = [...new Set(candidates)].filter((candidate) => candidate !== "").sort();
  const meant = nearest(name, distinct);
  if (meant !== undefined) return `write ${meant}`;
  if (distinct.length === 0) return "take it away";
  const shown = distinct.slice(0, MOST_NAMED).join(", ");
  return `use one of ${shown}${distinct.length > MOST_NAMED ? ", ..." : ""}`;
}
