import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Paths } from "./paths";
import type { Tool } from "./prerequisites";
import { checkInterrupted, run } from "./process";

/** What the environment is for: `tests` adds the requirements of the tests. */
export type Purpose = "run" | "tests";

/** What is installed. It is written last: without it an environment counts as unfinished. */
interface Stamp {
  readonly python: string;
  readonly run: string;
  readonly tests?: string;
}

const REQUIREMENTS: Record<Purpose, string> = {
  run: "local/requirements.txt",
  tests: "local/requirements-dev.txt",
};

/** How the environment has to change to be as wanted. */
type Change = "none" | "install" | "rebuild";

/** Compares what is installed with what is wanted. */
function changeNeeded(installed: Stamp | undefined, wanted: Stamp): Change {
  if (installed?.python !== wanted.python) return "rebuild";
  const same = installed.run === wanted.run && (wanted.tests === undefined || installed.tests === wanted.tests);
  return same ? "none" : "install";
}

/**
 * Makes the Python environment unless there is one with the same requirements; two processes that need it at once wait
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
  const wanted = wantedStamp(paths, python, purpose);
  if (changeNeeded(readStamp(paths), wanted) === "none") return false;
  return withLock(`${paths.venv}.lock`, async () => {
    const installed = readStamp(paths);
    const change = changeNeeded(installed, wanted);
    if (change === "none") return false;
    rmSync(stampFile(paths), { force: true });
    const pip = [paths.python, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"];
    if (change === "rebuild") {
      rmSync(paths.venv, { recursive: true, force: true });
      await execute([python.command, "-m", "venv", paths.venv], paths, environment, report);
    }
    await execute([...pip, "-r", REQUIREMENTS[purpose]], paths, environment, report);
    writeFileSync(stampFile(paths), JSON.stringify(wanted));
    return true;
  });
}

function stampFile(paths: Paths): string {
  return join(paths.venv, "lake-stamp.json");
}

function readStamp(paths: Paths): Stamp | undefined {
  // The link to a Python that was removed since leads nowhere.
  if (!existsSync(paths.python)) return undefined;
  try {
    return JSON.parse(readFileSync(stampFile(paths), "utf8")) as Stamp;
  } catch {
    return undefined;
  }
}

function wantedStamp(paths: Paths, python: Tool, purpose: Purpose): Stamp {
  const hash = (file: string) =>
    createHash("sha256")
      .update(readFileSync(join(paths.root, file)))
      .digest("hex");
  const run = hash(REQUIREMENTS.run);
  const stamp = { python: python.version, run };
  return purpose === "run" ? stamp : { ...stamp, tests: `${run} ${hash(REQUIREMENTS.tests)}` };
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
