import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import { generateFreight } from "../../../samples";
import type { LakeCommand } from "../../command";
import { InputError } from "../../exit-codes";
import { loadIntoDatabase } from "../../sources/load";
import { formatCount } from "../../table";
import { wholeNumber } from "../logs";

/** What the generator makes rows of: the table of the source that ships with the project. */
const DATASET = "freight/shipments";
const FOLDER = "freight_sample";
const SEED = 7;
/** Rows are dated some minutes back: a source reads up to its lag behind the database's clock. */
const BACK_MS = 3 * 60_000;

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
    if (owner.database === false) {
      throw new InputError(
        `The lake ${owner.name} has no database of its own.`,
        `Set database: { name: "freight" } in accounts/${owner.name}.ts and deploy.`,
      );
    }
    const file = await lake.progress.step("Sample shipments", async (step) => {
      const made = await generateFreight({
        directory: join(lake.paths.sample, FOLDER),
        ...{ rows: rows as number, round: round as number, seed: SEED, asOf: new Date(Date.now() - BACK_MS) },
      });
      step.note(`${formatCount(made.rows)} rows`);
      return made;
    });
    await lake.progress.step("Load into the database", (step) =>
      loadIntoDatabase(lake, owner, { path: file.path, dataset: DATASET, folder: FOLDER }, step),
    );
    return {
      document: { account: owner.name, dataset: DATASET, round, rows: file.rows },
      text: `${formatCount(file.rows)} rows are in the database. Bring them into the lake with \`npm run lake -- ingest freight\`.`,
    };
  },
};
