import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Paths } from "../tools/setup/paths";
import { checkInterrupted } from "../tools/setup/process";
import { isRunning, withLock } from "../tools/setup/venv";
import { OperationError } from "./exit-codes";

/** The embedded local AWS as it announces itself. */
export interface LocalServer {
  readonly endpoint: string;
  readonly pid: number;
  readonly startedAt: string;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

/** The running local AWS, if the one that announced itself still answers. */
export async function findServer(paths: Paths): Promise<LocalServer | undefined> {
  const server = announced(paths);
  return server !== undefined && isRunning(server.pid) && (await answers(server)) ? server : undefined;
}

/**
 * Starts the local AWS unless it runs already. It goes on running when this process ends.
 * @param account the management account, which everybody who calls is in
 */
export async function ensureServer(
  paths: Paths,
  account: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ server: LocalServer; isNew: boolean }> {
  return withLock(join(paths.localRun, "start.lock"), async () => {
    const found = await findServer(paths);
    if (found !== undefined) return { server: found, isNew: false };
    rmSync(paths.serverFile, { force: true });
    return { server: await start(paths, account, environment), isNew: true };
  });
}

/** Ends the local AWS, and with it everything that was in it. @returns whether one was running */
export async function stopServer(paths: Paths): Promise<boolean> {
  const server = announced(paths);
  if (server === undefined || !isRunning(server.pid) || !(await isOurs(server))) {
    rmSync(paths.serverFile, { force: true });
    return false;
  }
  process.kill(server.pid, "SIGTERM");
  if (!(await gone(server.pid, STOP_TIMEOUT_MS))) process.kill(server.pid, "SIGKILL");
  await gone(server.pid, STOP_TIMEOUT_MS);
  rmSync(paths.serverFile, { force: true });
  return true;
}

async function start(paths: Paths, account: string, environment: NodeJS.ProcessEnv): Promise<LocalServer> {
  mkdirSync(paths.localRun, { recursive: true });
  const log = openSync(paths.serverLog, "w");
  const child = spawn(
    paths.python,
    ["-m", "local", "--port", "0", "--run-dir", paths.localRun, "--management-account", account, "--enforce"],
    { cwd: paths.root, env: environment, stdio: ["ignore", log, log], detached: true },
  );
  closeSync(log);
  let failure: string | undefined;
  child.once("error", (error) => {
    failure = error.message;
  });
  child.once("exit", (code) => {
    failure = `it ended with exit code ${code}`;
  });
  child.unref();
  for (const deadline = Date.now() + START_TIMEOUT_MS; failure === undefined && Date.now() < deadline; ) {
    const server = announced(paths);
    if (server?.pid === child.pid && server !== undefined && (await answers(server))) return server;
    await sleep(POLL_MS);
    checkInterrupted();
  }
  if (child.pid !== undefined && failure === undefined) process.kill(child.pid, "SIGTERM");
  const lines = existsSync(paths.serverLog) ? readFileSync(paths.serverLog, "utf8").trim().split("\n").slice(-15) : [];
  throw new OperationError(
    `The local AWS did not start: ${failure ?? "it did not answer in time"}.\n${lines.join("\n")}`.trim(),
    "See the whole log with `npm run lake -- logs`; `npm run lake -- doctor` checks what it needs.",
  );
}

function announced(paths: Paths): LocalServer | undefined {
  try {
    return JSON.parse(readFileSync(paths.serverFile, "utf8")) as LocalServer;
  } catch {
    return undefined;
  }
}

async function answers(server: LocalServer): Promise<boolean> {
  try {
    const response = await fetch(`${server.endpoint}/_lake/health`, { signal: AbortSignal.timeout(5000) });
    const { startedAt } = (await response.json()) as { startedAt?: string };
    return response.ok && startedAt === server.startedAt;
  } catch {
    return false;
  }
}

/** A process number may have been given to another program since: only a local AWS is ever ended. */
async function isOurs(server: LocalServer): Promise<boolean> {
  if (await answers(server)) return true;
  const { stdout } = spawnSync("ps", ["-p", String(server.pid), "-o", "args="], { encoding: "utf8" });
  return / -m local .*--run-dir/.test(stdout ?? "");
}

async function gone(pid: number, patienceMs: number): Promise<boolean> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(POLL_MS)) {
    if (!isRunning(pid)) return true;
  }
  return !isRunning(pid);
}
