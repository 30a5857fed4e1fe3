import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Sees each line of the standard output and the standard error as it comes. */
  readonly onLine?: (line: string) => void;
  /** The program would leave things half done: a first Ctrl-C lets it finish, only a second reaches it. */
  readonly mustFinish?: boolean;
  /** Told what happens now that the user wants to stop. */
  readonly onStopping?: (notice: string) => void;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The user pressed Ctrl-C, or something else asked this process to end. */
export class InterruptedError extends Error {
  constructor() {
    super("interrupted");
    this.name = "InterruptedError";
  }
}

const running = new Map<ChildProcess, RunOptions>();
let interrupted = false;
let lastSignal = 0;

/** npm hands on a Ctrl-C which the terminal has already sent to everybody: two signals this close are one. */
const ECHO_MS = 500;

const STOPPING = "Stopping in good order; press Ctrl-C again to stop at once.";
const FINISHING = "Finishing what is under way, so that nothing is left half done; press Ctrl-C again to cut it off.";

/** Each Ctrl-C reaches a program once: Terraform ends in some order at the first and drops everything at the second. */
function onSignal(): void {
  const now = Date.now();
  if (now - lastSignal < ECHO_MS) return;
  lastSignal = now;
  if (running.size === 0) process.exit(130);
  for (const [child, { mustFinish, onStopping }] of running) {
    const isSpared = mustFinish === true && !interrupted;
    const notice = isSpared ? FINISHING : STOPPING;
    process.stderr.write(`\n${notice}\n`);
    onStopping?.(notice);
    if (!isSpared) child.kill("SIGINT");
  }
  interrupted = true;
}

let isListening = false;

/** From now on a Ctrl-C ends this process in good order, with exit code 130. */
export function handleInterrupts(): void {
  if (isListening) return;
  isListening = true;
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  // The terminal is gone, and with it the reader of what we write: not a reason to drop a deployment halfway.
  process.on("SIGHUP", onSignal);
  process.stderr.on("error", () => {});
}

/** Ends with an error when the user wants to stop: for loops that wait. */
export function checkInterrupted(): void {
  if (interrupted) throw new InterruptedError();
}

/** Runs a program to its end and collects what it prints. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  handleInterrupts();
  checkInterrupted();
  // In a group of its own: else the terminal would send it each Ctrl-C too, see `onSignal`.
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  running.set(child, options);
  try {
    const [stdout, stderr, code] = await Promise.all([
      collect(child.stdout, options.onLine),
      collect(child.stderr, options.onLine),
      ended(child),
    ]);
    checkInterrupted();
    return { code, stdout, stderr };
  } finally {
    running.delete(child);
  }
}

async function collect(stream: Readable, onLine: RunOptions["onLine"]): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    lines.push(line);
    onLine?.(line);
  }
  return lines.join("\n");
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
