import { GlueCatalogDatabase } from "@cdktf/provider-aws/lib/glue-catalog-database";
import { GlueCatalogTable } from "@cdktf/provider-aws/lib/glue-catalog-table";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Key } from "../keys/key";
import { encryptCatalog } from "./encryption";

/** Column of a catalog table, as Athena knows it. */
export interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  readonly comment?: string;
}

/** Table over Parquet files, partitioned by one day. */
export interface CatalogTable {
  readonly name: string;
  readonly description: string;
  /** Where its files are, with a slash at the end. */
  readonly location: string;
  readonly columns: readonly CatalogColumn[];
  readonly partitionKey: CatalogColumn;
  /** What people want to know of it: owner, classification, freshness. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A query under the name of a table. */
export interface CatalogView {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly CatalogColumn[];
  /** The text by which Athena knows it. */
  readonly definition: string;
}

interface CatalogDatabase {
  readonly description: string;
  readonly tables: readonly CatalogTable[];
  /** @default none */
  readonly views?: readonly CatalogView[];
}

export interface CatalogProps {
  /** Key of all that is new in the catalog. */
  readonly key: Key;
  /** Databases by name, each with the tables in it. */
  readonly databases: ReadonlyMap<string, CatalogDatabase>;
  /** What has to be there before a database is made. @default nothing */
  readonly after?: readonly ITerraformDependable[];
}

/** First day that a partition can have. Projection lists days by arithmetic, so earlier ones would be silently invisible. */
const FIRST_DAY = "2020-01-01";
const PARQUET = {
  inputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
  outputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
  serDeInfo: { serializationLibrary: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe" },
};

/** Databases and tables of the catalog. New partitions need no registration: the engine projects them from the calendar. */
export class Catalog extends Construct {
  private readonly databases = new Map<string, GlueCatalogDatabase>();
  private readonly tables = new Map<string, GlueCatalogTable>();

  constructor(scope: Construct, id: string, props: CatalogProps) {
    super(scope, id);
    const dependsOn = [encryptCatalog(this, props.key), ...(props.after ?? [])];
    for (const [name, { description, tables, views = [] }] of props.databases) {
      const database = new GlueCatalogDatabase(this, name, { name, description, dependsOn });
      this.databases.set(name, database);
      for (const table of tables) this.addTable(database.name, `${name}-${table.name}`, table);
      for (const view of views) this.addView(database.name, `${name}-${view.name}`, view);
    }
  }

  /** The database's name as a reference, for what needs it to be there. */
  referenceTo(name: string): string {
    const database = this.databases.get(name);
    if (!database) throw new Error(`the catalog has no database ${name}`);
    return database.name;
  }

  /** The name of a table that the stack makes, likewise. */
  referenceToTable(database: string, name: string): string {
    const table = this.tables.get(`${database}-${name}`);
    if (!table) throw new Error(`the catalog has no table ${database}.${name}`);
    return table.name;
  }

  private addTable(databaseName: string, id: string, table: CatalogTable): void {
    const day = table.partitionKey.name;
    const made = new GlueCatalogTable(this, id, {
      databaseName,
      name: table.name,
      description: table.description,
      tableType: "EXTERNAL_TABLE",
      parameters: {
        EXTERNAL: "TRUE",
        classification: "parquet",
        "projection.enabled": "true",
        [`projection.${day}.type`]: "date",
        [`projection.${day}.format`]: "yyyy-MM-dd",
        [`projection.${day}.range`]: `${FIRST_DAY},NOW+1DAY`,
        [`projection.${day}.interval`]: "1",
        [`projection.${day}.interval.unit`]: "DAYS",
        "storage.location.template": `${table.location}${day}=$\${${day}}/`,
        ...table.parameters,
      },
      partitionKeys: [{ ...table.partitionKey }],
      storageDescriptor: {
        location: table.location,
        columns: table.columns.map((column) => ({ ...column })),
        ...PARQUET,
      },
    });
    this.tables.set(id, made);
  }

  /** A table of Athena's own kind: https://docs.aws.amazon.com/athena/latest/ug/views.html */
  private addView(databaseName: string, id: string, { name, description, columns, definition }: CatalogView): void {
    new GlueCatalogTable(this, id, {
      databaseName,
      name,
      description,
      tableType: "VIRTUAL_VIEW",
      viewOriginalText: definition,
      viewExpandedText: "/* Presto View */",
      parameters: { presto_view: "true", comment: "Presto View" },
      storageDescriptor: { columns: columns.map((column) => ({ ...column })) },
    });
  }
}
