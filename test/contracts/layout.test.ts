import {
  contractHash,
  databaseName,
  deserializeContracts,
  durationSeconds,
  findContract,
  highestClassification,
  ingestDate,
  loadContracts,
  rawKey,
  rawTable,
  rejectedFileKey,
  rejectedRowsKey,
  serializeContracts,
  sourceHash,
  typeNames,
} from "../../contracts";

const contracts = loadContracts(`${__dirname}/../..`);
const orders = { domain: "sales", dataset: "orders" };
const object = {
  bucket: "drop",
  key: "sales/orders/a b+c.csv",
  versionId: "v1",
  lastModified: new Date("2018-01-31T23:59:59.999-02:00"),
};

test("keys follow from the object's version and its own time alone", () => {
  expect(ingestDate(object)).toBe("2018-02-01");
  const hash = sourceHash(object);
  expect(hash).toBe("f80937f16c4f788a4ba406b2d9f35fb0");
  expect(rawKey(orders, object)).toBe(`sales/orders/ingest_date=2018-02-01/${hash}.parquet`);
  expect(rejectedRowsKey(orders, object)).toBe(`sales/orders/ingest_date=2018-02-01/${hash}.rows.ndjson.gz`);
  expect(rejectedFileKey(orders, object)).toBe(`_files/sales/orders/2018-02-01/${hash}-a b+c.csv`);
  expect(rejectedFileKey(undefined, object)).toBe(`_files/unknown/unknown/2018-02-01/${hash}-a b+c.csv`);
});

test("each version, key and bucket has a place of its own", () => {
  const others = [
    { versionId: "v2" },
    { key: "sales/orders/a b c.csv" },
    { bucket: "drop2" },
    { versionId: undefined },
  ];
  const hashes = [object, ...others.map((other) => ({ ...object, ...other }))].map(sourceHash);
  expect(new Set(hashes).size).toBe(hashes.length);
});

test("databases and tables need no quotes", () => {
  expect(databaseName("raw", "sales")).toBe("raw_sales");
  expect(databaseName("raw-eu", "sales")).toBe("raw_eu_sales");
});

test("a raw table has the contract's columns, the lineage and the partition", () => {
  const contract = findContract(contracts, "sales", "order_items");
  expect(contract && rawTable(contract)).toEqual({
    columns: [
      { name: "order_id", type: "string" },
      { name: "order_item_id", type: "int", comment: "Number of the item within its order" },
      { name: "product_id", type: "string" },
      { name: "seller_id", type: "string" },
      { name: "shipping_limit_date", type: "timestamp", comment: expect.any(String) },
      { name: "price", type: "decimal(10,2)" },
      { name: "freight_value", type: "decimal(10,2)", comment: expect.any(String) },
      { name: "_source_object", type: "string", comment: expect.any(String) },
      { name: "_source_version", type: "string", comment: expect.any(String) },
      { name: "_source_row", type: "bigint", comment: expect.any(String) },
      { name: "_loaded_at", type: "timestamp", comment: expect.any(String) },
    ],
    partitionKeys: [{ name: "ingest_date", type: "string", comment: expect.any(String) }],
  });
});

test("types have their names in every engine", () => {
  expect(typeNames("string")).toEqual({ glue: "string", duckdb: "VARCHAR", spark: "STRING" });
  expect(typeNames("decimal(10,2)")).toEqual({
    glue: "decimal(10,2)",
    duckdb: "DECIMAL(10,2)",
    spark: "DECIMAL(10,2)",
  });
});

test("contracts survive the way to a function", () => {
  const there = deserializeContracts(serializeContracts(contracts));
  expect(there).toEqual(contracts);
  expect(there.map(contractHash)).toEqual(contracts.map(contractHash));
  expect(new Set(contracts.map(contractHash)).size).toBe(contracts.length);
  expect(() => deserializeContracts("{}")).toThrow("written by the build");
});

test("unmasked objects carry the classification of their most sensitive column", () => {
  const levels = Object.fromEntries(contracts.map((contract) => [contract.dataset, highestClassification(contract)]));
  expect(levels).toMatchObject({ orders: "proprietary", customers: "confidential", closed_deals: "secret" });
});

test("what a mask hides is at least confidential, whatever its dataset is", () => {
  const [contract] = contracts.filter(({ columns }) => columns.some(({ mask }) => mask !== undefined));
  if (contract === undefined) throw new Error("no contract masks a column");
  const columns = contract.columns.map((column) => ({ ...column, classification: "proprietary" as const }));
  const open = { ...contract, classification: "proprietary" as const, columns };
  expect(highestClassification(open)).toBe("confidential");
  const unmasked = columns.map(({ mask: _, ...column }) => column);
  expect(highestClassification({ ...open, columns: unmasked })).toBe("proprietary");
});

test("durations in seconds", () => {
  expect(["90m", "24h", "7d"].map(durationSeconds)).toEqual([5400, 86_400, 604_800]);
  expect(() => durationSeconds("7w")).toThrow(RangeError);
});
