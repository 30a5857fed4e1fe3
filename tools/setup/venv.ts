import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Paths } from "./paths";
import type { Tool } from "./prerequisites";
import { checkInterrupted, run } from "./process";

/** What an environment is for: `tests` adds the requirements of the tests to those of `run`, and `scan` has one of its own. */
export type Purpose = "run" | "tests" | "scan";

/** What is installed, by what it is for. It is written last: without it an environment counts as unfinished. */
type Stamp = { readonly python: string } & Partial<Readonly<Record<Purpose, string>>>;

const REQUIREMENTS: Record<Purpose, string> = {
  run: "local/requirements.txt",
  tests: "local/requirements-dev.txt",
  // Scanners pin libraries that the local AWS needs in other versions.
  scan: "test/scan/requirements.txt",
};

/** What is installed for each purpose: a file of requirements may name others. */
const INCLUDED: Record<Purpose, readonly Purpose[]> = { run: ["run"], tests: ["run", "tests"], scan: ["scan"] };

/** Where the environment is. */
const venvOf = (paths: Paths, purpose: Purpose) =>
  purpose === "scan"
    ? { folder: paths.scanVenv, python: paths.scanPython }
    : { folder: paths.venv, python: paths.python };

/** How the environment has to change to be as wanted. */
type Change = "none" | "install" | "rebuild";

/** Compares what is installed with what is wanted. */
function changeNeeded(installed: Stamp | undefined, wanted: Stamp): Change {
  if (installed?.python !== wanted.python) return "rebuild";
  const same = (Object.keys(wanted) as (keyof Stamp)[]).every((part) => installed[part] === wanted[part]);
  return same ? "none" : "install";
}

/**
 * Makes a Python environment unless there is one with the same requirements; two processes that need it at once wait
 * for each other.
 * @returns whether anything had to be installed
 */
export async function ensureVenv(
  paths: Paths,
  python: Tool,
  purpose: Purpose,
  environment: NodeJS.ProcessEnv,
  report: (line: string) => void,
): Promise<boolean> {
  const venv = venvOf(paths, purpose);
  const wanted = wantedStamp(paths, python, purpose);
  if (changeNeeded(readStamp(venv), wanted) === "none") return false;
  return withLock(`${venv.folder}.lock`, async () => {
    const installed = readStamp(venv);
    const change = changeNeeded(installed, wanted);
    if (change === "none") return false;
    rmSync(stampFile(venv), { force: true });
    const pip = [venv.python, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"];
    if (change === "rebuild") {
      rmSync(venv.folder, { recursive: true, force: true });
      await execute([python.command, "-m", "venv", venv.folder], paths, environment, report);
    }
    await execute([...pip, "-r", REQUIREMENTS[purpose]], paths, environment, report);
    writeFileSync(stampFile(venv), JSON.stringify(wanted));
    return true;
  });
}

type Venv = ReturnType<typeof venvOf>;

function stampFile(venv: Venv): string {
  return join(venv.folder, "lake-stamp.json");
}

function readStamp(venv: Venv): Stamp | undefined {
  // The link to a Python that was removed since leads nowhere.
  if (!existsSync(venv.python)) return undefined;
  try {
    return JSON.parse(readFileSync(stampFile(venv), "utf8")) as Stamp;
  } catch {
    return undefined;
  }
}

function wantedStamp(paths: Paths, python: Tool, purpose: Purpose): Stamp {
  const hash = (part: Purpose) =>
    createHash("sha256")
      .update(readFileSync(join(paths.root, REQUIREMENTS[part])))
      .digest("hex");
  const parts = INCLUDED[purpose].map((part, index, all) => [
    part,
    all
      .slice(0, index + 1)
      .map(hash)
      .join(" "),
  ]);
  return { python: python.version, ...Object.fromEntries(parts) };
}

async function execute(
  [command = "", ...args]: string[],
  paths: Paths,
  environment: NodeJS.ProcessEnv,
  report: (line: string) => void,
): Promise<void> {
  const { code, stdout, stderr } = await run(command, args, { cwd: paths.root, env: environment, onLine: report });
  if (code === 0) return;
  const shown = [command, ...args].join(" ").replaceAll(`${paths.root}/`, "");
  throw new Error(`\`${shown}\` failed:\n${lastLines(`${stdout}\n${stderr}`, 15)}`);
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join("\n");
}

/** Holds a lock file while the work runs. One whose owner is gone, say after a power cut, is taken over. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  while (!tryLock(file)) {
    checkInterrupted();
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function tryLock(file: string): boolean {
  try {
    const descriptor = openSync(file, "wx");
    writeFileSync(descriptor, String(process.pid));
    closeSync(descriptor);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (!isRunning(lockOwner(file))) rmSync(file, { force: true });
    return false;
  }
}

function lockOwner(file: string): number {
  try {
    // An owner that has not yet written its number is a moment away from it.
    return Number(readFileSync(file, "utf8") || process.pid);
  } catch {
    return process.pid;
  }
}

/** Whether a process of that number exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
