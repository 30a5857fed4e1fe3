import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Paths } from "./paths";
import type { Tool } from "./prerequisites";
import { run } from "./process";
import { withLock } from "./venv";

/** A jar that Spark jobs need: `job` on Glue and here, `local` only here, because Glue has it. */
export interface Jar {
  /** `group:artifact:version` in Maven's registries. */
  readonly coordinate: string;
  readonly file: string;
  readonly sha256: string;
  readonly use: "job" | "local";
}

/** What a file was when its sum was right: as long as size and time stay, so does the sum. */
type Stamp = Readonly<Record<string, { readonly sha256: string; readonly bytes: number; readonly modified: number }>>;

const LIST = "glue/jars.json";

/** The jars of `glue/jars.json`. */
export function listJars(paths: Paths): readonly Jar[] {
  return JSON.parse(readFileSync(join(paths.root, LIST), "utf8")) as Jar[];
}

/**
 * Fetches the jars unless they are there with the right sums; two processes that need them at once wait for each other.
 * @param python the interpreter of an environment with Spark
 * @returns whether anything had to be fetched
 */
export async function ensureJars(
  paths: Paths,
  python: string,
  java: Tool,
  environment: NodeJS.ProcessEnv,
  report: (line: string) => void,
): Promise<boolean> {
  const jars = listJars(paths);
  if (areCurrent(paths, jars)) return false;
  return withLock(`${paths.jars}.lock`, async () => {
    if (areCurrent(paths, jars)) return false;
    const args = [join("tools", "setup", "jars.py"), LIST, paths.jars];
    const path = [dirname(java.command), environment.PATH].join(delimiter);
    const env = { ...environment, PATH: path, JAVA_HOME: undefined };
    const onLine = (line: string) => (line.startsWith("fetching ") ? report(line) : undefined);
    const { code, stderr } = await run(python, args, { cwd: paths.root, env, onLine });
    if (code !== 0) throw new Error(`The jars of ${LIST} are not complete:\n${complaints(stderr, jars)}`);
    writeFileSync(stampFile(paths), JSON.stringify(stampOf(paths, jars)));
    return true;
  });
}

function stampFile(paths: Paths): string {
  return join(paths.jars, "stamp.json");
}

function areCurrent(paths: Paths, jars: readonly Jar[]): boolean {
  if (!existsSync(stampFile(paths))) return false;
  try {
    const known = JSON.parse(readFileSync(stampFile(paths), "utf8")) as Stamp;
    const found = stampOf(paths, jars);
    return jars.every(({ file }) => JSON.stringify(known[file]) === JSON.stringify(found[file]));
  } catch {
    // One that is missing, or a stamp that was cut off.
    return false;
  }
}

function stampOf(paths: Paths, jars: readonly Jar[]): Stamp {
  return Object.fromEntries(
    jars.map(({ file, sha256 }) => {
      const { size, mtimeMs } = statSync(join(paths.jars, file));
      return [file, { sha256, bytes: size, modified: mtimeMs }];
    }),
  );
}

/** What is said of single jars, without what Ivy and the JVM write around it; or else the end of all. */
function complaints(text: string, jars: readonly Jar[]): string {
  const lines = text.trim().split("\n");
  const ours = lines.filter((line) => jars.some(({ coordinate }) => line.startsWith(`${coordinate}: `)));
  return (ours.length === 0 ? lines.slice(-15) : ours).join("\n");
}
