import { accessSync, constants, mkdirSync, readdirSync, rmSync } from "node:fs";
import { generateSales, type SalesManifest, type SampleFile } from "../samples";
import { InputError } from "./exit-codes";
import type { Lake } from "./lake";
import { formatCount, plural } from "./table";
import type { UploadedFile } from "./upload/upload";

export interface SampleOptions {
  readonly directory: string;
  readonly orders: number;
  readonly seed: number;
  readonly defects: boolean;
}

/** @throws InputError unless files can be written there and none are there that somebody would upload with them. */
export function checkFolder(directory: string): void {
  const fix = "Name a folder that is empty or does not exist yet.";
  let names: string[];
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
    names = readdirSync(directory).filter((name) => !name.startsWith("."));
  } catch (error) {
    throw new InputError(`${directory} cannot be used as a folder: ${(error as Error).message}`, fix);
  }
  if (names.length === 0) return;
  throw new InputError(
    `${directory} is not empty: with ${plural(names.length, "old file")} beside the new ones, an upload would double datasets.`,
    fix,
  );
}

/** Generates sample data: the same options give the same bytes. */
export async function makeSample(lake: Lake, options: SampleOptions): Promise<SalesManifest> {
  return lake.progress.step("Sample data", async (step) => {
    const manifest = await generateSales(options);
    step.note(`${formatCount(rowsOf(manifest))} rows in ${plural(manifest.files.length, "file")}`);
    return manifest;
  });
}

/** The same in a folder that has nothing else in it. */
export async function makeOnlySample(lake: Lake, options: SampleOptions): Promise<SalesManifest> {
  rmSync(options.directory, { recursive: true, force: true });
  return makeSample(lake, options);
}

/** Rows of the files that can be read. */
export function rowsOf({ files }: SalesManifest): number {
  return files.reduce((sum, { rows, refused }) => (refused === undefined ? sum + rows : sum), 0);
}

/** Where the lake and the generator disagree about what is in the files. */
export function disagreements(manifest: SalesManifest, uploaded: readonly UploadedFile[]): string[] {
  return manifest.files.flatMap((expected) => {
    const found = uploaded.find(({ file }) => file === expected.path);
    const [wanted, seen] = [describeExpected(expected), describeFound(found)];
    return wanted === seen ? [] : [`${expected.name}: generated ${wanted}, but the lake has ${seen}`];
  });
}

function describeExpected({ rows, valid, refused }: SampleFile): string {
  return refused === undefined ? describeRows(rows, valid, rows - valid) : "a file to refuse";
}

function describeFound(found: UploadedFile | undefined): string {
  const { state, entry } = found?.outcome ?? {};
  if (state === "quarantined") return "a file to refuse";
  if (state !== "loaded") return `nothing yet (${state ?? "not uploaded"})`;
  return describeRows(entry?.rows_in ?? 0, entry?.rows_out ?? 0, entry?.rows_quarantined ?? 0);
}

function describeRows(rowsIn: number, rowsOut: number, rowsQuarantined: number): string {
  return `${rowsIn} rows, ${rowsOut} of them good and ${rowsQuarantined} bad`;
}
