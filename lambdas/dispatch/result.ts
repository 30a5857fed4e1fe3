/** What a job says of its run, and whether that can be believed. */
import type { Layer, RowCounts, RunResult } from "../../contracts/runs";

/** What a job that has accepted its batch counts. */
const counts = {
  refine: ["in", "inserted", "updated", "unchanged", "superseded"],
  curate: ["in", "out"],
} as const satisfies Record<Layer, (keyof RowCounts)[]>;

/** The result of this batch, or undefined when the text is none. */
export function parseResult(text: string, layer: Layer, job: string, batchId: string): RunResult | undefined {
  let parsed: Partial<RunResult> | null;
  try {
    parsed = JSON.parse(text) as Partial<RunResult> | null;
  } catch {
    return undefined;
  }
  const { status = "", rows = {}, quality, finishedAt } = parsed ?? {};
  const isComplete =
    parsed?.job === job &&
    parsed.batchId === batchId &&
    ["succeeded", "refused", "unchanged"].includes(status) &&
    Number.isFinite(Date.parse(finishedAt ?? "")) &&
    (status === "refused" || counts[layer].every((name) => Number.isInteger(rows[name]))) &&
    Array.isArray(quality);
  return isComplete ? ({ ...parsed, rows } as RunResult) : undefined;
}

/** What is wrong with the sum of a refine run's rows, or undefined. Marts are made anew: nothing flows through them. */
export function reconciliationFault(layer: Layer, { rows }: Pick<RunResult, "rows">): string | undefined {
  if (layer !== "refine") return undefined;
  const { inserted = 0, updated = 0, removed = 0, unchanged = 0, superseded = 0, refused = 0 } = rows;
  const sum = inserted + updated + removed + unchanged + superseded + refused;
  if (sum === rows.in) return undefined;
  return `${rows.in} rows came in, and ${sum} are accounted for: ${inserted} inserted, ${updated} updated, ${removed} removed, ${unchanged} unchanged, ${superseded} superseded, ${refused} refused`;
}
