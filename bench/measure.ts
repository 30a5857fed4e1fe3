import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** A command to measure. */
export interface Command {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Figures of one command over its runs. */
export interface Figures {
  readonly name: string;
  /** Medians. */
  readonly wall: number;
  readonly peakMb: number;
  readonly fastest: number;
  readonly slowest: number;
}

interface Run {
  readonly code: number;
  readonly wall: number;
  readonly peakMb: number;
}

const root = join(__dirname, "..");

function run({ name, argv, env }: Command, python: string): Run {
  const output = execFileSync(python, [join(__dirname, "programs", "timed.py"), ...argv], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  const figures = JSON.parse(output) as Run;
  if (figures.code !== 0) throw new Error(`${name} ended with code ${figures.code}`);
  return figures;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/**
 * Runs the commands in turn, A B C A B C, after one round that is not counted: a machine that slows down slows down all
 * of them, so ratios hold where single times do not.
 */
export function compare(commands: readonly Command[], rounds: number, python: string): Figures[] {
  const runs = new Map<string, Run[]>(commands.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const command of commands) {
      const figures = run(command, python);
      if (round > 0) runs.get(command.name)?.push(figures);
    }
  }
  return commands.map(({ name }) => {
    const walls = (runs.get(name) ?? []).map(({ wall }) => wall);
    return {
      name,
      wall: median(walls),
      peakMb: Math.max(...(runs.get(name) ?? []).map(({ peakMb }) => peakMb)),
      fastest: Math.min(...walls),
      slowest: Math.max(...walls),
    };
  });
}

/** The figures as a table; ratios are against the first command. */
export function table(
  figures: readonly Figures[],
  extra?: { readonly title: string; readonly of: (row: Figures) => string },
): string {
  const first = figures[0];
  const rows = figures.map((row) =>
    [
      row.name,
      `${row.wall.toFixed(2)} s`,
      `${row.fastest.toFixed(2)} to ${row.slowest.toFixed(2)} s`,
      `${row.peakMb.toFixed(0)} MB`,
      ...(extra ? [extra.of(row)] : []),
      first ? `${(row.wall / first.wall).toFixed(2)}x` : "",
    ].join(" | "),
  );
  const head = ["command", "median", "range", "peak memory", ...(extra ? [extra.title] : []), "time against the first"];
  return [head.join(" | "), head.map(() => "---").join(" | "), ...rows].map((line) => `| ${line} |`).join("\n");
}
