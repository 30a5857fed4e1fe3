import { InvalidArgumentError } from "commander";
import type { LakeCommand } from "../../command";
import { InputError } from "../../exit-codes";
import { checkDatabase } from "../../sources/database";
import { addSample, SAMPLE_DATASET } from "../../sources/sample";
import { formatCount } from "../../table";
import { wholeNumber } from "../logs";

/** Parses the number of a round. */
function roundOf(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  return Number(text);
}

/** Puts sample shipments into the account's own database. */
export const sourceAddSample: LakeCommand = {
  name: "source add-sample",
  summary: "Put sample shipments into the lake's own database, and changes to them",
  description:
    "Round 0 brings the shipments that are there at first; each further round adds a twentieth and corrects a tenth, as of now. The account needs a database of its own (docs/ingestion.md).",
  examples: [
    ["source add-sample", "20,000 shipments"],
    ["source add-sample --round 1", "the first changes to them"],
    ["source add-sample --rows 1000000", "a million"],
  ],
  options: (command) =>
    command
      .option("--account <name>", "the lake, if there are several")
      .option("--rows <number>", "how many shipments there are at first", wholeNumber, 20_000)
      .option("--round <number>", "0 for the first rows, then 1, 2 and so on for changes", roundOf, 0)
      .option("-y, --yes", "do it on AWS, too"),
  async run(lake, _args, { account, rows, round, yes }) {
    const owner = lake.lakeAccount(account as string | undefined);
    if (!lake.isLocal && yes !== true) {
      throw new InputError(
        "On AWS this puts invented rows into your database.",
        "Add --yes, or leave LAKE_TARGET out.",
      );
    }
    checkDatabase(lake, owner);
    const file = await addSample(lake, owner, rows as number, round as number);
    return {
      document: { account: owner.name, dataset: SAMPLE_DATASET, round, rows: file.rows },
      text: `${formatCount(file.rows)} rows are in the database. Bring them into the lake with \`npm run lake -- ingest freight\`.`,
    };
  },
};
