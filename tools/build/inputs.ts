import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow } from "./zip";

/** Paths from the root that decide what is built. */
export interface Inputs {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** Python writes what it compiled beside the sources. */
const isSource = (path: string) => !/(^|\/)__pycache__\//.test(path);

/** Hash of names and contents of all inputs. */
export function inputsHash(root: string, { files, folders }: Inputs): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(join(root, file)));
  for (const folder of folders) {
    const found = filesBelow(join(root, folder), isSource);
    for (const path of [...found.keys()].sort()) hash.update(`\0${folder}/${path}\0`).update(found.get(path) ?? "");
  }
  return hash.digest("hex");
}
