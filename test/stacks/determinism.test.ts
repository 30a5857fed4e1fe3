import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { filesBelow } from "../../tools/build/zip";
import {
  copySources,
  SYNTHESES,
  SYNTHESIS_TIMEOUT_MS,
  shareLayers,
  synthesisOf,
  synthesize,
  testFolder,
} from "../support/synthesis";

/** The same sources in two folders, written at other times, each built anew. */
const here = join(testFolder(), "here");
const elsewhere = join(testFolder(), "elsewhere", "under another name");

beforeAll(async () => {
  const libraries = bundledLibraries();
  copySources(here, libraries);
  copySources(elsewhere, libraries, here);
  for (const entry of readdirSync(elsewhere, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.includes("node_modules")) {
      utimesSync(path, new Date("2001-02-03"), new Date("2004-05-06"));
    }
  }
  for (const folder of [here, elsewhere]) shareLayers(folder);
  await Promise.all([here, elsewhere].map((folder) => synthesize(folder, join(folder, "out"), SYNTHESES.aws)));
}, SYNTHESIS_TIMEOUT_MS);

/** Libraries inside the functions' code. */
function bundledLibraries(): Set<string> {
  const zips = [...filesBelow(synthesisOf("aws").folder, (path) => path.endsWith("intake.zip")).values()];
  const code = zips.map((zip) => Buffer.from(unzipSync(zip)["index.js"] ?? []).toString()).join();
  return new Set([...code.matchAll(/node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//g)].map(([, name = ""]) => name));
}

describe("the same sources, elsewhere and at another time,", () => {
  test("make the same files of the same bytes: stacks, functions and layers", () => {
    const [one, other] = [filesBelow(join(here, "out")), filesBelow(join(elsewhere, "out"))];
    expect([...other.keys()].sort()).toEqual([...one.keys()].sort());
    expect([...one.keys()].filter((path) => path.endsWith(".zip"))).not.toEqual([]);
    const different = [...one].filter(([path, bytes]) => Buffer.compare(bytes, other.get(path) ?? Buffer.of()) !== 0);
    expect(different.map(([path]) => path)).toEqual([]);
  });

  test("were built anew, neither taken from the first build", () => {
    for (const folder of [here, elsewhere]) {
      const built = [...filesBelow(join(folder, ".lake", "build")).keys()];
      expect(built.filter((path) => /^intake-\w+\/intake\.zip$/.test(path))).toHaveLength(1);
    }
  });

  test("leave no trace of where or when they were built", () => {
    for (const [path, content] of filesBelow(join(elsewhere, "out"))) {
      if (!path.endsWith(".json")) continue;
      const text = Buffer.from(content).toString();
      expect([path, text.includes("another name"), /\d{4}-\d\d-\d\dT\d\d:/.test(text)]).toEqual([path, false, false]);
    }
  });
});
