/** The types a column of a contract can have, and what each is called by everything that stores or reads it. */

/** How a type is named elsewhere. */
export interface TypeNames {
  /** In Glue tables, and so in Athena. */
  readonly glue: string;
  /** In DuckDB, which reads arriving files. */
  readonly duckdb: string;
  /** In Spark's `StructType.fromDDL`. */
  readonly spark: string;
}

/** What kind of rules (`min`, `pattern` ...) make sense for a type. */
export type TypeKind = "text" | "number" | "time" | "boolean";

interface SimpleType extends TypeNames {
  readonly kind: TypeKind;
}

const simpleTypes = {
  string: { glue: "string", duckdb: "VARCHAR", spark: "STRING", kind: "text" },
  int: { glue: "int", duckdb: "INTEGER", spark: "INT", kind: "number" },
  bigint: { glue: "bigint", duckdb: "BIGINT", spark: "BIGINT", kind: "number" },
  double: { glue: "double", duckdb: "DOUBLE", spark: "DOUBLE", kind: "number" },
  boolean: { glue: "boolean", duckdb: "BOOLEAN", spark: "BOOLEAN", kind: "boolean" },
  date: { glue: "date", duckdb: "DATE", spark: "DATE", kind: "time" },
  // Without a time zone, as in the files: nobody knows which zone a shop's clock was in.
  timestamp: { glue: "timestamp", duckdb: "TIMESTAMP", spark: "TIMESTAMP_NTZ", kind: "time" },
} as const satisfies Record<string, SimpleType>;

export type SimpleTypeName = keyof typeof simpleTypes;

/** `string`, `int` ... or `decimal(10,2)`. */
export type ColumnType = SimpleTypeName | `decimal(${number},${number})`;

/** All type names without parameters, in the order in which people read them. */
export const simpleTypeNames = Object.keys(simpleTypes) as SimpleTypeName[];

/** `decimal(precision,scale)`, with blanks allowed after the comma. */
export const decimalPattern = /^decimal\(([1-9]|[12]\d|3[0-8]), ?(\d|[12]\d|3[0-8])\)$/;

/** Digits in all and after the point, or undefined for a type that is no decimal. */
export function decimalDigits(type: string): { precision: number; scale: number } | undefined {
  const match = decimalPattern.exec(type);
  return match === null ? undefined : { precision: Number(match[1]), scale: Number(match[2]) };
}

/** What a column type is called elsewhere. */
export function typeNames(type: ColumnType): TypeNames {
  const decimal = decimalDigits(type);
  if (decimal === undefined) {
    const { glue, duckdb, spark } = simpleTypes[type as SimpleTypeName];
    return { glue, duckdb, spark };
  }
  const digits = `(${decimal.precision},${decimal.scale})`;
  return { glue: `decimal${digits}`, duckdb: `DECIMAL${digits}`, spark: `DECIMAL${digits}` };
}

/** Which rules a column of this type may have. */
export function typeKind(type: ColumnType): TypeKind {
  return decimalDigits(type) === undefined ? simpleTypes[type as SimpleTypeName].kind : "number";
}

/** Whether a text from a file names a type. */
export function isColumnType(type: string): type is ColumnType {
  return type in simpleTypes || decimalPattern.test(type);
}
