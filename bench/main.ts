import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, versions } from "./environment";
import { suites } from "./suites";

const RESULTS = join(root, "bench", "results.md");

/** The text below a heading of an earlier run, so that one suite can be measured anew by itself. */
function earlier(title: string): string | undefined {
  try {
    return readFileSync(RESULTS, "utf8")
      .split(/^## /m)
      .find((section) => section.startsWith(`${title}\n`))
      ?.slice(title.length)
      .trim();
  } catch {
    return undefined;
  }
}

/** Runs the named suites, or all, and writes `bench/results.md`. */
function main(names: readonly string[]): void {
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(`no benchmark is named ${unknown.join(", ")}: use ${suites.map(({ name }) => name).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const texts = new Map<string, string>();
  for (const { name, title } of suites) {
    const text = earlier(title);
    if (text !== undefined) texts.set(name, text);
  }
  for (const { name, measure } of suites) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.error(`measuring ${name} ...`);
    texts.set(name, measure());
    // At once: a suite that fails later must not cost what has been measured.
    write(texts);
  }
}

function write(texts: ReadonlyMap<string, string>): void {
  const sections = suites
    .filter(({ name }) => texts.has(name))
    .map(({ name, title }) => `## ${title}\n\n${texts.get(name)}\n`);
  const head = `# Measurements\n\nWritten by \`npm run bench\`. Commands of one table ran in turn on one machine; compare ratios, not seconds. Earlier figures: [history.md](history.md).\n\n${versions()}.\n`;
  writeFileSync(RESULTS, [head, ...sections].join("\n"));
  console.error(`wrote ${RESULTS}`);
}

main(process.argv.slice(2));
