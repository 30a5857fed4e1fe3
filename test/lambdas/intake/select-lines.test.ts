import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { selectLines } from "../../../lambdas/intake/select-lines";
import { testFolder } from "../../support/synthesis";

/** Longer than what is read at a time, so that lines lie across the parts. */
const LINES = 200_000;

test("finds the lines again that have these numbers, and none that are not there", async () => {
  const [source, target] = ["lines.csv", "selected.csv"].map((name) => join(testFolder(), name)) as [string, string];
  const line = (number: number) => `${number},"${"x".repeat(number % 40)}"\n`;
  // A record without a line, as a broken one has none.
  const numbers = Array.from({ length: LINES }, (_, index) => index + 1).filter((number) => number !== 500);
  writeFileSync(source, numbers.map(line).join(""));
  const wanted = [1, 2, 499, 500, 501, ...numbers.filter((number) => number % 997 === 0), LINES, LINES + 1];
  const there = wanted.filter((number) => number !== 500 && number <= LINES);
  expect(await selectLines(source, wanted, target)).toBe(there.length);
  expect(readFileSync(target, "utf8")).toBe(there.map(line).join(""));
});
