import type { LakeCommand } from "../command";
import { showDatabase } from "../demo/database";
import { showLayers } from "../demo/layers";
import { deploy } from "../deploy";
import { exitCodes, InputError } from "../exit-codes";
import { disagreements, makeOnlySample } from "../sample";
import { chooseDatabase } from "../sources/database";
import { describeSummaries } from "../summary-table";
import { formatCount } from "../table";
import { summarizeUpload, troubled, upload } from "../upload/upload";
import { duration } from "./upload";

const SAMPLE = { orders: 2000, seed: 7, defects: true };

const NEXT = `Next:
  npm run lake -- status                        # what arrived, what waits, why files failed
  npm run lake -- quarantine sales/orders       # which rows were refused, and why
  npm run lake -- runs                          # what ran, and what became of its rows
  npm run lake -- tables                        # what can be asked
  npm run lake -- upload path/to/files --wait   # bring your own
  npm run lake -- --help
  npm stop                                      # ends the local AWS; what is in it is lost`;

/** Shows the whole product at work. */
export const demo: LakeCommand = {
  name: "demo",
  summary: "Deploy the lake, bring sample files through all zones and account for every row (what `npm start` does)",
  description:
    "Running it again changes nothing. Exit code 3 if a row is missing: for every file, rows in must be rows out plus rows in quarantine, and both what the generator says.",
  examples: [
    ["demo", "from nothing to a table of what arrived; the local AWS goes on running"],
    ["demo --with-database", "also by way of a database, in two windows"],
  ],
  options: (command) =>
    command
      .option("--account <name>", "the lake, if there are several (default: the first)")
      .option(
        "--with-database",
        "also deploy a database, fill it, change rows in it, and bring in both windows (two minutes more)",
      )
      .option("-y, --yes", "do it on AWS, too, where it mixes with your data"),
  async run(lake, _args, { account: wanted, withDatabase, yes }) {
    if (!lake.isLocal && yes !== true) {
      throw new InputError("On AWS this puts invented files into your lake.", "Add --yes, or leave LAKE_TARGET out.");
    }
    if (withDatabase === true) chooseDatabase(lake, wanted as string | undefined);
    lake.checkConfiguration();
    const { name: account } = lake.lakeAccount((wanted as string | undefined) ?? lake.accounts.lakes[0]?.name);
    const deployed = await deploy(lake, { lakeName: wanted });
    const manifest = await makeOnlySample(lake, { ...SAMPLE, directory: lake.paths.sample });
    const { files } = await upload(lake, [lake.paths.sample], { account, waitMs: duration("15m") });
    const datasets = summarizeUpload(files);
    const outputs = files.flatMap(({ outcome }) => outcome?.entry?.outputs ?? []);
    const layers = await showLayers(lake, account, outputs, duration("30m"));
    const database = withDatabase === true ? await showDatabase(lake, account, duration("30m")) : undefined;
    const problems = [
      ...(database?.problems ?? []),
      ...disagreements(manifest, files),
      ...troubled(files).map(
        ({ file, outcome }) => `${file}: ${outcome?.state}, ${outcome?.entry?.reason ?? "rows do not add up"}`,
      ),
      ...layers.problems,
    ];
    const uploaded = files.filter(({ status }) => status === "uploaded").length;
    const rows = datasets.reduce((sum, { rowsIn }) => sum + rowsIn, 0);
    const verdict =
      problems.length === 0
        ? `All ${formatCount(rows)} rows are accounted for, from file to mart: rows in = rows out + quarantined, and what left raw was inserted, updated or merged.`
        : `Rows are missing:\n  ${problems.join("\n  ")}`;
    return {
      document: {
        ...deployed,
        account,
        uploaded,
        rows,
        datasets,
        refined: layers.refined,
        top: layers.answer,
        ...(database === undefined ? {} : { database: { rows: database.rows } }),
        reconciles: problems.length === 0,
        problems,
      },
      text: [describeSummaries(datasets, "duration"), layers.text, database?.text ?? "", verdict, NEXT]
        .filter((part) => part !== "")
        .join("\n\n"),
      exitCode: problems.length === 0 ? exitCodes.ok : exitCodes.attention,
    };
  },
};
