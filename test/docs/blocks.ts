import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../support/synthesis";

/** A fenced block of a document that says what it is for: `file=<path>`, `edit=<path>`, `run`, or `run=local`. */
export interface Block {
  readonly document: string;
  readonly line: number;
  readonly language: string;
  /** Where the text belongs. */
  readonly file?: string;
  /** What the text, a diff, changes. */
  readonly edit?: string;
  /** The text is commands: `here` needs nothing but the sources, `local` needs the local AWS. */
  readonly run?: "here" | "local";
  readonly text: string;
}

/** The blocks of a document that a test has to hold true; those without a mark are for reading only. */
export function markedBlocks(document: string, markdown = readFileSync(join(ROOT, document), "utf8")): Block[] {
  const fence = /^```(\w+) (.+)\n([\s\S]*?)^```$/gm;
  return [...markdown.matchAll(fence)].map((match) => {
    const [, language = "", marks = "", text = ""] = match;
    const line = markdown.slice(0, match.index).split("\n").length;
    const file = /\bfile=(\S+)/.exec(marks)?.[1];
    const edit = /\bedit=(\S+)/.exec(marks)?.[1];
    const run = /\brun=local\b/.test(marks) ? "local" : /\brun\b/.test(marks) ? "here" : undefined;
    if ([file, edit, run].every((mark) => mark === undefined))
      throw new Error(`${document}:${line}: nobody knows the mark ${marks}`);
    return {
      document,
      line,
      language,
      text,
      ...(file === undefined ? {} : { file }),
      ...(edit === undefined ? {} : { edit }),
      ...(run === undefined ? {} : { run }),
    };
  });
}

/** Writes or changes the block's file, or runs its commands as a person's shell would, stopping at the first that fails. */
export function follow(block: Block, folder: string, environment: NodeJS.ProcessEnv = process.env): void {
  if (block.file !== undefined) {
    mkdirSync(dirname(join(folder, block.file)), { recursive: true });
    writeFileSync(join(folder, block.file), block.text);
    return;
  }
  if (block.edit !== undefined) {
    change(join(folder, block.edit), block);
    return;
  }
  try {
    execFileSync("bash", ["-euo", "pipefail", "-c", block.text], {
      cwd: folder,
      env: environment,
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${block.document}:${block.line} does not work as it stands:\n${block.text}\n${stdout}${stderr}`);
  }
}

/** Does to a file what a diff without line numbers says. */
function change(file: string, { document, line, text }: Block): void {
  const lines = text.trimEnd().split("\n");
  const side = (other: string) => lines.filter((one) => !one.startsWith(other)).map((one) => `${one.slice(1)}\n`);
  const [before, after] = [side("+").join(""), side("-").join("")];
  const found = readFileSync(file, "utf8");
  if (!found.includes(before)) throw new Error(`${document}:${line} speaks of what is not in ${file}:\n${before}`);
  writeFileSync(
    file,
    found.replace(before, () => after),
  );
}
