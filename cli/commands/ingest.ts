import { Option } from "commander";
import type { LakeCommand } from "../command";
import { exitCodes } from "../exit-codes";
import { describeRuns, runDocument } from "../runs/describe";
import { bringIn } from "../sources/bring";
import { askedDocument, describeAsked, isWellRead } from "../sources/outcomes";
import { chosenSources } from "../sources/sources";
import { duration } from "./upload";

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
      return {
        document: { account: owner.name, sources: [] },
        text: `No database is read into the lake ${owner.name}.`,
      };
    const { asked, runs, problems } = await bringIn(lake, owner, sources, timeout as number);
    const isFine = isWellRead(asked) && problems.length === 0;
    return {
      document: { account: owner.name, sources: asked.map(askedDocument), runs: runs.map(runDocument), problems },
      text: [
        describeAsked(asked),
        ...(runs.length === 0 ? [] : ["", describeRuns(runs)]),
        ...(problems.length === 0 ? [] : ["", ...problems]),
      ].join("\n"),
      exitCode: isFine ? exitCodes.ok : exitCodes.attention,
    };
  },
};
