import { Option } from "commander";
import type { Step } from "../../tools/setup/progress";
import type { LakeCommand } from "../command";
import { exitCodes } from "../exit-codes";
import { type LakeClients, withClients } from "../lake-clients";
import { ENGINEER, personOf, personOptions } from "../person";
import { describeRuns, runDocument } from "../runs/describe";
import { chosenJobs, type Job } from "../runs/jobs";
import { type AskedJob, startJob, waitForEnds } from "../runs/start";
import { duration } from "./upload";

interface RunOptions {
  readonly account?: string;
  readonly retryHeld?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
}

/** Starts jobs. */
export const run: LakeCommand = {
  name: "run",
  args: "<job>",
  summary: "Run a job now: load what waits for a dataset's table, or make a mart anew",
  description:
    "Jobs start by themselves; this is for what was held, and for those who cannot wait. `all` runs the jobs of every dataset and, when none of them has anything to do or their end is waited for, those of every mart. Exit code 3 if a run that was waited for was refused, failed or did not end.",
  examples: [
    ["run sales/orders", "load the files that wait"],
    ["run sales/orders --retry-held --wait", "also what failed for good, and show what becomes of it"],
    ["run sales/seller_performance --wait", "make a mart, whether its inputs have changed or not"],
    ["run all --wait", "everything"],
  ],
  options: (command) =>
    personOptions(command, ENGINEER)
      .option("--account <name>", "the lake, if there are several")
      .option("--retry-held", "also try again what is held because its batch failed")
      .option("--wait", "wait until the run has ended, and show how")
      .addOption(
        new Option("--timeout <time>", "how long to wait at most").argParser(duration).default(duration("1h"), "1h"),
      ),
  async run(lake, [name = ""], options) {
    const chosen = options as RunOptions;
    const { account: owner, jobs } = chosenJobs(lake, chosen.account, name === "all" ? undefined : name);
    return withClients(lake, owner, personOf(options, ENGINEER), async (clients) => {
      const asked = await lake.progress.step(name === "all" ? "Run all jobs" : `Run ${name}`, (step) =>
        runJobs(clients, jobs, chosen, step),
      );
      const ends = asked.flatMap(({ end }) => end ?? []);
      const isBad = ends.some(({ status }) => !["succeeded", "unchanged"].includes(status));
      return {
        document: { account: owner.name, jobs: asked.map(document) },
        text: describe(asked),
        exitCode: isBad ? exitCodes.attention : exitCodes.ok,
      };
    });
  },
};

/** One layer after the other: marts are made of what the datasets' jobs load. */
async function runJobs(clients: LakeClients, jobs: readonly Job[], options: RunOptions, step: Step) {
  const asked: AskedJob[] = [];
  for (const layer of ["refine", "curate"] as const) {
    const wouldBeStale = options.wait !== true && asked.some(({ started }) => started !== null);
    if (wouldBeStale) break;
    const ofLayer = [];
    for (const job of jobs.filter((one) => one.layer === layer)) {
      step.say(job.id);
      ofLayer.push({ ...(await startJob(clients, job, options.retryHeld === true)), layer });
    }
    asked.push(...(options.wait === true ? await waitForEnds(clients, ofLayer, options.timeout, step) : ofLayer));
  }
  return asked;
}

function document({ end, ...asked }: AskedJob): object {
  if (end === undefined) return asked;
  const { status, reason, run: recorded } = end;
  return { ...asked, end: { status, reason, run: recorded && runDocument(recorded) } };
}

function describe(asked: readonly AskedJob[]): string {
  const recorded = asked.flatMap(({ end }) => end?.run ?? []);
  const idle = asked.filter(({ started, running }) => started === null && running === undefined);
  return [
    ...(recorded.length === 0 ? [] : [describeRuns(recorded)]),
    ...asked.filter(({ end }) => end === undefined).flatMap((job) => (idle.includes(job) ? [] : [describeStart(job)])),
    ...asked.flatMap(({ job, end }) => (end?.reason === undefined ? [] : [`${job} ${end.status}: ${end.reason}`])),
    ...idle.map(({ job, reason }) => `${job} was not started: ${reason}`),
  ].join("\n");
}

function describeStart({ job, started, reason }: AskedJob): string {
  return started === null ? `${job}: ${reason}` : `${job} runs as ${started.split(":").at(-1)}`;
}
