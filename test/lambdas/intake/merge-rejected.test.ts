import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { mergeRejected } from "../../../lambdas/intake/merge-rejected";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "merge-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const line = (row: number) => `{"row":${row},"line":"${"x".repeat(row % 97)}"}\n`;

async function merge(compressed: readonly number[], plain: readonly number[]) {
  const [one, other, target] = ["one", "other", "target"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(one, gzipSync(compressed.map(line).join("")));
  writeFileSync(other, plain.map(line).join(""));
  const rows = await mergeRejected(one, other, target);
  return { rows, text: gunzipSync(readFileSync(target)).toString() };
}

test.each<[string, (row: number) => boolean]>([
  ["some in each", (row) => row % 3 === 0],
  ["all in the first", () => true],
  ["all in the second", () => false],
  ["the first before the second", (row) => row < 10_000],
])("two lists become one in the order of the file: %s", async (_, isInFirst) => {
  const rows = Array.from({ length: 30_000 }, (_unused, index) => index + 1);
  const merged = await merge(
    rows.filter(isInFirst),
    rows.filter((row) => !isInFirst(row)),
  );
  expect(merged.rows).toBe(rows.length);
  expect(merged.text === rows.map(line).join("")).toBe(true);
});

test("no rows at all are an empty list", async () => {
  expect(await merge([], [])).toEqual({ rows: 0, text: "" });
});

test("a list that cannot be read and a place that cannot be written are errors", async () => {
  const [bad, plain] = [join(directory, "bad"), join(directory, "plain")];
  writeFileSync(bad, gzipSync(line(1)).subarray(0, 15));
  writeFileSync(plain, line(2));
  await expect(mergeRejected(bad, plain, join(directory, "target"))).rejects.toThrow("unexpected end of file");
  await expect(mergeRejected(join(directory, "none"), plain, join(directory, "target"))).rejects.toThrow("ENOENT");
  writeFileSync(bad, gzipSync(line(1)));
  await expect(mergeRejected(bad, plain, join(directory, "no", "target"))).rejects.toThrow("ENOENT");
});
