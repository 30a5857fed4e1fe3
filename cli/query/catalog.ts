import { type Column, paginateGetDatabases, paginateGetTables, type Table } from "@aws-sdk/client-glue";
import { nearest } from "../../contracts/nearest";
import { InputError } from "../exit-codes";
import type { Analyst } from "./analyst";

export interface TableSummary {
  /** `database.table` */
  readonly table: string;
  /** What the data lies in. */
  readonly format: "view" | "Iceberg" | "Parquet" | "JSON" | "CSV" | "unknown";
  readonly description?: string;
  readonly owner?: string;
  readonly classification?: string;
  /** How old the newest data may be, e.g. `24h`. */
  readonly freshness?: string;
}

export interface TableDescription extends TableSummary {
  readonly location?: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly comment?: string;
    readonly isPartition: boolean;
  }[];
  readonly updatedAt?: string;
  /** As the latest snapshot counts them: of Iceberg tables only. */
  readonly rows?: number;
}

/** All tables that the analyst may see, by name. @throws InputError for a database that is not there */
export async function listTables(analyst: Analyst, database?: string): Promise<TableSummary[]> {
  return (await allTables(analyst, database)).map(summaryOf);
}

/**
 * The table of that name, which may leave out the database where it is clear.
 * @throws InputError when there is none, or several
 */
export async function findTable(analyst: Analyst, name: string): Promise<TableDescription> {
  const wanted = name.toLowerCase();
  const tables = await allTables(analyst);
  const found = tables.filter((table) => nameOf(table) === wanted || table.Name === wanted);
  const exact = found.find((table) => nameOf(table) === wanted) ?? (found.length === 1 ? found[0] : undefined);
  if (exact !== undefined) return descriptionOf(exact);
  if (found.length > 1) {
    throw new InputError(`There are several tables ${name}.`, `Use one of ${found.map(nameOf).join(", ")}.`);
  }
  const names = tables.map(nameOf);
  const meant = nearest(wanted, [...names, ...tables.map(({ Name = "" }) => Name)]);
  const fix = meant === undefined ? "`npm run lake -- tables` lists what there is." : `Did you mean ${meant}?`;
  throw new InputError(`There is no table ${name}.`, fix);
}

async function allTables(analyst: Analyst, database?: string): Promise<Table[]> {
  const names: string[] = [];
  for await (const { DatabaseList } of paginateGetDatabases({ client: analyst.glue }, {})) {
    names.push(...(DatabaseList ?? []).map(({ Name = "" }) => Name));
  }
  names.sort();
  if (database === undefined) return (await Promise.all(names.map((name) => allowedTables(analyst, name)))).flat();
  if (names.includes(database.toLowerCase())) return tablesIn(analyst, database.toLowerCase());
  const meant = nearest(database, names);
  const fix = meant === undefined ? `Use one of ${names.join(", ")}.` : `Did you mean ${meant}?`;
  throw new InputError(`There is no database ${database}.`, fix);
}

/** Of databases that are not for analysts the catalog tells the name, but no tables. */
async function allowedTables(analyst: Analyst, database: string): Promise<Table[]> {
  try {
    return await tablesIn(analyst, database);
  } catch (error) {
    if ((error as Error).name !== "AccessDeniedException") throw error;
    return [];
  }
}

async function tablesIn({ glue }: Analyst, DatabaseName: string): Promise<Table[]> {
  const tables: Table[] = [];
  for await (const { TableList } of paginateGetTables({ client: glue }, { DatabaseName }))
    tables.push(...(TableList ?? []));
  return tables.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf({ DatabaseName = "", Name = "" }: Table): string {
  return `${DatabaseName}.${Name}`;
}

function summaryOf(table: Table): TableSummary {
  const { owner, data_classification, freshness } = table.Parameters ?? {};
  return {
    table: nameOf(table),
    format: formatOf(table),
    description: table.Description,
    owner: owner ?? table.Owner,
    classification: data_classification,
    freshness,
  };
}

function descriptionOf(table: Table): TableDescription {
  const columns = (found: Column[] | undefined, isPartition: boolean) =>
    (found ?? [])
      // Iceberg's catalog entry keeps columns that the table no longer has.
      .filter(({ Parameters }) => Parameters?.["iceberg.field.current"] !== "false")
      .map(({ Name = "", Type = "", Comment }) => ({ name: Name, type: Type, comment: Comment, isPartition }));
  const { Location } = table.StorageDescriptor ?? {};
  return {
    ...summaryOf(table),
    ...(Location === undefined || Location === "" ? {} : { location: Location }),
    columns: [...columns(table.StorageDescriptor?.Columns, false), ...columns(table.PartitionKeys, true)],
    updatedAt: (table.UpdateTime ?? table.CreateTime)?.toISOString(),
  };
}

function formatOf({ TableType, Parameters, StorageDescriptor }: Table): TableSummary["format"] {
  if (TableType === "VIRTUAL_VIEW") return "view";
  if (Parameters?.table_type?.toUpperCase() === "ICEBERG") return "Iceberg";
  const library = StorageDescriptor?.SerdeInfo?.SerializationLibrary?.toLowerCase() ?? "";
  if (library.includes("parquet")) return "Parquet";
  if (library.includes("json")) return "JSON";
  return library === "" ? "unknown" : "CSV";
}
