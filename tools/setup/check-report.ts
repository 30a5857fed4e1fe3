import { existsSync, readFileSync } from "node:fs";

/** How many tests of a check passed and failed. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/** In which form a check reports its single tests; a check without a report is one test itself. */
export type ReportFormat = "jest" | "junit";

/**
 * Counts the tests of a finished check. One that failed without a failed test, say because it crashed, counts as one
 * failure more.
 */
export function countTests(isSuccess: boolean, report: { format: ReportFormat; file: string } | undefined): Count {
  if (report === undefined) return isSuccess ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const count = existsSync(report.file)
    ? READERS[report.format](readFileSync(report.file, "utf8"))
    : { passed: 0, failed: 0 };
  return isSuccess || count.failed > 0 ? count : { ...count, failed: 1 };
}

const READERS: Record<ReportFormat, (text: string) => Count> = { jest: readJest, junit: readJunit };

/** jest's `--json`. A suite that could not even be loaded is a failure without a test. */
function readJest(text: string): Count {
  const report = JSON.parse(text) as {
    numPassedTests: number;
    numFailedTests: number;
    numRuntimeErrorTestSuites: number;
  };
  return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites };
}

/** pytest's `--junitxml`. */
function readJunit(text: string): Count {
  const suites = [...text.matchAll(/<testsuite\s[^>]*>/g)].map(([tag]) => tag);
  const sum = (name: string) =>
    suites.reduce((total, tag) => total + Number(new RegExp(`\\s${name}="(\\d+)"`).exec(tag)?.[1] ?? 0), 0);
  const failed = sum("failures") + sum("errors");
  return { passed: sum("tests") - failed - sum("skipped"), failed };
}

/** Counts of parts as one. */
export function sumOf(counts: readonly Count[]): Count {
  const sum = (field: keyof Count) => counts.reduce((total, count) => total + count[field], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

/** The last line of a test run. */
export function summaryLine(counts: readonly Count[]): string {
  const { passed, failed } = sumOf(counts);
  return `${passed} passed, ${failed} failed`;
}
