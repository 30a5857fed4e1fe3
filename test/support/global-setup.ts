import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, SYNTHESES, synthesize } from "./synthesis";

/** Synthesizes once what many suites read. The first synthesis builds what is out of date, the others find it built. */
export default async function setup(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lake-test-"));
  process.env.LAKE_TEST_FOLDER = folder;
  const { aws, ...others } = SYNTHESES;
  try {
    await synthesize(ROOT, join(folder, "aws"), aws);
    await Promise.all(Object.entries(others).map(([name, settings]) => synthesize(ROOT, join(folder, name), settings)));
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
