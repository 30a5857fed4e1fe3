import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Count, countTests, type ReportFormat, summaryLine, sumOf } from "./check-report";
import { ensureClasses } from "./classes";
import { ensureJars } from "./jars";
import { type Paths, pathsOf } from "./paths";
import { findPrerequisites, PrerequisiteError } from "./prerequisites";
import { InterruptedError, run } from "./process";
import { formatDuration, type Progress, progressFor } from "./progress";
import { prepareTerraform, withTerraform } from "./terraform-environment";
import { ensureVenv } from "./venv";

/** One kind of test. */
interface Check {
  readonly name: string;
  readonly command: (paths: Paths, report: string) => readonly string[];
  /** A second part, at the same time: where each waits often enough for both to share a machine of two cores. */
  readonly beside?: Check["command"];
  readonly report?: ReportFormat;
  /** Does it run the scanners, which are large and for nothing else? @default false */
  readonly scans?: boolean;
}

interface Outcome extends Count {
  readonly check: Check;
  readonly milliseconds: number;
  /** All that it printed, if it failed. */
  readonly complaint?: string;
}

const node = (module: string, ...args: string[]) => [process.execPath, join("node_modules", module), ...args];
const biome = (...args: string[]) => node("@biomejs/biome/bin/biome", ...args);
const jestRun = (project: string, report: string, ...args: string[]) =>
  node("jest/bin/jest.js", "--selectProjects", project, "--json", `--outputFile=${report}`, ...args);
/** A program of the Python environment that is no module. */
const tool = (paths: Paths, name: string) => join(dirname(paths.python), name);
const python = (paths: Paths, ...args: string[]) => [paths.python, "-m", ...args];

const pytest = (paths: Paths, report: string, ...folders: string[]) =>
  python(paths, "pytest", `--junitxml=${report}`, ...folders);

/** In this order, the quick ones first. */
const CHECKS: readonly Check[] = [
  { name: "format", command: () => biome("ci", "--colors=off", ".") },
  { name: "types", command: () => node("typescript/bin/tsc", "--noEmit") },
  { name: "dead-code", command: () => node("knip/bin/knip.js", "--no-progress") },
  { name: "python-lint", command: (paths) => python(paths, "ruff", "check", ".") },
  { name: "python-format", command: (paths) => python(paths, "ruff", "format", "--check", ".") },
  // Besides actionlint, which is among the fast tests: what others could make of a workflow.
  { name: "workflows", command: (paths) => [tool(paths, "zizmor"), "--offline", "--no-progress", ".github/workflows"] },
  { name: "fast", command: (_, report) => jestRun("fast", report), report: "jest" },
  // What others know of insecure settings, asked of the stacks as they would be applied.
  { name: "scan", command: (_, report) => jestRun("scan", report), report: "jest", scans: true },
  {
    name: "python",
    // Spark computes; the rest mostly waits. Together they are `testpaths` of pyproject.toml.
    command: (paths, report) => pytest(paths, report, "test/glue"),
    beside: (paths, report) => pytest(paths, report, "test/access", "test/local_aws"),
    report: "junit",
  },
  // Real processes with real waits: one suite at a time.
  { name: "local", command: (_, report) => jestRun("local", report, "--runInBand"), report: "jest", scans: true },
];

/**
 * Runs all checks, or those that are named, each to its end even when one before it failed.
 * @returns the exit code
 */
export async function runChecks(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !CHECKS.some((check) => check.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no check ${unknown.join(", ")}: use ${CHECKS.map(({ name }) => name).join(", ")}\n`);
    return 2;
  }
  const chosen = CHECKS.filter(({ name }) => names.length === 0 || names.includes(name));
  const progress = progressFor(process.stderr, process.env);
  try {
    const paths = pathsOf({});
    const env = await setUp(
      paths,
      progress,
      chosen.some(({ scans }) => scans),
    );
    const outcomes: Outcome[] = [];
    for (const check of chosen) outcomes.push(await runCheck(check, paths, env, progress));
    process.stdout.write(describe(outcomes));
    return outcomes.some(({ failed }) => failed > 0) ? 1 : 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

/** Mends what the formatters can mend. @returns the exit code */
export async function runFormatters(): Promise<number> {
  const progress = progressFor(process.stderr, process.env);
  try {
    const paths = pathsOf({});
    const env = await setUp(paths, progress);
    const commands = [
      biome("check", "--write", "."),
      python(paths, "ruff", "format", "."),
      python(paths, "ruff", "check", "--fix", "."),
    ];
    let isClean = true;
    for (const [command = "", ...args] of commands) {
      const { code, stdout, stderr } = await run(command, args, { cwd: paths.root, env });
      process.stdout.write(`${stdout}${stderr}`);
      isClean = isClean && code === 0;
    }
    return isClean ? 0 : 1;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) return 130;
  if (!(error instanceof PrerequisiteError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 2;
}

async function setUp(paths: Paths, progress: Progress, scans = false): Promise<NodeJS.ProcessEnv> {
  const own = ownEnvironment(process.env);
  const { python: interpreter, java } = findPrerequisites(own);
  await progress.step("Python environment", async (step) => {
    const isChanged = await ensureVenv(paths, interpreter, "tests", own, (line) => step.say(line));
    step.note(isChanged ? "installed" : "up to date");
  });
  if (scans) {
    await progress.step("Scanners", async (step) => {
      const isChanged = await ensureVenv(paths, interpreter, "scan", own, (line) => step.say(line));
      step.note(isChanged ? "installed" : "up to date");
    });
  }
  await progress.step("Jars of Spark jobs", async (step) => {
    const isChanged = await ensureJars(paths, paths.python, java, own, (line) => step.say(line));
    step.note(isChanged ? "fetched" : "up to date");
  });
  await progress.step("Classes of Spark", async (step) => step.note(await ensureClasses(paths, paths.python, own)));
  // Tests run on old and new versions of Node alike: the SDK's note about it would only hide what matters.
  const quiet = { ...own, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
  return withTerraform(quiet, prepareTerraform(paths, quiet));
}

/** Without what a developer has set for a lake of their own: no test may depend on it, or reach it. */
export function ownEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = (name: string) => name.startsWith("LAKE_") || name.startsWith("CDKTF_") || name.startsWith("AWS_");
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !foreign(name) || name === "AWS_CA_BUNDLE"));
}

async function runCheck(check: Check, paths: Paths, env: NodeJS.ProcessEnv, progress: Progress): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "lake-check-"));
  const started = Date.now();
  try {
    return await progress.step(`Check ${check.name}`, async (step) => {
      const runPart = async (of: Check["command"], part: number) => {
        const file = join(folder, `report-${part}`);
        const [command = "", ...args] = of(paths, file);
        const onLine = (line: string) => step.say(line.trim());
        const { code, stdout, stderr } = await run(command, args, { cwd: paths.root, env, onLine });
        const count = countTests(code === 0, check.report === undefined ? undefined : { format: check.report, file });
        return { count, complaint: code === 0 ? "" : [stdout, stderr].filter((text) => text !== "").join("\n") };
      };
      const parts = await toTheirEnds([check.command, ...(check.beside ? [check.beside] : [])].map(runPart));
      const count = sumOf(parts.map((part) => part.count));
      step.note(summaryLine([count]));
      const complaint = parts
        .map((part) => part.complaint)
        .join("\n")
        .trim();
      return { check, ...count, milliseconds: Date.now() - started, ...(complaint === "" ? {} : { complaint }) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for all, even when one fails before. */
async function toTheirEnds<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

function describe(outcomes: readonly Outcome[]): string {
  const complaints = outcomes.flatMap(({ check, complaint }) =>
    complaint === undefined ? [] : [`\n===== ${check.name} failed =====\n${complaint}\n`],
  );
  const width = Math.max(...outcomes.map(({ check }) => check.name.length));
  const lines = outcomes.map(
    ({ check, milliseconds, ...count }) =>
      `${check.name.padEnd(width)}  ${formatDuration(milliseconds).padStart(7)}  ${summaryLine([count])}`,
  );
  return `${complaints.join("")}\n${lines.join("\n")}\n${summaryLine(outcomes)}\n`;
}
