import { execFileSync } from "node:child_process";
import { exportLines } from "../../cli/commands/env";
import { duration } from "../../cli/commands/upload";
import { summarize } from "../../cli/ledger";
import { describeSummaries } from "../../cli/summary-table";
import { formatBytes, table } from "../../cli/table";
import type { LedgerItem } from "../../contracts/ledger";
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
