import { Option } from "commander";
import type { LakeCommand } from "../../command";
import { InputError } from "../../exit-codes";
import { withClients } from "../../lake-clients";
import { ENGINEER, personOf, personOptions } from "../../person";
import { ask } from "../../sources/ingest";
import { resultOf } from "../../sources/outcomes";
import { chosenSources, knownTable, tablesOf } from "../../sources/sources";
import { duration } from "../upload";

/** Reads the next windows of a database's tables. */
export const sourceRun: LakeCommand = {
  name: "source run",
  args: "<source>",
  summary: "Read the next windows of a database's tables now",
  description:
    "Sources with a schedule run by themselves. A table that is being read already is left alone. Exit code 3 if a table that was waited for could not be read: its window stays, and the next run reads the very same.",
  examples: [
    ["source run freight", "all its tables"],
    ["source run freight --table shipments --wait", "one table, and show what came of it"],
  ],
  options: (command) =>
    personOptions(command, ENGINEER)
      .option("--account <name>", "the lake, if there are several")
      .option("--table <name...>", "only these tables")
      .option("--wait", "wait until the run has ended, and show how")
      .addOption(
        new Option("--timeout <time>", "how long to wait at most").argParser(duration).default(duration("2h"), "2h"),
      ),
  async run(lake, [name = ""], options) {
    const { account, table, wait, timeout } = options;
    const { account: owner, sources } = chosenSources(lake, account as string | undefined, name);
    const [source] = sources;
    if (source === undefined)
      throw new InputError(`There is no source ${name}.`, "`npm run lake -- source list` lists them.");
    const names = table as readonly string[] | undefined;
    const tables = names === undefined ? tablesOf(sources) : names.map((one) => knownTable(one, sources));
    const waitMs = wait === true ? (timeout as number) : undefined;
    return withClients(lake, owner, personOf(options, ENGINEER), async (clients) => {
      const asked = await lake.progress.step(`Read ${source.id}`, () => {
        const only = names === undefined ? {} : { tables: tables.map((one) => one.table.name) };
        return ask(clients, { action: "run", source: source.id, ...only }, tables, waitMs);
      });
      return resultOf(owner.name, asked);
    });
  },
};
