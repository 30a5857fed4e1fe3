import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT, testFolder } from "../../support/synthesis";

export const VERSION = "1.2.3";
const BINDINGS = "@duckdb/node-bindings-linux-x64";

/** Java libraries: one that is shipped, one that Glue has. */
export const JARS = [
  { coordinate: "org.example:shipped:1", file: "shipped-1.jar", sha256: "ab".repeat(32), use: "job" },
  { coordinate: "org.example:known:1", file: "known-1.jar", sha256: "cd".repeat(32), use: "local" },
];

/** A project that is small, but has everything that is built. */
export function smallProject(name: string, handler = "export const handler = async () => 1;"): string {
  const root = join(testFolder(), "projects", name);
  rmSync(root, { recursive: true, force: true });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write("lambdas/intake/handler.ts", handler);
  write("lambdas/dispatch/handler.ts", "export const handler = async () => 1;");
  write("lambdas/ingest/handler.ts", "export const handler = async () => 1;");
  write("glue/lake_spark/__init__.py", "");
  write("glue/lake_spark/refine.py", "ANY = 1");
  write("glue/lake_spark/__pycache__/refine.pyc", "compiled");
  write("glue/jobs/refine.py", "import lake_spark");
  write("glue/jars.json", JSON.stringify(JARS));
  write("contracts/any.ts", "export const any = 1;");
  write("tools/build/any.ts", "export const any = 1;");
  cpSync(join(ROOT, "domains"), join(root, "domains"), { recursive: true });
  const libraries = ["@duckdb/node-api", "@duckdb/node-bindings", BINDINGS, `${BINDINGS.replace("x64", "arm64")}`];
  write(
    "package-lock.json",
    JSON.stringify({
      packages: Object.fromEntries(
        libraries.map((library) => [
          `node_modules/${library}`,
          { version: VERSION, integrity: "sha512-of-something-else" },
        ]),
      ),
    }),
  );
  for (const library of libraries.slice(0, 3)) {
    write(`node_modules/${library}/package.json`, JSON.stringify({ name: library }));
    write(`node_modules/${library}/index.js`, `// ${library}`);
    write(`node_modules/${library}/index.d.ts`, "export {};");
    write(`node_modules/${library}/README.md`, "Read me");
  }
  write(`node_modules/${BINDINGS}/lib/duckdb.node`, "native");
  write(`node_modules/${BINDINGS}/libduckdb.so`, "native");
  return root;
}
