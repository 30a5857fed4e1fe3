import { lake, organization, problemsOf, security } from "./fixtures";

test.each([
  [{ prod: { ...lake, monitoring: { waitingMinutes: 0 } } }, "accounts/prod.ts", "monitoring.waitingMinutes"],
  [{ prod: { ...lake, monitoring: { waitingMessages: 0.5 } } }, "accounts/prod.ts", "monitoring.waitingMessages"],
  [{ prod: { ...lake, monitoring: { refusedCall: 1 } } }, "accounts/prod.ts", "monitoring.refusedCall"],
  [{ prod: { ...lake, costs: { monthlyUsd: 0 } } }, "accounts/prod.ts", "costs.monthlyUsd"],
  [{ prod: { ...lake, costs: { anomalyMonitor: "default" } } }, "accounts/prod.ts", "costs.anomalyMonitor"],
  // It has no queues.
  [
    { security: { ...security, monitoring: { waitingMinutes: 60 } } },
    "accounts/security.ts",
    "monitoring.waitingMinutes",
  ],
  [{ organization: { ...organization, runbooks: "docs/runbooks/" } }, "accounts/organization.ts", "runbooks"],
  [{ organization: { ...organization, runbooks: "our wiki" } }, "accounts/organization.ts", "runbooks"],
])("%j is refused", (files, file, path) => {
  expect(problemsOf(files)).toMatchObject([{ file, path }]);
});

test("a monitor that the account has already, and an address of runbooks elsewhere, are fine", () => {
  const anomalyMonitor = "arn:aws:ce::300000000000:anomalymonitor/0f3c-1";
  const runbooks = "https://git.example.com/lake/-/blob/main/docs/runbooks";
  expect(
    problemsOf({ prod: { ...lake, costs: { anomalyMonitor } }, organization: { ...organization, runbooks } }),
  ).toEqual([]);
});
