import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadContracts, loadPipelines } from "../../contracts";
import type { BuiltFile } from "./artifacts";
import { configured } from "./function-bundle";
import { type Inputs, inputsHash } from "./inputs";
import { type Entries, filesBelow } from "./zip";

/** Files and folders that decide what is in the library. */
const SOURCES: Inputs = { files: [], folders: ["contracts", "domains", "glue", "tools/build"] };

/** Hash of everything that the library is made of. */
export function libraryInputs(root: string): string {
  return inputsHash(root, SOURCES);
}

/**
 * The Python library of all Spark jobs: `lake_spark`, what is configured, and each pipeline's code as
 * `lake_pipelines/<domain>/<pipeline>/transform.py`.
 */
export async function libraryEntries(root: string): Promise<Entries> {
  const entries = new Map<string, Uint8Array>();
  for (const [name, content] of configured(root)) entries.set(`lake_spark/${name}`, content);
  const isPython = (path: string) => path.endsWith(".py");
  for (const [path, content] of filesBelow(join(root, "glue", "lake_spark"), isPython)) {
    entries.set(`lake_spark/${path}`, content);
  }
  for (const { domain, name, code } of loadPipelines(root, loadContracts(root))) {
    const folders = ["lake_pipelines", domain, name];
    // Python finds modules in a zip only through packages, and a package is a folder with this file.
    for (const depth of folders.keys()) {
      entries.set([...folders.slice(0, depth + 1), "__init__.py"].join("/"), new Uint8Array());
    }
    entries.set([...folders, "transform.py"].join("/"), readFileSync(join(root, code)));
  }
  return entries;
}

/** The script of a job. @param name e.g. `refine` */
export function jobScript(root: string, name: string): BuiltFile {
  const path = join(root, "glue", "jobs", `${name}.py`);
  return { path, sha256: createHash("sha256").update(readFileSync(path)).digest("hex") };
}

/** A Java library as `glue/jars.json` names it. */
interface Jar {
  readonly file: string;
  readonly sha256: string;
  /** `job`: shipped to Glue; `local`: Glue has it. */
  readonly use: "job" | "local";
}

/** The Java libraries that Glue lacks: fetched before a deployment, while synthesis only needs to know them. */
export function jobJars(root: string): (BuiltFile & { readonly fetched: true })[] {
  const jars = JSON.parse(readFileSync(join(root, "glue", "jars.json"), "utf8")) as readonly Jar[];
  return jars
    .filter(({ use }) => use === "job")
    .map(({ file, sha256 }) => ({ path: join(root, ".lake", "cache", "jars", file), sha256, fetched: true }));
}
