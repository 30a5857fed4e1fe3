import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT, testFolder } from "../../support/synthesis";

export const VERSION = "1.2.3";
const BINDINGS = "@duckdb/node-bindings-linux-x64";

/** A project that is small, but has everything that is built. */
export function smallProject(name: string, handler = "export const handler = async () => 1;"): string {
  const root = join(testFolder(), "projects", name);
  rmSync(root, { recursive: true, force: true });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write("lambdas/intake/handler.ts", handler);
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
