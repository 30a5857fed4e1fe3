import type { LakeCommand } from "../command";
import { exitCodes } from "../exit-codes";
import type { Lake } from "../lake";
import { withClients } from "../lake-clients";
import { ENGINEER, personOf, personOptions } from "../person";
import { describeRuns, runDocument } from "../runs/describe";
import { type Held, heldOf, isTroubled, latestRuns, runsOfJob } from "../runs/history";
import { chosenJobs } from "../runs/jobs";
import { plural } from "../table";
import { wholeNumber } from "./logs";

/** Shows what ran lately and what is held. */
export const runs: LakeCommand = {
  name: "runs",
  args: "[job]",
  summary: "Show the latest runs of jobs: what came in, what became of it, and why runs failed",
  description:
    "A job makes the table of a dataset (sales/orders) or a mart (sales/seller_performance). Exit code 3 if anything is held because its batch failed.",
  examples: [
    ["runs", "of every job, the latest first"],
    ["runs sales/orders --limit 50", "of one job"],
    ["runs --failed --json", "those that failed, for a script, with their whole reasons"],
  ],
  options: (command) =>
    personOptions(command, ENGINEER)
      .option("--account <name>", "the lake, if there are several")
      .option("--failed", "only runs that were refused, failed or were lost")
      .option("--limit <number>", "how many runs to show", wholeNumber, 20),
  async run(lake, [name], options) {
    const { account, failed, limit } = options;
    const { account: owner, jobs } = chosenJobs(lake, account as string | undefined, name);
    return withClients(lake, owner, personOf(options, ENGINEER), async (clients) => {
      const accept = failed === true ? isTroubled : () => true;
      const [only] = name === undefined ? [] : jobs;
      const found =
        only === undefined
          ? await latestRuns(clients, limit as number, accept)
          : await runsOfJob(clients, only, limit as number, accept);
      const held = (await Promise.all(jobs.map((job) => heldOf(clients, job)))).flat();
      const none = failed === true ? "No run has failed." : "Nothing has run yet.";
      const text = [found.length === 0 ? none : describeRuns(found), ...describeHeld(lake, owner.name, held)];
      return {
        document: { account: owner.name, runs: found.map(runDocument), held },
        text: text.join("\n"),
        exitCode: held.length === 0 ? exitCodes.ok : exitCodes.attention,
      };
    });
  },
};

function describeHeld(lake: Lake, account: string, held: readonly Held[]): string[] {
  if (held.length === 0) return [];
  return [
    "",
    "Held until the cause is put right:",
    ...held.map(({ job, batch, objects }) => {
      const retry = lake.suggestion(`run ${job} --retry-held`, account);
      return `  ${job}: ${plural(objects, "object")} of batch ${batch}; then \`${retry}\``;
    }),
  ];
}
