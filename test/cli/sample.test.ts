import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Lake } from "../../cli/lake";
import { disagreements, makeOnlySample, rowsOf } from "../../cli/sample";
import type { UploadedFile } from "../../cli/upload/upload";
import type { LedgerItem } from "../../contracts/ledger";
import type { SalesManifest, SampleFile } from "../../samples";
import { pathsOf } from "../../tools/setup/paths";
import { PlainProgress } from "../../tools/setup/progress";
import { temporaryFolder } from "./support";

const directory = temporaryFolder();

const file = (fields: Partial<SampleFile> = {}): SampleFile => ({
  name: "orders.csv",
  path: "/sample/orders.csv",
  dataset: "sales/orders",
  rows: 10,
  valid: 8,
  rejected: {},
  duplicates: 0,
  ...fields,
});
const REFUSED = file({ refused: "is no CSV" });

/** The file as the lake has it. */
function found(
  state: NonNullable<UploadedFile["outcome"]>["state"] | undefined,
  entry: Partial<LedgerItem> = { rows_in: 10, rows_out: 8, rows_quarantined: 2 },
): UploadedFile {
  const outcome = state === undefined ? {} : { outcome: { state, entry: entry as LedgerItem } };
  return { file: "/sample/orders.csv", ...outcome } as UploadedFile;
}

const manifest = (...files: SampleFile[]): SalesManifest => ({ files });

test.each([
  ["a file whose rows are all where they belong", file(), found("loaded")],
  ["a file that was to be refused", REFUSED, found("quarantined")],
])("generator and lake agree about %s", (_, expected, uploaded) => {
  expect(disagreements(manifest(expected), [uploaded])).toEqual([]);
});

const ROWS = "10 rows, 8 of them good and 2 bad";

test.each<[string, SampleFile, UploadedFile[], string]>([
  ["was never uploaded", file(), [], `generated ${ROWS}, but the lake has nothing yet (not uploaded)`],
  ["was not waited for", file(), [found(undefined)], "nothing yet (not uploaded)"],
  ["still waits", file(), [found("pending")], "nothing yet (pending)"],
  ["failed for good", file(), [found("dead")], "nothing yet (dead)"],
  ["was refused as a whole", file(), [found("quarantined")], "but the lake has a file to refuse"],
  [
    "was to be refused and is loaded",
    REFUSED,
    [found("loaded")],
    `generated a file to refuse, but the lake has ${ROWS}`,
  ],
  [
    "was to be refused and failed",
    REFUSED,
    [found("dead")],
    "generated a file to refuse, but the lake has nothing yet",
  ],
  ["lost a row", file(), [found("loaded", { rows_in: 9, rows_out: 8, rows_quarantined: 1 })], "the lake has 9 rows"],
  [
    "took a bad row for a good one",
    file(),
    [found("loaded", { rows_in: 10, rows_out: 9, rows_quarantined: 1 })],
    "10 rows, 9 of them good and 1 bad",
  ],
  ["has no sums in the ledger", file(), [found("loaded", {})], "0 rows, 0 of them good and 0 bad"],
])("a file that %s is named, with what was generated and what is there", (_, expected, uploaded, text) => {
  expect(disagreements(manifest(expected), uploaded)).toEqual([expect.stringContaining(text)]);
});

test("each file is compared with itself, whatever the order", () => {
  const other = file({ name: "items.csv", path: "/sample/items.csv", rows: 1, valid: 1 });
  const uploaded = { ...found("loaded", { rows_in: 1, rows_out: 1, rows_quarantined: 0 }), file: other.path };
  expect(disagreements(manifest(file(), other), [uploaded, found("loaded")])).toEqual([]);
  expect(disagreements(manifest(file(), other), [found("loaded")])).toEqual([expect.stringMatching(/^items\.csv: /)]);
});

test("the demo's sample is alone in its folder, and the same each time", async () => {
  const lake = new Lake(pathsOf({}), {}, new PlainProgress(() => {}));
  const make = () => makeOnlySample(lake, { directory, orders: 5, seed: 7, defects: true });
  writeFileSync(join(directory, "older.csv"), "");
  const first = await make();
  expect(existsSync(join(directory, "older.csv"))).toBe(false);
  expect(await make()).toEqual(first);
  const readable = first.files.filter(({ refused }) => refused === undefined);
  expect(readable.length).toBeLessThan(first.files.length);
  expect(rowsOf(first)).toBe(readable.reduce((sum, { rows }) => sum + rows, 0));
});
