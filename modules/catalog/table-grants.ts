import type { Grant } from "../identity/role";
import { arnIn, type Place } from "../place";

/** Tables of one database. */
export interface Tables {
  readonly database: string;
  /** One of them. @default all */
  readonly table?: string;
}

const READ = ["glue:GetDatabase", "glue:GetTable"];
/** What an engine of queries asks besides: lists, and partitions of tables that are not Iceberg. */
const FIND = [
  "glue:GetDatabases",
  "glue:GetPartition",
  "glue:GetPartitions",
  "glue:GetTables",
  "glue:BatchGetPartition",
];
/** A commit of Iceberg writes the table's new version into the catalog; it never deletes a table. */
const WRITE = ["glue:CreateTable", "glue:UpdateTable"];

/** What reading the tables takes of the catalog. */
export function readTables(place: Place, tables: readonly Tables[]): Grant {
  return grantOn(place, "ReadTables", tables, READ);
}

/** What finding and reading the tables takes, by an engine of queries. */
export function queryTables(place: Place, tables: readonly Tables[]): Grant {
  return grantOn(place, "QueryTables", tables, [...READ, ...FIND]);
}

/** What making and changing the tables takes. */
export function writeTables(place: Place, tables: readonly Tables[]): Grant {
  return grantOn(place, "WriteTables", tables, [...READ, ...WRITE]);
}

/** Glue asks for the right to the catalog and to the database as well as to the table. */
function grantOn(place: Place, sid: string, tables: readonly Tables[], actions: readonly string[]): Grant {
  const names = [
    "catalog",
    ...tables.map(({ database }) => `database/${database}`),
    ...tables.map(({ database, table }) => `table/${database}/${table ?? "*"}`),
  ];
  return { Sid: sid, Action: actions, Resource: [...new Set(names)].map((name) => arnIn(place, "glue", name)) };
}
