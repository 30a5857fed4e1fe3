/** What a job says of its run, and whether that can be believed. */
import type { Layer, RowCounts, RunResult } from "../../contracts/runs";

const counts = ["in", "inserted", "updated", "unchanged", "superseded"] as const satisfies (keyof RowCounts)[];

/** The result of this batch, or undefined when the text is none. */
export function parseResult(text: string, job: string, batchId: string): RunResult | undefined {
  let parsed: Partial<RunResult> | null;
  try {
    parsed = JSON.parse(text) as Partial<RunResult> | null;
  } catch {
    return undefined;
  }
  const { status, rows, quality, finishedAt } = parsed ?? {};
  const isComplete =
    parsed?.job === job &&
    parsed.batchId === batchId &&
    ["succeeded", "refused", "unchanged"].includes(status ?? "") &&
    Number.isFinite(Date.parse(finishedAt ?? "")) &&
    counts.every((name) => Number.isInteger(rows?.[name])) &&
    Array.isArray(quality);
  return isComplete ? (parsed as RunResult) : undefined;
}

/** What is wrong with the sum of a refine run's rows, or undefined. Marts are made anew: nothing flows through them. */
export function reconciliationFault(layer: Layer, { rows }: RunResult): string | undefined {
  if (layer !== "refine") return undefined;
  const { inserted, updated, unchanged, superseded, refused = 0 } = rows;
  const sum = inserted + updated + unchanged + superseded + refused;
  if (sum === rows.in) return undefined;
  return `${rows.in} rows came in, and ${sum} are accounted for: ${inserted} inserted, ${updated} updated, ${unchanged} unchanged, ${superseded} superseded, ${refused} refused`;
}
