import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRunning } from "../../tools/setup/venv";

const NAME = /^lake-test-(\d+)-/;

/** A folder of this process, which removes it at its end. What killed processes have left is removed now. */
export function runFolder(parent = tmpdir()): string {
  for (const name of readdirSync(parent)) {
    const owner = NAME.exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) rmSync(join(parent, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(parent, `lake-test-${process.pid}-`));
}
