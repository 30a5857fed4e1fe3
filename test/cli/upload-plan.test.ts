import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { planUpload } from "../../cli/upload/plan";
import { loadContracts } from "../../contracts";
import { projectRoot } from "../../tools/setup/paths";
import { temporaryFolder } from "./support";

const contracts = loadContracts(projectRoot);
const root = temporaryFolder();
let count = 0;

/** A folder with these files in it. */
function folderWith(...files: string[]): string {
  const folder = join(root, String(count++), "incoming");
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), file);
  }
  return folder;
}

const keysOf = (folder: string, ...paths: string[]) =>
  planUpload(contracts, paths.length === 0 ? [folder] : paths, { base: folder }).files.map(({ key }) => key);

test.each([
  ["a published name", "olist_order_items_dataset.csv", "sales/order_items/olist_order_items_dataset.csv"],
  ["a folder", "order-items/part-0.csv", "sales/order_items/part-0.csv"],
  ["domain and dataset", "sales/orders/2024-01.csv.gz", "sales/orders/2024-01.csv.gz"],
  ["folders that say more are kept", "orders/2024/01/x.csv", "sales/orders/2024/01/x.csv"],
  ["blanks and accents stay as they are", "orders/São Paulo +1.csv", "sales/orders/São Paulo +1.csv"],
  ["what fits nothing", "notes/readme.txt", "unknown/notes/readme.txt"],
])("%s", (_, file, key) => {
  expect(keysOf(folderWith(file))).toEqual([key]);
});

test("a single file is told by its folder too, without the folder in its key", () => {
  const folder = folderWith("order-items/part-0.csv");
  expect(keysOf(folder, "order-items/part-0.csv")).toEqual(["sales/order_items/part-0.csv"]);
});

test("two files of one name get keys of their own", () => {
  expect(keysOf(folderWith("orders/a.csv", "sales/orders/a.csv")).sort()).toEqual([
    "sales/orders/incoming/orders/a.csv",
    "sales/orders/incoming/sales/orders/a.csv",
  ]);
});

test("a file that is reached in two ways is uploaded once", () => {
  const folder = folderWith("orders/a.csv");
  symlinkSync(join(folder, "orders", "a.csv"), join(folder, "orders", "b.csv"));
  expect(keysOf(folder, "orders", "orders/a.csv")).toHaveLength(1);
});

test("hidden files are left out and named", () => {
  const folder = folderWith("orders/a.csv", "orders/.DS_Store", ".git/config");
  const { files, ignored } = planUpload(contracts, [folder]);
  expect(files).toHaveLength(1);
  expect(ignored).toEqual([join(folder, ".git"), join(folder, "orders", ".DS_Store")]);
});

test("a dataset that is given wins over every name, and intake will see the same", () => {
  const folder = folderWith("sales/customers/x.csv", "y.csv");
  const { files } = planUpload(contracts, [folder], { dataset: "sales/orders" });
  expect(files.map(({ key, dataset }) => [key, dataset])).toEqual([
    ["sales/orders/customers/x.csv", "sales/orders"],
    ["sales/orders/y.csv", "sales/orders"],
  ]);
});

test("all paths that do not exist are named at once", () => {
  expect(() => planUpload(contracts, ["here/not", "there/not"])).toThrow(
    "There is no file or folder here/not, there/not.",
  );
});

test("a slip of the pen in a path is met with the name that is there", () => {
  const folder = folderWith("orders/january.csv");
  const failure = () => planUpload(contracts, ["orders/janury.csv"], { base: folder });
  expect(failure).toThrow(expect.objectContaining({ fix: "Did you mean orders/january.csv?" }));
});

test("with strict, all files without a dataset are named at once", () => {
  const folder = folderWith("orders/a.csv", "x.txt", "y.txt");
  expect(() => planUpload(contracts, [folder], { strict: true })).toThrow(
    /2 of 3 files belong to no dataset:.*x\.txt.*y\.txt/s,
  );
});

test("a key that S3 would refuse is refused here", () => {
  const folder = folderWith(
    `orders/${"ã".repeat(100)}/${"õ".repeat(100)}/${"ç".repeat(100)}/${"é".repeat(100)}/${"ü".repeat(100)}/${"ñ".repeat(80)}.csv`,
  );
  expect(() => planUpload(contracts, [folder])).toThrow(/S3 keys have at most 1024 bytes/);
});
