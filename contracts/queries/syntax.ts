/** What is kept of a query to find out whether its tables and columns exist. */

/** A name as it stands in an expression, e.g. `o.price`. */
export interface Reference {
  /** In lower case. */
  readonly parts: readonly string[];
  readonly text: string;
  readonly offset: number;
}

/** An expression, by what it refers to. */
export interface Expression {
  readonly references: readonly Reference[];
  /** Queries inside of it. */
  readonly queries: readonly Query[];
}

export interface SelectItem {
  readonly expression: Expression;
  /** The column's name in lower case; undefined where Athena makes one up. */
  readonly name?: string;
  /** `*` or, with the parts of its qualifier, `o.*`. */
  readonly star?: Reference;
}

export interface Alias {
  readonly name: string;
  /** @default those of the relation */
  readonly columns?: readonly string[];
}

export type Relation =
  | { readonly kind: "table"; readonly table: Reference; readonly alias?: Alias }
  | { readonly kind: "query"; readonly query: Query; readonly lateral: boolean; readonly alias?: Alias }
  | { readonly kind: "unnest"; readonly expressions: readonly Expression[]; readonly alias?: Alias }
  /** A relation whose columns nobody knows before it runs. */
  | { readonly kind: "opaque"; readonly expressions: readonly Expression[]; readonly alias?: Alias }
  | {
      readonly kind: "join";
      readonly left: Relation;
      readonly right: Relation;
      readonly on?: Expression;
      readonly using: readonly Reference[];
      readonly natural: boolean;
    };

export interface Select {
  readonly kind: "select";
  readonly items: readonly SelectItem[];
  readonly from: readonly Relation[];
  /** Of WHERE, GROUP BY, HAVING and WINDOW. */
  readonly expressions: readonly Expression[];
}

export type QueryBody =
  | Select
  | { readonly kind: "set"; readonly left: QueryBody; readonly right: QueryBody }
  | { readonly kind: "values"; readonly rows: readonly (readonly Expression[])[] }
  | { readonly kind: "table"; readonly table: Reference }
  | { readonly kind: "nested"; readonly query: Query };

export interface CommonTable {
  readonly name: string;
  readonly columns?: readonly string[];
  readonly query: Query;
}

export interface Query {
  readonly recursive: boolean;
  readonly with: readonly CommonTable[];
  readonly body: QueryBody;
  readonly orderBy: readonly Expression[];
}

/** One expression out of several. */
export function joined(expressions: readonly Expression[]): Expression {
  return {
    references: expressions.flatMap(({ references }) => references),
    queries: expressions.flatMap(({ queries }) => queries),
  };
}
