import { type Contract, loadContracts } from "../../contracts";
import { Catalog } from "../../modules/catalog/catalog";
import { contractDatabases } from "../../modules/catalog/contract-tables";
import { synthModule } from "../support/module";
import { ROOT } from "../support/synthesis";
import { keyIn } from "./fixtures";

const contracts = loadContracts(ROOT);
const [example] = contracts as [Contract];
const contract: Contract = {
  ...example,
  id: "shop/order_lines",
  domain: "shop",
  dataset: "order_lines",
  description: "One row a line.",
  owner: "shop@example.com",
  classification: "proprietary",
  freshness: "24h",
  columns: [
    {
      name: "line_id",
      type: "string",
      description: "Number of the line",
      required: true,
      classification: "proprietary",
    },
  ],
};

const stack = synthModule((scope) => {
  new Catalog(scope, "catalog", {
    key: keyIn(scope),
    databases: contractDatabases([contract], "raw", "the-raw-bucket"),
  });
});
const table = stack.only("aws_glue_catalog_table").block;

describe("a table of the catalog", () => {
  test("lies where the loader puts the dataset's files", () => {
    expect(table).toMatchObject({ name: "order_lines", table_type: "EXTERNAL_TABLE", description: "One row a line." });
    expect(table.storage_descriptor).toMatchObject({ location: "s3://the-raw-bucket/shop/order_lines/" });
    expect(stack.only("aws_glue_catalog_database").block).toMatchObject({ name: "raw_shop" });
  });

  test("has the contract's columns first, then where each row came from", () => {
    const { columns } = table.storage_descriptor as { columns: { name: string; type: string }[] };
    expect(columns.map(({ name, type }) => [name, type])).toEqual([
      ["line_id", "string"],
      ["_source_object", "string"],
      ["_source_version", "string"],
      ["_source_row", "bigint"],
      ["_loaded_at", "timestamp"],
    ]);
    expect(columns[0]).toMatchObject({ comment: "Number of the line" });
  });

  test("shows new days at once: its partitions follow from the calendar", () => {
    expect(table.partition_keys).toEqual([expect.objectContaining({ name: "ingest_date", type: "string" })]);
    expect(table.parameters).toMatchObject({
      "projection.enabled": "true",
      "projection.ingest_date.type": "date",
      "projection.ingest_date.format": "yyyy-MM-dd",
      "projection.ingest_date.range": "2020-01-01,NOW+1DAY",
      "projection.ingest_date.interval": "1",
      "projection.ingest_date.interval.unit": "DAYS",
      // Terraform writes a dollar sign for two.
      "storage.location.template": "s3://the-raw-bucket/shop/order_lines/ingest_date=$${ingest_date}/",
    });
  });

  test("says who owns it, how sensitive it is and how fresh it has to be", () => {
    expect(table.parameters).toMatchObject({
      owner: "shop@example.com",
      data_classification: "proprietary",
      freshness: "24h",
    });
    const silent = synthModule((scope) => {
      const databases = contractDatabases([{ ...contract, freshness: undefined }], "raw", "the-raw-bucket");
      new Catalog(scope, "catalog", { key: keyIn(scope), databases });
    });
    expect(silent.only("aws_glue_catalog_table").block.parameters).not.toHaveProperty("freshness");
  });

  test("is Parquet", () => {
    expect(JSON.stringify(table.storage_descriptor)).toContain("ParquetHiveSerDe");
    expect(table.parameters).toMatchObject({ classification: "parquet" });
  });
});

describe("the databases of the contracts", () => {
  const databases = contractDatabases(contracts, "raw-files", "any-bucket");

  test("are one a domain, with names that SQL takes without quotes", () => {
    const domains = new Set(contracts.map(({ domain }) => domain));
    expect(databases.size).toBe(domains.size);
    for (const [name, { tables }] of databases) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      for (const { name: tableName } of tables) expect(tableName).toMatch(/^[a-z][a-z0-9_]*$/);
    }
  });

  test("hold one table for each contract, each in a place of its own", () => {
    const tables = [...databases.values()].flatMap((database) => database.tables);
    expect(tables).toHaveLength(contracts.length);
    expect(new Set(tables.map(({ location }) => location)).size).toBe(contracts.length);
  });
});

test("a catalog is encrypted before there is anything in it", () => {
  const key = stack.only("aws_kms_key").address;
  const settings = stack.only("aws_glue_data_catalog_encryption_settings");
  expect(settings.block.data_catalog_encryption_settings).toEqual({
    encryption_at_rest: { catalog_encryption_mode: "SSE-KMS", sse_aws_kms_key_id: `\${${key}.arn}` },
    connection_password_encryption: { return_connection_password_encrypted: true, aws_kms_key_id: `\${${key}.arn}` },
  });
  expect(stack.only("aws_glue_catalog_database").block.depends_on).toEqual([settings.address]);
});
