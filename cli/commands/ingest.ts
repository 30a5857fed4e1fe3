import { Option } from "commander";
import type { LakeCommand } from "../command";
import { exitCodes } from "../exit-codes";
import { inParallel } from "../in-parallel";
import { withClients } from "../lake-clients";
import { describeRuns, runDocument } from "../runs/describe";
import { isTroubled } from "../runs/history";
import { waitUntilSettled } from "../runs/settle";
import { ask } from "../sources/ingest";
import { askedDocument, describeAsked, isWellRead } from "../sources/outcomes";
import { chosenSources, tablesOf } from "../sources/sources";
import { plural } from "../table";
import { duration } from "./upload";

const sourcesAtOnce = 8;

/** Brings in what is new in databases, all the way to the tables that people ask. */
export const ingest: LakeCommand = {
  name: "ingest",
  args: "[source]",
  summary: "Bring in what is new in databases, and wait until the refined tables have it",
  description:
    "Reads the next window of every table of every source, or of one, and waits for the jobs that follow. Exit code 3 if something failed or did not end.",
  examples: [
    ["ingest", "everything that is new, everywhere"],
    ["ingest freight", "of one database"],
  ],
  options: (command) =>
    command
      .option("--account <name>", "the lake, if there are several")
      .addOption(
        new Option("--timeout <time>", "how long to wait at most").argParser(duration).default(duration("2h"), "2h"),
      ),
  async run(lake, [name], { account, timeout }) {
    const { account: owner, sources } = chosenSources(lake, account as string | undefined, name);
    if (sources.length === 0)
      return { document: { account: owner.name, sources: [] }, text: "No database is declared." };
    const deadline = Date.now() + (timeout as number);
    return withClients(lake, owner, "operator", async (clients) => {
      const asked = await lake.progress.step("Read databases", async (step) => {
        step.say(plural(tablesOf(sources).length, "table"));
        return inParallel(sourcesAtOnce, sources, (source) =>
          ask(clients, { action: "run", source: source.id }, tablesOf([source]), deadline - Date.now()),
        );
      });
      const datasets = [...new Set(tablesOf(sources).map(({ table }) => table.dataset))];
      const jobs = owner.zones.length > 2 ? datasets.map((id) => ({ id, layer: "refine" as const })) : [];
      const settled = await lake.progress.step("Spark jobs", (step) =>
        waitUntilSettled(clients, jobs, { timeoutMs: deadline - Date.now(), outputs: [] }, step),
      );
      const problems = [
        ...settled.stuck.map((job) => `${job} has work that nobody has done; see \`npm run lake -- runs ${job}\``),
        ...settled.runs.filter(isTroubled).map(({ job, status, reason }) => `${job} ${status}: ${reason}`),
      ];
      const isFine = isWellRead(asked) && problems.length === 0;
      return {
        document: {
          account: owner.name,
          sources: asked.map(askedDocument),
          runs: settled.runs.map(runDocument),
          problems,
        },
        text: [
          describeAsked(asked),
          ...(settled.runs.length === 0 ? [] : ["", describeRuns(settled.runs)]),
          ...(problems.length === 0 ? [] : ["", ...problems]),
        ].join("\n"),
        exitCode: isFine ? exitCodes.ok : exitCodes.attention,
      };
    });
  },
};
