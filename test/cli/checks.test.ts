import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { countTests, summaryLine } from "../../tools/setup/check-report";
import { ownEnvironment } from "../../tools/setup/checks";
import { temporaryFolder } from "./support";

const folder = temporaryFolder();

function reportFile(text: string): string {
  const file = join(folder, "report");
  writeFileSync(file, text);
  return file;
}

const jestReport = (passed: number, failed: number, broken = 0) => ({
  format: "jest" as const,
  file: reportFile(
    JSON.stringify({ numPassedTests: passed, numFailedTests: failed, numRuntimeErrorTestSuites: broken }),
  ),
});

const junitReport = (attributes: string) => ({
  format: "junit" as const,
  file: reportFile(
    `<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" ${attributes}></testsuite></testsuites>`,
  ),
});

test("a check without a report is one test", () => {
  expect(countTests(true, undefined)).toEqual({ passed: 1, failed: 0 });
  expect(countTests(false, undefined)).toEqual({ passed: 0, failed: 1 });
});

test("counts the single tests of jest and pytest", () => {
  expect(countTests(true, jestReport(12, 0))).toEqual({ passed: 12, failed: 0 });
  expect(countTests(false, jestReport(10, 2, 1))).toEqual({ passed: 10, failed: 3 });
  expect(countTests(false, junitReport('errors="1" failures="2" skipped="3" tests="20" time="1.5"'))).toEqual({
    passed: 14,
    failed: 3,
  });
});

test("a check that failed without a failed test is a failure all the same", () => {
  expect(countTests(false, jestReport(12, 0))).toEqual({ passed: 12, failed: 1 });
  expect(countTests(false, { format: "junit", file: join(folder, "never-written") })).toEqual({ passed: 0, failed: 1 });
});

test("the last line adds everything up", () => {
  expect(
    summaryLine([
      { passed: 3, failed: 1 },
      { passed: 40, failed: 0 },
    ]),
  ).toBe("43 passed, 1 failed");
});

test("tests do not see the developer's own lake or credentials", () => {
  const seen = ownEnvironment({
    PATH: "/bin",
    LAKE_TARGET: "aws",
    AWS_PROFILE: "admin",
    CDKTF_OUTDIR: "x",
    AWS_CA_BUNDLE: "ca.pem",
  });
  expect(seen).toEqual({ PATH: "/bin", AWS_CA_BUNDLE: "ca.pem" });
});
