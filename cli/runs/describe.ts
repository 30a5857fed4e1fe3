import type { RunItem } from "../../contracts/runs";
import { type Cell, table } from "../table";

const longestReason = 80;

/** Runs as people read them. */
export function describeRuns(runs: readonly RunItem[]): string {
  const counts = ["in", "inserted", "updated", "removed", "unchanged", "superseded", "out"];
  const header = ["job", "batch", "state", ...counts, "duration", "reason"];
  return table(header, runs.map(rowOf));
}

function rowOf(run: RunItem): Cell[] {
  const { job, batch_id, status, rows, reason } = run;
  const counts = [
    rows?.in,
    rows?.inserted,
    rows?.updated,
    removedOf(rows),
    rows?.unchanged,
    rows?.superseded,
    rows?.out,
  ];
  return [job, batch_id, status, ...counts, duration(run), reason === undefined ? "" : shorten(reason)];
}

/** Rows that were deleted, whatever told of it. */
function removedOf(rows: RunItem["rows"]): number | undefined {
  return rows?.removed === undefined && rows?.gone === undefined ? undefined : (rows.removed ?? 0) + (rows.gone ?? 0);
}

/** A run as scripts read it. */
export function runDocument(run: RunItem): object {
  const { layer, job, batch_id: batchId, status, attempt, objects, reason, rows } = run;
  return {
    ...{ layer, job, batchId, status, attempt, objects, reason, rows },
    execution: run.execution_name,
    glueRun: run.run_id,
    startedAt: run.started_at,
    finishedAt: run.finished_at,
    updatedAt: run.updated_at,
    seconds: secondsOf(run),
  };
}

function duration(run: RunItem): string {
  const seconds = secondsOf(run);
  return seconds === undefined ? "-" : describeSeconds(seconds);
}

/** `12.3 s`, `4 min 5 s` */
export function describeSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

function secondsOf({ started_at, finished_at }: RunItem): number | undefined {
  return finished_at === undefined ? undefined : (Date.parse(finished_at) - Date.parse(started_at)) / 1000;
}

export function shorten(text: string): string {
  return text.length > longestReason ? `${text.slice(0, longestReason - 1)}…` : text;
}
