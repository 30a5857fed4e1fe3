import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Architecture } from "./artifacts";
import { type Entries, filesBelow } from "./zip";

const NPM_NAMES: Record<Architecture, string> = { x86_64: "x64", arm64: "arm64" };
/** What runs; documentation and type declarations do not. */
const RUNTIME_FILES = /(package\.json|\.js|\.node|\.so|LICENSE)$/;

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity?: string }>>;
}

/** The version that is installed, and so tested. */
export function duckdbVersion(root: string): string {
  return locked(root, "@duckdb/node-api").version;
}

/** DuckDB for Lambda: the library and the native build for its processor, where Node.js looks for layers. */
export async function duckdbLayerEntries(root: string, architecture: Architecture): Promise<Entries> {
  const bindings = `@duckdb/node-bindings-linux-${NPM_NAMES[architecture]}`;
  const entries = new Map<string, Uint8Array>();
  const add = (name: string, folder: string) => {
    for (const [path, content] of filesBelow(folder, (file) => RUNTIME_FILES.test(file))) {
      entries.set(`nodejs/node_modules/${name}/${path}`, content);
    }
  };
  for (const name of ["@duckdb/node-api", "@duckdb/node-bindings"]) add(name, join(root, "node_modules", name));
  const installed = join(root, "node_modules", bindings);
  if (existsSync(installed)) add(bindings, installed);
  else withPackage(root, bindings, (folder) => add(bindings, folder));
  return entries;
}

/** npm installs native builds for this machine only: the one for Lambda is fetched by itself and checked against the lock file. */
function withPackage(root: string, name: string, use: (folder: string) => void): void {
  const { version, integrity } = locked(root, name);
  const folder = mkdtempSync(join(tmpdir(), "lake-layer-"));
  try {
    execFileSync("npm", ["pack", `${name}@${version}`, "--silent", "--pack-destination", folder], {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [archive] = filesBelow(folder);
    if (!archive) throw new Error(`npm pack wrote nothing for ${name}@${version}`);
    const [fileName, content] = archive;
    const actual = `sha512-${createHash("sha512").update(content).digest("base64")}`;
    if (actual !== integrity)
      throw new Error(`${name}@${version} is not what package-lock.json names: ${actual} instead of ${integrity}`);
    execFileSync("tar", ["-xzf", join(folder, fileName), "-C", folder]);
    use(join(folder, "package"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function locked(root: string, name: string): LockFile["packages"][string] {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as LockFile;
  const entry = lock.packages[`node_modules/${name}`];
  if (!entry) throw new Error(`package-lock.json has no ${name}: run npm ci`);
  return entry;
}
