import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathsOf, projectRoot } from "../../tools/setup/paths";

/** A secret, without what it says. */
export interface Secret {
  /** The file; after `!` the entry of an archive. */
  readonly file: string;
  readonly kind: string;
}

/** Looks for secrets in files and archives, by patterns and by values that are known to be secret. */
export function secretsIn(files: readonly string[], values: readonly string[] = []): Secret[] {
  const { status, stdout, stderr } = spawnSync(pathsOf({}).scanPython, [join("test", "scan", "secrets.py")], {
    cwd: projectRoot,
    encoding: "utf8",
    input: JSON.stringify({ files, values }),
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`the search for secrets failed:\n${stderr}`);
  return JSON.parse(stdout) as Secret[];
}

/** Every file below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
