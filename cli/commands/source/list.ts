import type { LakeCommand } from "../../command";
import { exitCodes } from "../../exit-codes";
import { withClients } from "../../lake-clients";
import { ENGINEER, personOf, personOptions } from "../../person";
import { attemptDocument, describeTables, type TableShown } from "../../sources/describe";
import { chosenSources, tablesOf } from "../../sources/sources";
import { attemptsAt, stateOf } from "../../sources/store";

/** Shows the databases and how far their tables have been read. */
export const sourceList: LakeCommand = {
  name: "source list",
  summary: "Show the tables of databases that are brought in, and up to when each has been read",
  description:
    "Databases are declared in domains/<domain>/sources/. Exit code 3 if the last run of a table has failed; the same window is read again at its next run.",
  examples: [
    ["source list", "all of them"],
    ["source list --json", "for a script, with the last run's figures"],
  ],
  options: (command) => personOptions(command, ENGINEER).option("--account <name>", "the lake, if there are several"),
  async run(lake, _args, options) {
    const { account } = options;
    const { account: owner, sources } = chosenSources(lake, account as string | undefined, undefined);
    const tables = tablesOf(sources);
    if (tables.length === 0)
      return {
        document: { account: owner.name, tables: [] },
        text: `No database is read into the lake ${owner.name}.`,
      };
    return withClients(lake, owner, personOf(options, ENGINEER), async (clients) => {
      const shown = await Promise.all(
        tables.map(async (one): Promise<TableShown> => {
          const [state, [last]] = await Promise.all([stateOf(clients, one.id), attemptsAt(clients, one.id, 1)]);
          return { ...one, state, last };
        }),
      );
      const isBad = shown.some(({ last }) => last?.status === "failed" || last?.status === "lost");
      return {
        document: {
          account: owner.name,
          tables: shown.map(({ id, source, table, state, last }) => ({
            table: id,
            dataset: table.dataset,
            compute: source.compute,
            schedule: source.schedule,
            window: table.window,
            readUpTo: state?.committed_stop,
            heldBy: state?.holder,
            last: last && attemptDocument(id, last),
          })),
        },
        text: describeTables(shown),
        exitCode: isBad ? exitCodes.attention : exitCodes.ok,
      };
    });
  },
};
