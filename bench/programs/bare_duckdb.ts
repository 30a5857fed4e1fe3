// Nothing but DuckDB on the same file: typed columns, rejected lines listed, the same bounds checked, Parquet written.
import { DuckDBInstance } from "@duckdb/node-api";

const [file = "", valid = "", rejected = ""] = process.argv.slice(2);

async function main(): Promise<void> {
  const connection = await (await DuckDBInstance.create(":memory:", { threads: "2", memory_limit: "1GB" })).connect();
  await connection.run(`
    create temp table items as
    select *, row_number() over () as _source_row
    from read_csv('${file}', header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', store_rejects = true,
      columns = { order_id: 'varchar', order_item_id: 'integer', product_id: 'varchar', seller_id: 'varchar',
        shipping_limit_date: 'timestamp', price: 'decimal(10,2)', freight_value: 'decimal(10,2)' })`);
  const isValid = `order_id is not null and order_item_id is not null and order_item_id >= 1 and product_id is not null
    and seller_id is not null and coalesce(price >= 0, true) and coalesce(freight_value >= 0, true)`;
  await connection.run(`copy (select * from items where ${isValid}) to '${valid}' (format parquet, compression zstd)`);
  await connection.run(
    `copy (select line, column_name, error_message, csv_line from reject_errors) to '${rejected}' (format json)`,
  );
  await connection.run(`copy (select * from items where not (${isValid})) to '${rejected}.checks' (format json)`);
}

main();
