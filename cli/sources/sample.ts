import { join } from "node:path";
import type { LakeAccount } from "../../accounts/model/schema";
import { generateFreight, type SampleFile } from "../../samples";
import type { Lake } from "../lake";
import { formatCount } from "../table";
import { loadIntoDatabase } from "./load";

/** The dataset, and with it the source, of which there are samples. */
export const SAMPLE_DATASET = "freight/shipments";

const FOLDER = "freight_sample";
const SEED = 7;
/** Rows are dated some minutes back: a source reads up to its lag behind the database's clock. */
const BACK_MS = 3 * 60_000;

/** Puts one round of sample shipments into the account's own database. */
export async function addSample(lake: Lake, account: LakeAccount, rows: number, round: number): Promise<SampleFile> {
  const file = await lake.progress.step("Sample shipments", async (step) => {
    const directory = join(lake.paths.sample, "..", FOLDER);
    const asOf = new Date(Date.now() - BACK_MS);
    const made = await generateFreight({ directory, rows, round, seed: SEED, asOf });
    step.note(`${formatCount(made.rows)} rows`);
    return made;
  });
  await lake.progress.step("Load into the database", (step) =>
    loadIntoDatabase(lake, account, { path: file.path, dataset: SAMPLE_DATASET, folder: FOLDER }, step),
  );
  return file;
}
