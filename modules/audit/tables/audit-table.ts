import type { CatalogColumn } from "../../catalog/catalog";

/** One part of where records lie, and the values that it can have; the engine finds partitions by them alone. */
export interface Projection {
  readonly name: string;
  readonly type: "enum" | "integer" | "date";
  readonly settings: Readonly<Record<string, string>>;
}

/** A table over records, in the format in which AWS writes them. */
export interface AuditTable {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly CatalogColumn[];
  readonly partitions: readonly Projection[];
  /** Where the records of one partition lie, with `$\{name}` for each part. */
  readonly location: string;
  /** Up to where all partitions lie in one place. */
  readonly root: string;
  readonly inputFormat: string;
  readonly outputFormat: string;
  readonly serde: { readonly library: string; readonly parameters?: Readonly<Record<string, string>> };
}

/** First day of records. Projection lists days by arithmetic, so earlier ones would be silently invisible. */
const FIRST_YEAR = 2024;

export const oneOf = (name: string, values: readonly string[]): Projection => ({
  name,
  type: "enum",
  settings: { values: [...new Set(values)].sort().join(",") },
});

export const dayByDay = (name: string): Projection => ({
  name,
  type: "date",
  settings: {
    format: "yyyy/MM/dd",
    range: `${FIRST_YEAR}/01/01,NOW+1DAY`,
    interval: "1",
    "interval.unit": "DAYS",
  },
});

export const number = (name: string, from: number, to: number, digits: number): Projection => ({
  name,
  type: "integer",
  settings: { range: `${from},${to}`, digits: String(digits) },
});

export const year = (name: string): Projection => number(name, FIRST_YEAR, FIRST_YEAR + 25, 4);

/** Type of the partition's column: integers compare as such, days as text. */
export function partitionType({ type }: Projection): string {
  return type === "integer" ? "int" : "string";
}

/** Parameters by which the engine projects partitions. */
export function projectionParameters({ partitions, location }: AuditTable): Record<string, string> {
  const settings = partitions.flatMap(({ name, type, settings: values }) => [
    [`projection.${name}.type`, type],
    ...Object.entries(values).map(([key, value]) => [`projection.${name}.${key}`, value]),
  ]);
  return {
    EXTERNAL: "TRUE",
    "projection.enabled": "true",
    // Terraform would take a single dollar sign for its own.
    "storage.location.template": location.replaceAll("${", () => "$${"),
    ...Object.fromEntries(settings),
  };
}
