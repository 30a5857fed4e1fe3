import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { authorities, authoritiesInputs } from "./authorities";
import { duckdbLayerEntries, duckdbVersion } from "./duckdb-layer";
import { bundleEntries, bundleInputs, DISPATCH, type FunctionBundle, INGEST, INTAKE } from "./function-bundle";
import { jobJars, jobScript, libraryEntries, libraryInputs } from "./glue-code";
import { deterministicZip } from "./zip";

/** A built file and the SHA-256 of its content. */
export interface BuiltFile {
  readonly path: string;
  readonly sha256: string;
}

export type Architecture = "x86_64" | "arm64";

/** What stacks deploy and synthesis finds ready. */
export interface Artifacts {
  readonly intake: BuiltFile;
  readonly dispatch: BuiltFile;
  readonly ingest: BuiltFile;
  duckdbLayer(architecture: Architecture): BuiltFile;
  /** `rds-ca.pem`: whom jobs trust when a database proves its name. */
  readonly authorities: BuiltFile;
  /** What Spark jobs are made of. */
  readonly glue: {
    readonly library: BuiltFile;
    readonly jars: readonly (BuiltFile & { readonly fetched: true })[];
    script(name: string): BuiltFile;
  };
}

const FUNCTIONS = [INTAKE, DISPATCH, INGEST];

/** Builds what is missing or out of date. Only this may use the network; synthesis itself never does. */
export async function buildArtifacts(root: string, architectures: readonly Architecture[]): Promise<void> {
  for (const bundle of FUNCTIONS) {
    await buildOnce(bundleFile(root, bundle), async () => deterministicZip(await bundleEntries(root, bundle)));
  }
  await buildOnce(libraryFile(root), async () => deterministicZip(await libraryEntries(root)));
  await buildOnce(authoritiesFile(root), async () => authorities(root));
  for (const architecture of architectures) {
    const layer = async () => deterministicZip(await duckdbLayerEntries(root, architecture));
    await buildOnce(layerFile(root, architecture), layer);
  }
}

/** The artifacts of the sources as they are now. @throws Error when they are not built */
export function builtArtifacts(root: string): Artifacts {
  return {
    intake: built(bundleFile(root, INTAKE)),
    dispatch: built(bundleFile(root, DISPATCH)),
    ingest: built(bundleFile(root, INGEST)),
    duckdbLayer: (architecture) => built(layerFile(root, architecture)),
    authorities: built(authoritiesFile(root)),
    glue: {
      library: built(libraryFile(root)),
      jars: jobJars(root),
      script: (name) => jobScript(root, name),
    },
  };
}

/** A folder for each state of the inputs, so that an old build is never taken for a new one. */
function bundleFile(root: string, { name }: FunctionBundle): string {
  return join(buildFolder(root), `${name}-${shorten(bundleInputs(root))}`, `${name}.zip`);
}

function libraryFile(root: string): string {
  return join(buildFolder(root), `glue-${shorten(libraryInputs(root))}`, "lake_spark.zip");
}

function authoritiesFile(root: string): string {
  return join(buildFolder(root), `authorities-${shorten(authoritiesInputs(root))}`, "rds-ca.pem");
}

function layerFile(root: string, architecture: Architecture): string {
  return join(buildFolder(root), `duckdb-${duckdbVersion(root)}-${architecture}`, "duckdb.zip");
}

function buildFolder(root: string): string {
  return join(root, ".lake", "build");
}

async function buildOnce(file: string, build: () => Promise<Uint8Array>): Promise<void> {
  if (existsSync(`${file}.sha256`)) return;
  const content = await build();
  mkdirSync(join(file, ".."), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, content);
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
  // Written last: whoever finds the hash finds the whole file.
  writeFileSync(`${file}.sha256`, createHash("sha256").update(content).digest("hex"));
}

function built(file: string): BuiltFile {
  if (!existsSync(`${file}.sha256`)) throw new Error(`${file} is not built: synthesize with \`npm run synth\``);
  return { path: file, sha256: readFileSync(`${file}.sha256`, "utf8") };
}

function shorten(hash: string): string {
  return hash.slice(0, 16);
}
