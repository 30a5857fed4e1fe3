/** What follows from how an attempt ended. */
import type { FinishRequest, Layer, RunResult } from "../../contracts/runs";
import { failureOf, shorten } from "../shared/failure";
import { reconciliationFault } from "./result";

/** After this the run is over: the batch is in the target, or it is held until somebody has put right what is wrong. */
export type FinalVerdict =
  | { readonly kind: "taken"; readonly result: RunResult; readonly reason?: string }
  | {
      readonly kind: "held";
      readonly status: "refused" | "failed";
      readonly reason: string;
      readonly result?: RunResult;
      /** Rows are missing, or there are more than came. */
      readonly unreconciled?: boolean;
    };

type Verdict = FinalVerdict | { readonly kind: "again"; readonly reason: string };

/** The job's own word comes first: what it says to have published, it has, however its execution went on. */
export function judge(
  { outcome, error }: Pick<FinishRequest, "outcome" | "error">,
  result: RunResult | undefined,
  layer: Layer,
): Verdict {
  const failure = outcome === "failed" ? failureOf(error) : undefined;
  if (result?.status === "refused") {
    const reason = shorten(result.reason ?? failure?.reason ?? "the job gives no reason");
    return { kind: "held", status: "refused", reason, result };
  }
  if (result !== undefined) {
    const fault = reconciliationFault(layer, result);
    if (fault !== undefined) return { kind: "held", status: "failed", reason: fault, result, unreconciled: true };
    const late = failure && { reason: `the batch was published before the run failed: ${failure.reason}` };
    return { kind: "taken", result, ...late };
  }
  if (failure === undefined) return { kind: "again", reason: "the run succeeded, but it left no result" };
  return failure.refused
    ? { kind: "held", status: "refused", reason: failure.reason }
    : { kind: "again", reason: failure.reason };
}
