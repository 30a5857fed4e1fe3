/** What people are told of an execution. */
import type { SettleAnswer, SummarizeAnswer, SummarizeRequest } from "../../contracts/ingestion";

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const longestSubject = 99;

export function summarize({ source, execution, results, skipped }: SummarizeRequest): SummarizeAnswer {
  const failed = results.filter(({ outcome }) => outcome === "failed").length;
  const count = `${results.length} table${results.length === 1 ? "" : "s"}`;
  const said = failed === 0 ? `${count} read` : `${failed} of ${count} failed`;
  const left = skipped.length === 0 ? "" : `, ${skipped.length} skipped`;
  return {
    failed,
    subject: `${source}: ${said}${left}`.slice(0, longestSubject),
    message: [
      ...results.map((result) => `${result.table}: ${describe(result)}`),
      ...skipped.map(({ table, reason }) => `${table}: skipped, as ${reason}`),
      `Execution: ${execution}`,
    ].join("\n"),
  };
}

function describe({ outcome, reason, rows }: SettleAnswer): string {
  const figures = outcome === "succeeded" ? `, ${rows} row${rows === 1 ? "" : "s"}` : "";
  return `${outcome}${figures}${reason === "" ? "" : `: ${reason}`}`;
}
