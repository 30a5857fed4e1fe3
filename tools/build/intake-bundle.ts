import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { loadContracts, serializeContracts } from "../../contracts";
import { type Entries, filesBelow } from "./zip";

/** Folders and files that decide what is in the bundle. Libraries are fixed by the lock file. */
const SOURCES = ["contracts", "domains", "lambdas", "tools/build"];

/** Hash of everything that the bundle is made of. */
export function intakeInputs(root: string): string {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  for (const folder of SOURCES) {
    const files = filesBelow(join(root, folder));
    for (const path of [...files.keys()].sort()) hash.update(`\0${folder}/${path}\0`).update(files.get(path) ?? "");
  }
  return hash.digest("hex");
}

/** The intake function: one file of code and the contracts as data. DuckDB comes from its layer. */
export async function intakeEntries(root: string): Promise<Entries> {
  const bundle = await build({
    absWorkingDir: root,
    entryPoints: ["lambdas/intake/handler.ts"],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    outfile: "index.js",
    external: ["@duckdb/node-api"],
    legalComments: "none",
    // Nothing but the hashed sources decides on the bytes: no settings of the type checker, no place of the libraries.
    tsconfigRaw: "{}",
    preserveSymlinks: true,
    write: false,
    logLevel: "silent",
  });
  const [code] = bundle.outputFiles;
  if (!code) throw new Error("the bundler wrote no file");
  return new Map([
    ["index.js", code.contents],
    ["contracts.json", Buffer.from(serializeContracts(loadContracts(root)))],
  ]);
}
