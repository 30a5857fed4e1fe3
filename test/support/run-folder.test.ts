import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "../cli/support";
import { runFolder } from "./run-folder";
import { testFolder } from "./synthesis";

describe("the folder of a test run", () => {
  const parent = temporaryFolder();

  test("takes along what killed runs have left, and nothing else", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    const [left, running, other] = [`lake-test-${pid}-a`, `lake-test-${process.pid}-b`, `lake-docs-${pid}-c`];
    for (const name of [left, running, other]) mkdirSync(join(parent, name));
    writeFileSync(join(parent, left, "file"), "");
    const made = runFolder(parent);
    expect([left, running, other].map((name) => existsSync(join(parent, name)))).toEqual([false, true, true]);
    expect(made.startsWith(join(parent, `lake-test-${process.pid}-`))).toBe(true);
  });

  test("holds every temporary file of the tests", () => {
    expect(tmpdir()).toBe(join(testFolder(), "tmp"));
    expect(parent.startsWith(testFolder())).toBe(true);
  });
});
