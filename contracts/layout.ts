/** Where things are in the lake and what they are called: the same for those who write and those who read. */
import { createHash } from "node:crypto";
import { typeNames } from "./column-types";
import type { Contract } from "./contract";

/** One version of one object, as a notification names it. */
export interface SourceObject {
  readonly bucket: string;
  readonly key: string;
  /** Absent in buckets that keep no versions. */
  readonly versionId?: string;
  readonly lastModified: Date;
}

/** The column by which tables of the raw zone are partitioned. */
const partitionColumn = "ingest_date";

/** Columns with this prefix say where a row came from. */
export const reservedPrefix = "_";

export interface TableColumn {
  readonly name: string;
  /** A Glue type. */
  readonly type: string;
  readonly comment?: string;
}

/** Added behind the columns of the contract in each table of the raw zone. */
const lineageColumns = [
  { name: "_source_object", type: "string", comment: "Address of the file the row came in" },
  { name: "_source_version", type: "string", comment: "Version of that file" },
  { name: "_source_row", type: "bigint", comment: "Number of the record in the file; the first after the header is 1" },
  { name: "_loaded_at", type: "timestamp", comment: "When the row was loaded (UTC)" },
] as const satisfies readonly TableColumn[];

/** The object tag by which access is decided; its value is a classification. */
export const classificationTag = "classification";

/** Domain, database and first folder of the first zone of what no contract declares: nobody loads it, a crawler describes it. */
export const landing = "landing";

/** Where files lie in the first zone that no contract declares. */
export const landingPrefix = `${landing}/`;

/** Names that contracts cannot give to columns, because the lake adds them. */
export function isReservedColumn(name: string): boolean {
  return name.startsWith(reservedPrefix) || name === partitionColumn;
}

/** `raw_sales`: the catalog database of a domain in a zone. */
export function databaseName(zone: string, domain: string): string {
  return `${zone}_${domain}`.replaceAll("-", "_");
}

/** The catalog table of a dataset. */
export function tableName(contract: Pick<Contract, "dataset">): string {
  return contract.dataset;
}

/** The columns of the contract as Glue has them. */
function glueColumns(contract: Pick<Contract, "columns">): TableColumn[] {
  return contract.columns.map(({ name, type, description }) => ({
    name,
    type: typeNames(type).glue,
    ...(description === undefined ? {} : { comment: description }),
  }));
}

/** Columns and partition keys of the dataset's table in the raw zone. */
export function rawTable(contract: Contract): { columns: TableColumn[]; partitionKeys: TableColumn[] } {
  return {
    columns: [...glueColumns(contract), ...lineageColumns],
    partitionKeys: [{ name: partitionColumn, type: "string", comment: "Day on which the file arrived (UTC)" }],
  };
}

/** The prefix of a dataset in any zone's bucket, with a slash at the end. */
export function datasetPrefix(contract: Pick<Contract, "domain" | "dataset">): string {
  return `${contract.domain}/${contract.dataset}/`;
}

/** `s3://bucket/key` */
export function objectUri(object: Pick<SourceObject, "bucket" | "key">): string {
  return `s3://${object.bucket}/${object.key}`;
}

/** Day of arrival, from the object's own time and never from a clock, so that a repeat writes to the same place. */
export function ingestDate(object: Pick<SourceObject, "lastModified">): string {
  return object.lastModified.toISOString().slice(0, 10);
}

/** Names what becomes of an object version: the same at each attempt, another for each version. */
export function sourceHash(object: Pick<SourceObject, "bucket" | "key" | "versionId">): string {
  const identity = `${objectUri(object)}\0${object.versionId ?? "null"}`;
  return createHash("sha256").update(identity).digest("hex").slice(0, 32);
}

/** Where the rows of an object go in the raw zone's bucket. */
export function rawKey(contract: Pick<Contract, "domain" | "dataset">, object: SourceObject): string {
  return `${datasetPrefix(contract)}${partitionColumn}=${ingestDate(object)}/${sourceHash(object)}.parquet`;
}

/** Where the rejected rows of an object go in the quarantine bucket. */
export function rejectedRowsKey(contract: Pick<Contract, "domain" | "dataset">, object: SourceObject): string {
  return `${datasetPrefix(contract)}${partitionColumn}=${ingestDate(object)}/${sourceHash(object)}.rows.ndjson.gz`;
}

/** Where a file goes in the quarantine bucket that cannot be read at all. */
export function rejectedFileKey(
  contract: Pick<Contract, "domain" | "dataset"> | undefined,
  object: SourceObject,
): string {
  const { domain, dataset } = contract ?? { domain: "unknown", dataset: "unknown" };
  const fileName = object.key.split("/").at(-1) ?? "";
  return `_files/${domain}/${dataset}/${ingestDate(object)}/${sourceHash(object)}-${fileName}`;
}
