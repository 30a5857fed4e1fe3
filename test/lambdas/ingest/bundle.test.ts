import { bundleEntries, INGEST } from "../../../tools/build/function-bundle";
import { ROOT } from "../../support/synthesis";

test("the function's bundle is its code alone: nothing in it reads or checks sources again", async () => {
  const entries = await bundleEntries(ROOT, INGEST);
  expect([...entries.keys()]).toEqual(["index.js"]);
  const code = Buffer.from(entries.get("index.js") ?? "").toString();
  expect(code).not.toMatch(/node_modules\/(zod|yaml|@duckdb)\//);
  expect(code.length).toBeLessThan(4 * 1024 * 1024);
});
