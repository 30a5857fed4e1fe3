import type { RunItem } from "../../contracts/runs";
import type { LakeCommand } from "../command";
import { exitCodes } from "../exit-codes";
import { withClients } from "../lake-clients";
import { ENGINEER, personOf, personOptions } from "../person";
import { shorten } from "../runs/describe";
import { lastChecked } from "../runs/history";
import { chosenJobs } from "../runs/jobs";
import { plural, table } from "../table";

/** Shows what the quality rules say. */
export const quality: LakeCommand = {
  name: "quality",
  args: "[dataset]",
  summary: "Show the last outcome of every data quality rule, of datasets and marts",
  description:
    "Rules stand in contracts and in the pipelines' config.yml. Exit code 3 if a rule has failed, or could not be evaluated.",
  examples: [
    ["quality", "of everything"],
    ["quality sales/orders", "of one dataset"],
    ["quality sales/seller_performance --json", "of a mart, for a script"],
  ],
  options: (command) => personOptions(command, ENGINEER).option("--account <name>", "the lake, if there are several"),
  async run(lake, [name], options) {
    const { account } = options;
    const { account: owner, jobs } = chosenJobs(lake, account as string | undefined, name);
    return withClients(lake, owner, personOf(options, ENGINEER), async (clients) => {
      const checked = (await Promise.all(jobs.map((job) => lastChecked(clients, job)))).flatMap((run) => run ?? []);
      const results = checked.flatMap(resultsOf);
      const failed = results.filter(({ outcome }) => outcome !== "Passed");
      return {
        document: { account: owner.name, results },
        text: results.length === 0 ? "No rule has been evaluated yet." : describe(results, failed.length),
        exitCode: failed.length === 0 ? exitCodes.ok : exitCodes.attention,
      };
    });
  },
};

function resultsOf({ job, batch_id: batchId, finished_at: checkedAt, quality: outcomes = [] }: RunItem) {
  return outcomes.map((outcome) => ({ job, ...outcome, batchId, checkedAt }));
}

function describe(results: readonly ReturnType<typeof resultsOf>[number][], failed: number): string {
  const rows = results.map(({ job, rule, outcome, failedRows, batchId, reason }) => [
    ...[job, rule, outcome, failedRows ?? undefined, batchId],
    reason === null ? "" : shorten(reason),
  ]);
  const sum = `${plural(results.length, "rule")}, ${failed} not passed`;
  return `${table(["dataset", "rule", "outcome", "failed rows", "batch", "reason"], rows)}\n\n${sum}`;
}
