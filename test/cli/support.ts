import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Step } from "../../tools/setup/progress";

/** A folder of its own for the test that asks for it; it is removed after the last test of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "lake-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes an executable shell script. */
export function writeScript(file: string, body: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A step that remembers what was said. */
export function recordingStep(): Step & { readonly said: string[]; readonly noted: string[] } {
  const said: string[] = [];
  const noted: string[] = [];
  return { said, noted, say: (text) => void said.push(text), note: (text) => void noted.push(text) };
}
