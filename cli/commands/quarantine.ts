import { highestClassification } from "../../contracts/contract";
import { nearest } from "../../contracts/nearest";
import { type Clearance, highestOf } from "../../contracts/people";
import type { LakeCommand } from "../command";
import { InputError, together } from "../exit-codes";
import type { Lake } from "../lake";
import { withClients } from "../lake-clients";
import { datasetIds } from "../ledger";
import { ENGINEER, personOf, personOptions } from "../person";
import { type Contents, downloadAll, readQuarantine } from "../quarantine";
import { formatCount, plural, table } from "../table";
import { wholeNumber } from "./logs";
import { typedFrom } from "./upload";

/** Lists what was refused. */
export const quarantine: LakeCommand = {
  name: "quarantine",
  args: "[dataset]",
  summary: "Show rows and files that were refused, each with the reason",
  examples: [
    ["quarantine", "of every dataset, the latest files first"],
    ["quarantine sales/orders --limit 100", "the first 100 rows of one dataset"],
    ["quarantine unknown", "files that belong to no dataset"],
    ["quarantine sales/orders --download refused/", "everything of one dataset, as files"],
  ],
  options: (command) =>
    personOptions(command, { persona: "data-engineer", clearance: "the classification of what is shown" })
      .option("--account <name>", "the lake, if there are several")
      .option("--limit <number>", "how many rows to show", wholeNumber, 20)
      .option("--download <folder>", "also copy the refused rows and files into this folder"),
  async run(lake, [dataset], options) {
    const { account, limit, download } = options;
    const [datasets, owner] = together(
      () => (dataset === undefined ? datasetIds(lake) : [knownDataset(lake, dataset)]),
      () => lake.lakeAccount(account as string | undefined),
    );
    const person = personOf(options, { ...ENGINEER, clearance: clearanceFor(lake, datasets) });
    return withClients(lake, owner, person, async (clients) => {
      const contents = await readQuarantine(clients, datasets, limit as number);
      const folder = download as string | undefined;
      const base = typedFrom(lake.environment);
      const downloaded =
        folder === undefined
          ? undefined
          : await lake.progress.step("Download", (step) => downloadAll(clients, contents, folder, base, step));
      const { sources, ...shown } = contents;
      return { document: { account: owner.name, ...shown, downloaded }, text: describe(contents, downloaded) };
    });
  },
};

/** What was refused is as sensitive as its dataset; nobody knows that of files without one. */
function clearanceFor({ contracts }: Lake, datasets: readonly string[]): Clearance {
  const known = new Map(contracts.map((contract) => [contract.id, highestClassification(contract)]));
  return highestOf(datasets.map((dataset) => known.get(dataset) ?? "secret"));
}

function knownDataset(lake: Lake, name: string): string {
  const ids = datasetIds(lake);
  const found = ids.find((id) => id === name || id.endsWith(`/${name}`));
  if (found !== undefined) return found;
  const meant = nearest(name, [...ids, ...ids.map((id) => id.split("/").at(-1) ?? id)]);
  throw new InputError(
    `There is no dataset ${name}.`,
    meant === undefined ? `Use one of ${ids.join(", ")}.` : `Did you mean ${meant}?`,
  );
}

function describe({ files, rows, rowsInAll }: Contents, downloaded: readonly string[] | undefined): string {
  const sections: string[] = [];
  if (files.length > 0) {
    const lines = files.map(({ object, reason }) => [keyOf(object), reason]);
    sections.push(`${plural(files.length, "file")} that could not be read\n${table(["file", "reason"], lines)}`);
  }
  if (rows.length > 0) {
    const lines = rows.flatMap(({ source, row, line_number, errors }) =>
      errors.map(({ column, value, reason }) => [
        ...[keyOf(source), row, line_number ?? "-"],
        ...[column ?? "-", shorten(value), reason],
      ]),
    );
    const shown = rows.length < rowsInAll ? `, the first ${formatCount(rows.length)} of them` : "";
    sections.push(
      `${plural(rowsInAll, "row")} refused${shown}\n${table(["file", "row", "line", "column", "value", "reason"], lines)}`,
    );
  }
  if (downloaded !== undefined) sections.push(`${plural(downloaded.length, "file")} downloaded`);
  return sections.length === 0 ? "Nothing is in quarantine." : sections.join("\n\n");
}

/** The part of an address that differs between files. */
function keyOf(address: string): string {
  return address.replace(/^s3:\/\/[^/]+\//, "");
}

function shorten(value: string | null | undefined): string {
  const text = value === undefined || value === null ? "-" : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
