import { landing } from "../../contracts/layout";
import type { LakeCommand } from "../command";
import { asAnalyst, askingOf, landingOptions } from "../query/analyst";
import { findTable, type TableDescription } from "../query/catalog";
import { snapshotsOf } from "../query/history";
import { formatCount, table } from "../table";

/** Tells what a table has and who stands behind it. */
export const describe: LakeCommand = {
  name: "describe",
  args: "<table>",
  summary: "Show the columns of a table, what they mean, and who owns it",
  examples: [
    ["describe refined_sales.orders", "a table by its whole name"],
    ["describe orders --json", "by its own name, if there is only one"],
  ],
  options: (command) => landingOptions(command),
  async run(lake, [name = ""], options) {
    const { account, landing: isLanding } = options;
    const owner = lake.lakeAccount(account as string | undefined);
    return asAnalyst(lake, owner, askingOf(lake, owner, options, name), async (analyst) => {
      const whole = isLanding === true && !name.includes(".") ? `${landing}.${name}` : name;
      const found = await findTable(analyst, whole);
      // Only Iceberg keeps count of its rows.
      const [latest] = found.format === "Iceberg" ? await snapshotsOf(analyst, found.table, 1) : [];
      const description = latest?.rows === undefined ? found : { ...found, rows: latest.rows };
      return { document: { account: owner.name, ...description }, text: textOf(description) };
    });
  },
};

function textOf(description: TableDescription): string {
  const { columns, rows, ...facts } = description;
  const lines: [string, string | undefined][] = [
    ["format", facts.format],
    ["owner", facts.owner],
    ["classification", facts.classification],
    ["freshness", facts.freshness],
    ["location", facts.location],
    ["changed", facts.updatedAt],
    ["rows", rows === undefined ? undefined : formatCount(rows)],
  ];
  const width = Math.max(...lines.map(([key]) => key.length));
  const known = lines.flatMap(([key, value]) => (value === undefined ? [] : [`${key.padEnd(width)}  ${value}`]));
  const body = columns.map(({ name, type, comment, isPartition }) => [
    ...[name, type, [isPartition ? "(partition)" : "", comment ?? ""].filter((part) => part !== "").join(" ")],
  ]);
  return [
    [facts.table, facts.description].filter((part) => part !== undefined && part !== "").join(": "),
    known.join("\n"),
    table(["column", "type", "comment"], body),
  ].join("\n\n");
}
