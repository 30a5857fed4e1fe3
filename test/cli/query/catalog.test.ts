import { GetDatabasesCommand, GetTablesCommand } from "@aws-sdk/client-glue";
import { findTable, listTables } from "../../../cli/query/catalog";
import { analyst, glue } from "./analyst";

const parquet = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
const orders = {
  DatabaseName: "raw_sales",
  Name: "orders",
  Description: "One row for each order.",
  Parameters: { owner: "sales@example.com", data_classification: "secret", freshness: "24h" },
  PartitionKeys: [{ Name: "ingest_date", Type: "string" }],
  StorageDescriptor: {
    Location: "s3://raw/sales/orders/",
    Columns: [{ Name: "order_id", Type: "string", Comment: "Unique" }],
    SerdeInfo: { SerializationLibrary: parquet },
  },
};
const refined = {
  DatabaseName: "refined_sales",
  Name: "orders",
  Parameters: { table_type: "ICEBERG" },
  StorageDescriptor: {
    Location: "s3://refined/masked/sales/orders",
    Columns: [
      { Name: "order_id", Type: "string", Parameters: { "iceberg.field.current": "true" } },
      { Name: "gone", Type: "string", Parameters: { "iceberg.field.current": "false" } },
    ],
  },
};
const view = {
  DatabaseName: "refined_sales",
  Name: "latest",
  TableType: "VIRTUAL_VIEW",
  StorageDescriptor: { Location: "" },
};

beforeEach(() => {
  glue.reset();
  glue.on(GetDatabasesCommand).resolvesOnce({ DatabaseList: [{ Name: "refined_sales" }], NextToken: "more" });
  glue.on(GetDatabasesCommand, { NextToken: "more" }).resolves({ DatabaseList: [{ Name: "raw_sales" }] });
  glue.on(GetTablesCommand, { DatabaseName: "raw_sales" }).resolves({ TableList: [orders] });
  glue.on(GetTablesCommand, { DatabaseName: "refined_sales" }).resolves({ TableList: [refined, view] });
});

test("tables of every database are listed by name, with what people ask first", async () => {
  expect(await listTables(analyst)).toEqual([
    {
      table: "raw_sales.orders",
      format: "Parquet",
      description: "One row for each order.",
      owner: "sales@example.com",
      classification: "secret",
      freshness: "24h",
    },
    expect.objectContaining({ table: "refined_sales.latest", format: "view" }),
    expect.objectContaining({ table: "refined_sales.orders", format: "Iceberg" }),
  ]);
});

test("one database alone, or what was meant by its name", async () => {
  expect((await listTables(analyst, "RAW_sales")).map(({ table }) => table)).toEqual(["raw_sales.orders"]);
  glue.on(GetDatabasesCommand).resolves({ DatabaseList: [{ Name: "raw_sales" }] });
  await expect(listTables(analyst, "raw_sale")).rejects.toMatchObject({
    name: "InputError",
    fix: "Did you mean raw_sales?",
  });
});

test("a table is described with its partition, without columns that it no longer has", async () => {
  expect(await findTable(analyst, "raw_sales.orders")).toMatchObject({
    location: "s3://raw/sales/orders/",
    columns: [
      { name: "order_id", type: "string", comment: "Unique", isPartition: false },
      { name: "ingest_date", type: "string", isPartition: true },
    ],
  });
  glue.on(GetDatabasesCommand).resolves({ DatabaseList: [{ Name: "refined_sales" }] });
  const { columns } = await findTable(analyst, "refined_sales.orders");
  expect(columns.map(({ name }) => name)).toEqual(["order_id"]);
  expect(await findTable(analyst, "latest")).not.toHaveProperty("location");
});

test("a name that several tables or none have is refused", async () => {
  await expect(findTable(analyst, "orders")).rejects.toMatchObject({
    message: "There are several tables orders.",
    fix: "Use one of raw_sales.orders, refined_sales.orders.",
  });
  glue.on(GetDatabasesCommand).resolves({ DatabaseList: [{ Name: "raw_sales" }] });
  await expect(findTable(analyst, "raw_sales.order")).rejects.toMatchObject({ fix: "Did you mean raw_sales.orders?" });
  await expect(findTable(analyst, "zzzzzzzzzz")).rejects.toMatchObject({
    fix: expect.stringContaining("lake -- tables"),
  });
});

test("databases that are not for analysts are left out, unless they are asked for", async () => {
  const denied = Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
  glue.on(GetTablesCommand, { DatabaseName: "raw_sales" }).rejects(denied);
  expect((await listTables(analyst)).map(({ table }) => table)).toEqual([
    "refined_sales.latest",
    "refined_sales.orders",
  ]);
  glue.on(GetDatabasesCommand).resolves({ DatabaseList: [{ Name: "raw_sales" }] });
  await expect(listTables(analyst, "raw_sales")).rejects.toThrow("not authorized");
});
