import { formatDuration } from "../tools/setup/progress";
import type { DatasetSummary } from "./ledger";
import { table } from "./table";

/** The last column: how long the loading took, or when it was. */
export type LastColumn = "duration" | "last change";

/** The datasets as a table with a line of totals. */
export function describeSummaries(summaries: readonly DatasetSummary[], last: LastColumn): string {
  const rows = summaries.map((summary) => [
    summary.dataset,
    summary.files,
    summary.rowsIn,
    summary.rowsOut,
    summary.rowsQuarantined,
    summary.quarantinedFiles,
    summary.failed,
    last === "duration" ? describeSpan(summary) : (summary.lastChange ?? "-"),
  ]);
  const total = (column: number) => rows.reduce((sum, row) => sum + Number(row[column]), 0);
  const totals = ["total", ...[1, 2, 3, 4, 5, 6].map(total)];
  const header = ["dataset", "files", "rows in", "rows out", "quarantined", "refused files", "failed", last];
  return table(header, [...rows, totals]);
}

function describeSpan({ seconds }: DatasetSummary): string {
  return seconds === undefined ? "-" : formatDuration(seconds * 1000);
}
