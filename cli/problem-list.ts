import type { DatasetSummary, FileProblem } from "./ledger";
import { formatCount, plural } from "./table";

/** More than these nobody reads on a screen. */
const MOST_SHOWN = 10;

/** Why files are not in the lake, the latest first; none without a problem. */
export function describeProblems(summaries: readonly DatasetSummary[], most = MOST_SHOWN): string[] {
  const problems = summaries
    .flatMap((summary) => summary.problems)
    .sort((a, b) => b.lastChange.localeCompare(a.lastChange));
  if (problems.length === 0) return [];
  const more = problems.length - most;
  return [
    `${plural(problems.length, "file")} with a problem, the latest first`,
    ...problems.slice(0, most).map(describe),
    ...(more > 0 ? [`  and ${formatCount(more)} more: all of them with --json`] : []),
  ];
}

function describe({ object, version, status, reason, attempt }: FileProblem): string {
  return `  ${object} (version ${version})\n    ${status} in attempt ${attempt}: ${reason}`;
}
