import type { LakeCommand } from "../command";
import { asAnalyst } from "../query/analyst";
import { listTables } from "../query/catalog";
import { plural, table } from "../table";

/** Lists what can be asked. */
export const tables: LakeCommand = {
  name: "tables",
  args: "[database]",
  summary: "List the tables and views of the lake",
  examples: [
    ["tables", "all of them"],
    ["tables refined_sales", "those of one database"],
  ],
  options: (command) => command.option("--account <name>", "the lake, if there are several"),
  async run(lake, [database], { account }) {
    const owner = lake.lakeAccount(account as string | undefined);
    return asAnalyst(lake, owner, undefined, async (analyst) => {
      const found = await listTables(analyst, database);
      const lines = found.map(({ table: name, format, owner: by, classification, freshness }) => [
        ...[name, format, by, classification, freshness],
      ]);
      const header = ["table", "format", "owner", "classification", "freshness"];
      const text =
        found.length === 0 ? "There are no tables." : `${table(header, lines)}\n\n${plural(found.length, "table")}`;
      return { document: { account: owner.name, tables: found }, text };
    });
  },
};
