import { rmSync } from "node:fs";
import { generateSales, type SalesManifest, type SampleFile } from "../samples";
import type { Lake } from "./lake";
import { formatCount, plural } from "./table";
import type { UploadedFile } from "./upload/upload";

export interface SampleOptions {
  readonly directory: string;
  readonly orders: number;
  readonly seed: number;
  readonly defects: boolean;
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
