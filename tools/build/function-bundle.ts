import { join } from "node:path";
import { build } from "esbuild";
import { loadContracts, loadPipelines, serializeContracts, serializePipelines } from "../../contracts";
import { type Inputs, inputsHash } from "./inputs";
import type { Entries } from "./zip";

/** A function: one file of code, and as data what is configured. */
export interface FunctionBundle {
  /** Folder of its `handler.ts` below `lambdas/`. */
  readonly name: string;
  /** Libraries that come from a layer. */
  readonly external: readonly string[];
  /** Files of data in the bundle. */
  readonly data: (root: string) => Entries;
}

const contracts = (root: string): Entries =>
  new Map([["contracts.json", Buffer.from(serializeContracts(loadContracts(root)))]]);

/** Contracts and pipelines, as functions and jobs carry them. */
export const configured = (root: string): Entries =>
  new Map([
    ...contracts(root),
    ["pipelines.json", Buffer.from(serializePipelines(loadPipelines(root, loadContracts(root))))],
  ]);

/** Loads arriving files. DuckDB comes from its layer. */
export const INTAKE: FunctionBundle = { name: "intake", external: ["@duckdb/node-api"], data: contracts };

/** Starts refine and curate runs. */
export const DISPATCH: FunctionBundle = { name: "dispatch", external: [], data: configured };

/** Starts what reads databases, and has the say on who reads which window. Sources are deployed as items of its table. */
export const INGEST: FunctionBundle = { name: "ingest", external: [], data: () => new Map() };

/** Files and folders that decide what is in a bundle. Libraries are fixed by the lock file. */
const SOURCES: Inputs = { files: ["package-lock.json"], folders: ["contracts", "domains", "lambdas", "tools/build"] };

/** Hash of everything that bundles are made of. */
export function bundleInputs(root: string): string {
  return inputsHash(root, SOURCES);
}

/** Content of the function's zip; its handler is `index.handler`. */
export async function bundleEntries(root: string, { name, external, data }: FunctionBundle): Promise<Entries> {
  const bundle = await build({
    absWorkingDir: root,
    entryPoints: [join("lambdas", name, "handler.ts")],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    outfile: "index.js",
    external: [...external],
    legalComments: "none",
    // Nothing but the hashed sources decides on the bytes: no settings of the type checker, no place of the libraries.
    tsconfigRaw: "{}",
    preserveSymlinks: true,
    write: false,
    logLevel: "silent",
  });
  const [code] = bundle.outputFiles;
  if (!code) throw new Error("the bundler wrote no file");
  return new Map([["index.js", code.contents], ...data(root)]);
}
