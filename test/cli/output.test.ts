import { execFileSync } from "node:child_process";
import { exportLines } from "../../cli/commands/env";
import { duration, trouble } from "../../cli/commands/upload";
import { Lake } from "../../cli/lake";
import { summarize } from "../../cli/ledger";
import { describeProblems } from "../../cli/problem-list";
import { describeSummaries } from "../../cli/summary-table";
import { formatBytes, table } from "../../cli/table";
import type { LedgerItem } from "../../contracts/ledger";
import { pathsOf } from "../../tools/setup/paths";
import { formatDuration, PlainProgress } from "../../tools/setup/progress";

const entry = (fields: Partial<LedgerItem>): LedgerItem => ({
  pk: "s3://b/k",
  sk: "v",
  status: "loaded",
  dataset_id: "sales/orders",
  updated_at: "2026-01-01T00:00:00Z",
  zone: "raw",
  attempt: 1,
  first_seen_at: "2026-01-01T00:00:00Z",
  started_at: "2026-01-01T00:00:00Z",
  ...fields,
});

test("what env prints, a shell takes", () => {
  const lines = exportLines({ LAKE_A: "it's $HOME `here`", LAKE_B: null });
  const script = `${lines}\nprintf '%s|%s' "$LAKE_A" "\${LAKE_B-unset}"`;
  expect(execFileSync("sh", ["-c", script], { env: { LAKE_B: "set" }, encoding: "utf8" })).toBe(
    "it's $HOME `here`|unset",
  );
});

test("numbers are grouped and set right, texts left", () => {
  expect(
    table(
      ["dataset", "rows"],
      [
        ["a", 12],
        ["longer", 1234567],
        ["none", undefined],
      ],
    ),
  ).toBe(
    ["dataset       rows", "-------  ---------", "a               12", "longer   1,234,567", "none             -"].join(
      "\n",
    ),
  );
});

test("a dataset's sums, its span of time and the files that do not add up", () => {
  const summary = summarize("sales/orders", [
    entry({ rows_in: 10, rows_out: 8, rows_quarantined: 2, finished_at: "2026-01-01T00:00:05Z" }),
    entry({
      pk: "s3://b/bad",
      rows_in: 5,
      rows_out: 4,
      started_at: "2026-01-01T00:00:03Z",
      finished_at: "2026-01-01T00:00:09Z",
    }),
    entry({ status: "quarantined" }),
    entry({ status: "failed" }),
  ]);
  expect(summary).toMatchObject({
    files: 4,
    loaded: 2,
    quarantinedFiles: 1,
    failed: 1,
    rowsIn: 15,
    rowsOut: 12,
    rowsQuarantined: 2,
    seconds: 9,
    unreconciled: ["s3://b/bad"],
  });
  expect(describeSummaries([summary], "duration").split("\n").at(-1)).toMatch(/^total +4 +15 +12 +2 +1 +1$/);
});

test("a summary says of each file why it is not in the lake, also of those whose function was cut off", () => {
  const now = Date.parse("2026-01-01T01:00:00Z");
  const at = (minute: number) => `2026-01-01T00:0${minute}:00Z`;
  const summary = summarize(
    "sales/orders",
    [
      entry({ pk: "s3://b/failed", status: "failed", attempt: 3, reason: "NoSuchKey: gone", updated_at: at(2) }),
      entry({ pk: "s3://b/cut", status: "processing", lease_until: now - 1, reason: "out of time", updated_at: at(3) }),
      entry({ pk: "s3://b/silent", status: "processing", lease_until: now - 1, updated_at: at(1) }),
      entry({ pk: "s3://b/held", status: "processing", lease_until: now + 1 }),
      entry({ pk: "s3://b/sum", rows_in: 2, rows_out: 1 }),
      entry({ pk: "s3://b/refused", status: "quarantined", reason: "no CSV" }),
      entry({ pk: "s3://b/fine" }),
    ],
    now,
  );
  expect(summary.problems).toEqual([
    {
      object: "s3://b/failed",
      version: "v",
      status: "failed",
      attempt: 3,
      reason: "NoSuchKey: gone",
      lastChange: at(2),
    },
    expect.objectContaining({ object: "s3://b/cut", status: "interrupted", reason: "out of time" }),
    expect.objectContaining({ object: "s3://b/silent", status: "interrupted", reason: expect.stringContaining("cut") }),
    expect.objectContaining({ object: "s3://b/sum", status: "unreconciled", reason: expect.stringContaining("rows") }),
  ]);
  expect(describeProblems([summary], 2)).toEqual([
    "4 files with a problem, the latest first",
    "  s3://b/cut (version v)\n    interrupted in attempt 1: out of time",
    "  s3://b/failed (version v)\n    failed in attempt 3: NoSuchKey: gone",
    "  and 2 more: all of them with --json",
  ]);
  expect(describeProblems([summarize("sales/orders", [entry({})])])).toEqual([]);
});

test("a file that failed for good is told with its reason and the command that tries again", () => {
  const failed = entry({ status: "failed", reason: "NotFound: gone" });
  expect(trouble({ outcome: { state: "dead", entry: failed } }, "npm run lake -- redrive drop")).toBe(
    "failed three times (NotFound: gone): put the cause right, then `npm run lake -- redrive drop`",
  );
  expect(trouble({ outcome: { state: "dead" } }, "")).toContain("(no reason is recorded)");
  expect(trouble({ outcome: { state: "pending", entry: failed } }, "")).toBe(
    "still failed when the time was up: NotFound: gone",
  );
  expect(trouble({ outcome: { state: "pending" } }, "")).toBe("still waiting when the time was up");
  expect(trouble({ outcome: { state: "loaded", entry: entry({}) } }, "")).toContain("rows in are not rows out");
});

test("suggestions name the account only where there are several lakes", () => {
  const lakeWith = (count: number) => {
    const lake = new Lake(pathsOf({}), {}, new PlainProgress(() => {}));
    const { lakes, ...accounts } = lake.accounts;
    const many = { ...accounts, lakes: Array.from({ length: count }, () => lakes[0]) };
    return Object.defineProperty(lake, "accounts", { value: many });
  };
  expect(lakeWith(1).suggestion("redrive drop", "prod")).toBe("npm run lake -- redrive drop");
  expect(lakeWith(2).suggestion("redrive drop", "dev")).toBe("npm run lake -- redrive drop --account dev");
});

test.each([
  [400, "0.4s"],
  [12_400, "12s"],
  [59_700, "1m 00s"],
  [125_000, "2m 05s"],
])("%d milliseconds are %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test("sizes and times as people write them", () => {
  expect([0, 999, 1500, 2_340_000].map(formatBytes)).toEqual(["0 bytes", "999 bytes", "1.5 kB", "2.3 MB"]);
  expect(["90s", "15m", "1h"].map(duration)).toEqual([90_000, 900_000, 3_600_000]);
});

test("without a terminal, steps are plain lines with a sign of life every ten seconds", async () => {
  const lines: string[] = [];
  let now = 0;
  const progress = new PlainProgress(
    (line) => lines.push(line),
    () => now,
  );
  await progress.step("Stack prod", async (step) => {
    for (const seconds of [1, 5, 11, 12, 22]) {
      now = seconds * 1000;
      step.say(`at ${seconds}`);
    }
    step.note("3 added");
  });
  await expect(progress.step("Stack dev", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(lines).toEqual([
    "Stack prod ...",
    "  Stack prod: at 11",
    "  Stack prod: at 22",
    "Stack prod: 3 added [22s]",
    "Stack dev ...",
    "Stack dev failed [0.0s]",
  ]);
});
