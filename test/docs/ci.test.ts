import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RULES } from "../../cli/guard/rules";
import { ROOT } from "../support/synthesis";

test("docs/ci.md lists the rules of the guard", () => {
  const text = readFileSync(join(ROOT, "docs", "ci.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([\w-]+)` \| ([^|]+) \|$/gm)].map(([, id, refuses]) => [id, refuses]);
  expect(rows).toEqual(RULES.map(({ id, refuses }) => [id, refuses]));
});
