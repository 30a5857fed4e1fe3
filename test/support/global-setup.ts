import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runFolder } from "./run-folder";
import { ROOT, SYNTHESES, synthesize } from "./synthesis";

/** Synthesizes once what many suites read. The first synthesis builds what is out of date, the others find it built. */
export default async function setup(): Promise<void> {
  const folder = runFolder();
  process.env.LAKE_TEST_FOLDER = folder;
  // Whatever a test makes goes with this run, also when the run is killed.
  process.env.TMPDIR = join(folder, "tmp");
  mkdirSync(process.env.TMPDIR);
  const { aws, ...others } = SYNTHESES;
  try {
    await synthesize(ROOT, join(folder, "aws"), aws);
    await Promise.all(Object.entries(others).map(([name, settings]) => synthesize(ROOT, join(folder, name), settings)));
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
