import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { AthenaNamedQuery } from "@cdktf/provider-aws/lib/athena-named-query";
import { GlueCatalogDatabase } from "@cdktf/provider-aws/lib/glue-catalog-database";
import { GlueCatalogTable } from "@cdktf/provider-aws/lib/glue-catalog-table";
import { Construct } from "constructs";
import { encryptCatalog } from "../catalog/encryption";
import type { Key } from "../keys/key";
import type { Place } from "../place";
import { addWorkgroup, type WorkgroupProps } from "../query/workgroup";
import { Bucket } from "../storage/bucket";
import { type AuditTable, partitionType, projectionParameters } from "./tables/audit-table";

export interface AuditQueriesProps {
  readonly place: Place;
  readonly databaseName: string;
  readonly tables: readonly AuditTable[];
  readonly workgroupName: string;
  readonly resultsBucketName: string;
  /** Days for which answers are kept. */
  readonly keepResultsDays: number;
  /** Gigabytes that one query may read at most. */
  readonly scanLimitGb: number;
  /** Key of the catalog and of answers. */
  readonly key: Key;
  readonly accessLogBucket?: string;
  /** May a deployment delete the workgroup with all that was asked? */
  readonly removable: boolean;
}

const QUERIES = join(__dirname, "queries");

/** A question that is asked of the records, with what it is for. */
export interface AuditQuery {
  readonly name: string;
  readonly description: string;
  readonly sql: string;
}

/** The queries of the folder: the first line of each, a comment, says what it answers. */
export function auditQueries(folder = QUERIES): AuditQuery[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(folder, file), "utf8");
      const description = /^-- (.+)\n/.exec(sql)?.[1];
      if (description === undefined) throw new Error(`${file}: say in a comment on the first line what it answers`);
      return { name: basename(file, ".sql"), description, sql };
    });
}

/** Tables over the records, the workgroup in which they are queried, and queries to begin with. */
export class AuditQueries extends Construct {
  /** Where and how they are asked. */
  readonly workgroup: WorkgroupProps;

  constructor(scope: Construct, id: string, props: AuditQueriesProps) {
    super(scope, id);
    const database = new GlueCatalogDatabase(this, "database", {
      name: props.databaseName,
      description: "Audit records of all accounts",
      dependsOn: [encryptCatalog(this, props.key)],
    });
    for (const table of props.tables) this.addTable(database, table);
    const results = new Bucket(this, "results", {
      name: props.resultsBucketName,
      key: props.key,
      lifecycle: { expireAfterDays: props.keepResultsDays, keepOldVersionsDays: 1 },
      accessLogBucket: props.accessLogBucket,
      removable: props.removable,
    });
    this.workgroup = {
      place: props.place,
      name: props.workgroupName,
      description: "Questions to the audit records",
      results,
      scanLimitGb: props.scanLimitGb,
      removable: props.removable,
    };
    const workgroup = addWorkgroup(this, this.workgroup);
    for (const { name, description, sql } of auditQueries()) {
      new AthenaNamedQuery(this, `query-${name}`, {
        name,
        description,
        query: sql,
        database: database.name,
        workgroup: workgroup.name,
      });
    }
  }

  private addTable(database: GlueCatalogDatabase, table: AuditTable): void {
    new GlueCatalogTable(this, `table-${table.name}`, {
      databaseName: database.name,
      name: table.name,
      description: table.description,
      tableType: "EXTERNAL_TABLE",
      parameters: projectionParameters(table),
      partitionKeys: table.partitions.map((partition) => ({ name: partition.name, type: partitionType(partition) })),
      storageDescriptor: {
        location: table.root,
        columns: table.columns.map((column) => ({ ...column })),
        inputFormat: table.inputFormat,
        outputFormat: table.outputFormat,
        serDeInfo: { serializationLibrary: table.serde.library, parameters: table.serde.parameters },
      },
    });
  }
}
