import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import type { LakeCommand } from "../command";
import { checkFolder, makeSample, rowsOf } from "../sample";
import { plural, table } from "../table";
import { wholeNumber } from "./logs";
import { typedFrom } from "./upload";

/** Parses the seed of a random generator. */
function seed(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  return Number(text);
}

/** Generates sample data. */
export const sample: LakeCommand = {
  name: "sample",
  args: "<folder>",
  summary: "Generate files of an invented shop, of any size, to try things with",
  description:
    "The files are named and shaped like the public Olist data. The same options give the same bytes on every machine. The folder must be empty, or new.",
  examples: [
    ["sample shop/", "10,000 orders, all of them fine"],
    ["sample shop/ --orders 1000000 --seed 42", "five million rows"],
    ["sample shop/ --defects", "with everything that goes wrong in real files"],
  ],
  options: (command) =>
    command
      .option("--orders <number>", "how many orders; everything else follows from it", wholeNumber, 10_000)
      .option("--seed <number>", "another seed gives other data", seed, 7)
      .option("--defects", "add broken rows, broken files and files that belong to no dataset"),
  async run(lake, [folder = ""], { orders, seed: chosen, defects }) {
    const directory = resolve(typedFrom(lake.environment), folder);
    checkFolder(directory);
    const options = { directory, orders: orders as number, seed: chosen as number, defects: defects === true };
    const manifest = await makeSample(lake, options);
    const rows = manifest.files.map(({ name, rows: count, valid, refused }) => [
      name,
      count,
      count - valid,
      refused ?? "",
    ]);
    return {
      document: { directory, rows: rowsOf(manifest), ...manifest },
      text: [
        table(["file", "rows", "broken", "to be refused as a whole, because"], rows),
        "",
        `${plural(manifest.files.length, "file")} in ${directory}. Bring them in with \`npm run lake -- upload ${folder} --wait\`.`,
      ].join("\n"),
    };
  },
};
