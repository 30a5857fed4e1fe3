import type { LakeCommand } from "../../command";
import { withClients } from "../../lake-clients";
import { ENGINEER, personOf, personOptions } from "../../person";
import { attemptDocument, describeAttempts } from "../../sources/describe";
import { chosenSources, knownTable, tablesOf } from "../../sources/sources";
import { attemptsAt } from "../../sources/store";
import { wholeNumber } from "../logs";

/** Shows the windows that were read. */
export const sourceHistory: LakeCommand = {
  name: "source history",
  args: "[table]",
  summary: "Show which windows of tables were read, what came of each attempt, and why some failed",
  examples: [
    ["source history", "of every table, the latest first"],
    ["source history freight/shipments --limit 50", "of one table"],
    ["source history --failed --json", "those that failed, for a script"],
  ],
  options: (command) =>
    personOptions(command, ENGINEER)
      .option("--account <name>", "the lake, if there are several")
      .option("--failed", "only attempts that failed or were lost")
      .option("--limit <number>", "how many attempts to show", wholeNumber, 20),
  async run(lake, [name], options) {
    const { account, failed, limit } = options;
    const { account: owner, sources } = chosenSources(lake, account as string | undefined, undefined);
    const tables = name === undefined ? tablesOf(sources) : [knownTable(name, sources)];
    return withClients(lake, owner, personOf(options, ENGINEER), async (clients) => {
      const isWanted = ({ status }: { readonly status: string }) =>
        failed !== true || status === "failed" || status === "lost";
      const found = await Promise.all(
        tables.map(async ({ id }) =>
          (await attemptsAt(clients, id, limit as number, isWanted)).map((attempt) => ({ id, ...attempt })),
        ),
      );
      const latest = found
        .flat()
        .sort((a, b) => (a.started_at < b.started_at ? 1 : -1))
        .slice(0, limit as number);
      const none = failed === true ? "No attempt has failed." : "Nothing has been read yet.";
      return {
        document: { account: owner.name, attempts: latest.map(({ id, ...attempt }) => attemptDocument(id, attempt)) },
        text: latest.length === 0 ? none : describeAttempts(latest),
      };
    });
  },
};
