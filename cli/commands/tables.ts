import { landing } from "../../contracts/layout";
import type { LakeCommand } from "../command";
import { asAnalyst, askingOf, landingOptions } from "../query/analyst";
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
    ["tables --landing", "those of files that no contract declares"],
  ],
  options: (command) => landingOptions(command),
  async run(lake, [database], options) {
    const { account, landing: isLanding } = options;
    const owner = lake.lakeAccount(account as string | undefined);
    return asAnalyst(lake, owner, askingOf(lake, owner, options, ""), async (analyst) => {
      const found = await listTables(analyst, database ?? (isLanding === true ? landing : undefined));
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
