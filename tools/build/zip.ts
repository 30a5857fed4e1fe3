import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { type Zippable, zipSync } from "fflate";

/** The first moment that a zip can hold: every entry has it, so equal content makes equal bytes. */
const EPOCH = new Date(1980, 0, 1);
const UNIX = 3;
const READABLE_FILE = (0o100644 << 16) >>> 0;

/** Files of a zip: path inside it, content. */
export type Entries = ReadonlyMap<string, Uint8Array>;

/** A zip whose bytes depend on nothing but names and contents: not on time, user, folder or machine. */
export function deterministicZip(entries: Entries): Uint8Array {
  const files: Zippable = {};
  for (const name of [...entries.keys()].sort()) {
    files[name] = [entries.get(name) ?? new Uint8Array(), { mtime: EPOCH, os: UNIX, attrs: READABLE_FILE, level: 6 }];
  }
  return zipSync(files);
}

/** Every file below the folder that passes the filter, by its path from there, with forward slashes. */
export function filesBelow(folder: string, accept: (path: string) => boolean = () => true): Map<string, Uint8Array> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, path: relative(folder, file).split(sep).join("/") }))
    .filter(({ path }) => accept(path));
  return new Map(paths.map(({ file, path }) => [path, readFileSync(file)]));
}
