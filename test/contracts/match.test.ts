import { type Contract, loadContracts } from "../../contracts";
import { dropKey, matchDataset } from "../../contracts/match";

const contracts = loadContracts(`${__dirname}/../..`);

test.each([
  ["sales/order_items/anything.csv", "sales/order_items"],
  ["sales/order_items/2018/01/part-00000.parquet", "sales/order_items"],
  ["incoming/sales/order_items/x.csv", "sales/order_items"],
  ["olist_order_items_dataset.csv", "sales/order_items"],
  ["/home/ana/Downloads/olist_order_items_dataset.csv", "sales/order_items"],
  ["C:\\Users\\ana\\olist_orders_dataset.csv", "sales/orders"],
  ["order_items.csv.gz", "sales/order_items"],
  ["ORDER_ITEMS.CSV", "sales/order_items"],
  ["order-items/part-1.csv", "sales/order_items"],
  ["Order Items/part-1.csv", "sales/order_items"],
  ["orders_2018-01-31.ndjson", "sales/orders"],
  ["orders (2).csv", "sales/orders"],
  ["product_category_name_translation.csv", "sales/product_category_names"],
  ["olist_closed_deals_dataset.csv", "sales/closed_deals"],
  ["sales/2018/orders.csv", "sales/orders"],
  // Folders which name domain and dataset say more than the name of the file.
  ["sales/sellers/orders.csv", "sales/sellers"],
  ["sellers/orders.csv", "sales/orders"],
])("%s is %s", (path, id) => {
  expect(matchDataset(contracts, path).contract?.id).toBe(id);
});

test.each(["orders2.csv", "readme.txt", "sales/unknown/x.csv", "", "/", "my_orders.csv"])("%s is unknown", (path) => {
  expect(matchDataset(contracts, path)).toEqual({ reason: expect.stringMatching(/fits no dataset|is empty/) });
});

test("what fits two domains needs the domain in the path", () => {
  const [orders] = contracts.filter(({ id }) => id === "sales/orders");
  const two = [...contracts, { ...(orders as Contract), id: "freight/orders", domain: "freight" }];
  expect(matchDataset(two, "orders.csv").reason).toContain("fits sales/orders and freight/orders");
  expect(matchDataset(two, "freight/orders.csv").contract?.id).toBe("freight/orders");
});

test("every dataset's own place and names are recognised", () => {
  for (const { id, domain, dataset, files } of contracts) {
    expect(matchDataset(contracts, dropKey(domain, dataset, "a b.csv")).contract?.id).toBe(id);
    for (const name of files) expect(matchDataset(contracts, `${name}.csv`).contract?.id).toBe(id);
  }
});
