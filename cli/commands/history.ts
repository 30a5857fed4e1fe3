import type { LakeCommand } from "../command";
import { InputError } from "../exit-codes";
import { asAnalyst, askingOf, askingOptions } from "../query/analyst";
import { findTable } from "../query/catalog";
import { snapshotsOf } from "../query/history";
import { table } from "../table";
import { wholeNumber } from "./logs";

/** Tells what became of a table over time. */
export const history: LakeCommand = {
  name: "history",
  args: "<table>",
  summary: "Show when a table changed, by which batch, and how many rows came and went",
  description: "Only Iceberg tables have a history. Query one of its states with FOR VERSION AS OF <snapshot>.",
  examples: [
    ["history refined_sales.orders", "the latest changes first"],
    ["history refined_sales.orders --limit 1 --json", "the latest one, for a script"],
  ],
  options: (command) => askingOptions(command).option("--limit <number>", "how many changes to show", wholeNumber, 20),
  async run(lake, [name = ""], options) {
    const { account, limit } = options;
    const owner = lake.lakeAccount(account as string | undefined);
    return asAnalyst(lake, owner, askingOf(lake, owner, options, name), async (analyst) => {
      const { table: found, format } = await findTable(analyst, name);
      if (format !== "Iceberg") {
        const message = `${found} has no history: it is ${format === "view" ? "a view" : `made of ${format} files`}.`;
        throw new InputError(message, "`npm run lake -- tables` shows which tables are Iceberg.");
      }
      const snapshots = await snapshotsOf(analyst, found, limit as number);
      const lines = snapshots.map(({ when, operation, addedRows, removedRows, rows, batch, id }) => [
        ...[when, operation, addedRows, removedRows, rows, batch, id],
      ]);
      const header = ["when", "operation", "rows added", "rows removed", "rows", "batch", "snapshot"];
      const text = snapshots.length === 0 ? `Nothing has been written to ${found} yet.` : table(header, lines);
      return { document: { account: owner.name, table: found, snapshots }, text };
    });
  },
};
