/** How people, publishers and tools write one and the same name: `Order Items`, `order-items`, `order_items`. */

/** The one spelling to compare names in: lower snake case. */
export function normalizeName(name: string): string {
  return name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
}

const endings = /\.(csv|tsv|txt|json|ndjson|jsonl|parquet|pq|gz|gzip)$/i;

/** `olist_orders_dataset.csv.gz` -> `olist_orders_dataset`, normalized. */
export function fileStem(fileName: string): string {
  let stem = fileName;
  while (endings.test(stem)) stem = stem.replace(endings, "");
  return normalizeName(stem);
}

/** `orders_2018_01_31` and `orders (2)` -> `orders`: publishers number and date their files. */
export function withoutNumbers(stem: string): string {
  return stem.replace(/(_\d+)+$/, "");
}
