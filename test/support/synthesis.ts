import { execFile } from "node:child_process";
import { copyFileSync, cpSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { Stack, type StackJson } from "./stack";

export const ROOT = join(__dirname, "..", "..");

/** Endpoint of the local target in tests; nothing listens there, for synthesis never calls it. */
export const LOCAL_ENDPOINT = "http://127.0.0.1:45660";

/** Settings of one synthesis, as a user would make them. */
export type Settings = Readonly<Record<string, string>>;

/** Time for a suite to synthesize something of its own, on a busy machine too. */
export const SYNTHESIS_TIMEOUT_MS = 120_000;

/** The syntheses that every test run starts with, by the name of their folder. */
export const SYNTHESES = {
  aws: { LAKE_TARGET: "aws" },
  local: { LAKE_TARGET: "local", LAKE_LOCAL_ENDPOINT: LOCAL_ENDPOINT },
  /** The local target, with leave to delete the data of these accounts. */
  removable: { LAKE_TARGET: "local", LAKE_LOCAL_ENDPOINT: LOCAL_ENDPOINT, LAKE_CONFIRM_REMOVAL: "prod,security" },
} as const satisfies Record<string, Settings>;

/** Runs the synthesis of the sources in a process of its own, as users and cdktf do. */
export async function synthesize(root: string, outdir: string, settings: Settings): Promise<void> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(LAKE|AWS|CDKTF|TF)_/.test(name));
  await promisify(execFile)(process.execPath, [join(root, "tools", "synth.mjs")], {
    // What somebody has chosen for the local AWS of this project is nothing to tests.
    env: { ...Object.fromEntries(inherited), CDKTF_OUTDIR: outdir, LAKE_HOME: `${outdir}-home`, ...settings },
  });
}

export interface Synthesis {
  readonly folder: string;
  readonly stacks: ReadonlyMap<string, Stack>;
  /** Names of the stacks on which each depends. */
  readonly dependencies: Readonly<Record<string, readonly string[]>>;
  stack(name: string): Stack;
}

/** The stacks that a synthesis wrote. */
export function readSynthesis(folder: string): Synthesis {
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
    stacks: Record<string, { name: string; dependencies: string[]; synthesizedStackPath: string }>;
  };
  const stacks = new Map(
    Object.values(manifest.stacks).map(({ name, synthesizedStackPath }) => [
      name,
      new Stack(name, JSON.parse(readFileSync(join(folder, synthesizedStackPath), "utf8")) as StackJson),
    ]),
  );
  return {
    folder,
    stacks,
    dependencies: Object.fromEntries(
      Object.values(manifest.stacks).map(({ name, dependencies }) => [name, dependencies]),
    ),
    stack(name) {
      const stack = stacks.get(name);
      if (!stack) throw new Error(`there is no stack ${name}`);
      return stack;
    },
  };
}

/** One of the syntheses that the test run started with. */
export function synthesisOf(name: keyof typeof SYNTHESES): Synthesis {
  return readSynthesis(join(testFolder(), name));
}

/** Folder of this test run; it is removed at the end. */
export function testFolder(): string {
  const folder = process.env.LAKE_TEST_FOLDER;
  if (folder === undefined) throw new Error("run these tests with jest: its global setup synthesizes what they read");
  return folder;
}

const SOURCES = ["accounts", "contracts", "domains", "glue", "lambdas", "modules", "stacks", "tools"];
const FILES = ["main.ts", "package.json", "package-lock.json", "tsconfig.json"];

/**
 * Copies everything that synthesis reads, without what was built. Libraries are linked, apart from those that are to be
 * copied: the bundler writes down where it found a library, and of a link it takes the end.
 */
export function copySources(folder: string, copiedLibraries: ReadonlySet<string> = new Set(), from = ROOT): void {
  mkdirSync(folder, { recursive: true });
  for (const name of [...SOURCES, ...FILES]) cpSync(join(from, name), join(folder, name), { recursive: true });
  for (const name of libraries()) {
    const copy = join(folder, "node_modules", name);
    mkdirSync(dirname(copy), { recursive: true });
    if (copiedLibraries.has(name)) copyCode(join(ROOT, "node_modules", name), copy);
    else symlinkSync(join(ROOT, "node_modules", name), copy);
  }
}

/** Copies what a bundler reads, by hard links where the file system has them: thousands of files. */
function copyCode(from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/(\.[cm]?js|\.json)$/.test(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    const copy = join(to, relative(from, file));
    mkdirSync(dirname(copy), { recursive: true });
    try {
      linkSync(file, copy);
    } catch {
      copyFileSync(file, copy);
    }
  }
}

function libraries(): string[] {
  const folder = join(ROOT, "node_modules");
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(folder, name)).map((part) => `${name}/${part}`) : [name],
    );
}

/** Lets a copy use the layers that are built already: they take seconds and depend on nothing but the lock file. */
export function shareLayers(folder: string): void {
  shareBuilds(folder, (name) => name.startsWith("duckdb-"));
}

/** Lets a copy use what is built already. */
export function shareBuilds(folder: string, which: (name: string) => boolean = () => true): void {
  const builds = join(ROOT, ".lake", "build");
  mkdirSync(join(folder, ".lake", "build"), { recursive: true });
  for (const name of readdirSync(builds).filter(which)) {
    symlinkSync(join(builds, name), join(folder, ".lake", "build", name));
  }
}
