import { join } from "node:path";
import { build } from "esbuild";

test("the function's bundle stays small: nothing in it reads or checks contracts and pipelines again", async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [join(__dirname, "../../../lambdas/dispatch/handler.ts")],
    bundle: true,
    minify: true,
    platform: "node",
    target: "node22",
    write: false,
    metafile: true,
  });
  const packages = Object.keys(metafile.inputs).filter((input) => /node_modules\/(zod|yaml|@duckdb)\//.test(input));
  expect(packages).toEqual([]);
  expect(outputFiles[0]?.contents.length).toBeLessThan(1.2 * 1024 * 1024);
});
