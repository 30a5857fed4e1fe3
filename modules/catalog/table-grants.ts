import type { Clearance } from "../../contracts/people";
import { whoeverIsCleared, whoeverIsNotCleared } from "../identity/clearance";
import type { Role } from "../identity/role";
import { type Key, pascal } from "../keys/key";
import { arnIn, type Place } from "../place";
import type { Statement } from "../policies/statement";

/** The catalog as grants speak of it: where it is, and the key that encrypts what is new in it. */
interface CatalogTarget {
  readonly place: Place;
  readonly key: Key;
}

/** Tables of one database, or of all whose names fit a pattern. */
export interface Tables {
  readonly database: string;
  /** One of them. @default all */
  readonly table?: string;
}

const READ = ["glue:GetDatabase", "glue:GetTable"];
/** What an engine of queries asks besides: tables, and partitions of tables that are not Iceberg. */
const FIND = ["glue:GetPartition", "glue:GetPartitions", "glue:GetTables", "glue:BatchGetPartition"];
/** A commit of Iceberg writes the table's new version into the catalog; it never deletes a table. */
const WRITE = ["glue:CreateTable", "glue:UpdateTable"];

/** What a crawler does besides: it lists what it knows, and makes partitions of folders. It never deletes either. */
const CRAWL = [
  "glue:BatchCreatePartition",
  "glue:BatchGetPartition",
  "glue:BatchUpdatePartition",
  "glue:CreatePartition",
  "glue:GetPartition",
  "glue:GetPartitions",
  "glue:GetTables",
  "glue:UpdatePartition",
];

/** What a change to an encrypted catalog takes: https://docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html */
const WRITE_KEY = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];
const READ_KEY = ["kms:Decrypt"];

/** The role may read what the catalog says of the tables. */
export function grantReadTables(role: Role, catalog: CatalogTarget, tables: readonly Tables[]): void {
  grantOn(role, catalog, { sid: "ReadTables", tables, actions: READ, keyActions: READ_KEY });
}

/** The role may find and read the tables by an engine of queries. */
export function grantQueryTables(role: Role, catalog: CatalogTarget, tables: readonly Tables[]): void {
  grantOn(role, catalog, { sid: "QueryTables", tables, actions: [...READ, ...FIND], keyActions: READ_KEY });
}

/** The same for people of the role, if they are cleared for anything at all. @param label what the tables have in common */
export function grantAskTables(role: Role, catalog: CatalogTarget, label: string, tables: readonly Tables[]): void {
  const rights = { actions: [...READ, ...FIND], keyActions: READ_KEY, condition: whoeverIsCleared() };
  grantOn(role, catalog, { sid: `AskTables${label}`, tables, ...rights });
  grantFindDatabases(role, catalog);
}

/** People of the role may say what tables and databases mean: their descriptions are part of their definitions. */
export function grantDescribeTables(role: Role, catalog: CatalogTarget, tables: readonly Tables[]): void {
  const actions = [...READ, ...FIND, "glue:UpdateDatabase", "glue:UpdateTable"];
  const condition = whoeverIsCleared();
  grantOn(role, catalog, { sid: "DescribeTables", tables, actions, keyActions: WRITE_KEY, condition });
  grantFindDatabases(role, catalog);
}

/**
 * People of the role see which databases there are, their own and others: AWS lists all or none.
 * https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
 */
function grantFindDatabases(role: Role, { place }: CatalogTarget): void {
  const Resource = ["catalog", "database/*"].map((name) => arnIn(place, "glue", name));
  role.allow({ Sid: "FindDatabases", Action: "glue:GetDatabases", Resource, Condition: whoeverIsCleared() });
}

/** People of the role see nothing of the databases without at least this clearance, whatever else they are granted. */
export function hideDatabases(role: Role, place: Place, databases: readonly string[], least: Clearance): void {
  role.deny({
    Sid: `HideBelow${pascal(least)}`,
    Action: "glue:*",
    Resource: databases.flatMap((name) => [
      arnIn(place, "glue", `database/${name}`),
      arnIn(place, "glue", `table/${name}/*`),
    ]),
    Condition: whoeverIsNotCleared(least),
  });
}

/** The role may make and change the tables. */
export function grantWriteTables(role: Role, catalog: CatalogTarget, tables: readonly Tables[]): void {
  grantOn(role, catalog, { sid: "WriteTables", tables, actions: [...READ, ...WRITE], keyActions: WRITE_KEY });
}

/** The role may make and change tables of the database and their partitions, as a crawler does. */
export function grantCrawlTables(role: Role, catalog: CatalogTarget, database: string): void {
  const actions = [...READ, ...WRITE, ...CRAWL];
  grantOn(role, catalog, { sid: "CrawlTables", tables: [{ database }], actions, keyActions: WRITE_KEY });
}

interface Rights {
  readonly sid: string;
  readonly tables: readonly Tables[];
  readonly actions: readonly string[];
  readonly keyActions: readonly string[];
  /** @default it may always */
  readonly condition?: Statement["Condition"];
}

/** Glue asks for the right to the catalog and to the database as well as to the table, and uses the key for the role. */
function grantOn(
  role: Role,
  { place, key }: CatalogTarget,
  { sid, tables, actions, keyActions, condition }: Rights,
): void {
  const names = [
    "catalog",
    ...tables.map(({ database }) => `database/${database}`),
    ...tables.map(({ database, table }) => `table/${database}/${table ?? "*"}`),
  ];
  const Resource = [...new Set(names)].map((name) => arnIn(place, "glue", name));
  role.allow({ Sid: sid, Action: actions, Resource, ...(condition === undefined ? {} : { Condition: condition }) });
  key.grantUseVia(role, "glue", keyActions);
}
