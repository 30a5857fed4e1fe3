import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { OptionValues } from "commander";
import { loadAccounts } from "../../accounts/model/load";
import { Names } from "../../accounts/model/naming";
import { commands } from "../../cli/commands";
import { createProgram } from "../../cli/program";
import { queueOwners } from "../../cli/queues";
import { ROOT, synthesisOf } from "../support/synthesis";

/** What sources put into a suggestion at run time. */
const FILLED: readonly (readonly [pattern: RegExp, value: string])[] = [
  [/\$\{name\} --help/, "status --help"],
  [/\$\{folder\}/, "shop/"],
  [/\$\{(props|this)\.name\}/, "lake-prod-drop"],
  [/\$\{zone\}/, "drop"],
  [/\$\{job\}/, "sales/orders"],
  [/\$\{QUESTION\}/, "top.sql"],
  [/\$\{table\.source\.id\}/, "freight/freight"],
  [/\$\{word\} --help/, "source --help"],
];
/** The beginning of a suggestion whose end is filled in: its parts are looked at where they are written. */
const GENERIC = /\$\{(command|line)\b/;

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|cdktf\.out|test|\..*)$/.test(entry.name) ? [] : files(path);
    return /\.(ts|mjs|cjs|py|md|json|yml)$/.test(entry.name) ? [path] : [];
  });
}

/** Every command line that a text tells people to type. */
function suggestionsIn(text: string): string[] {
  // Scripts quote their variables and keep what is printed.
  const plain = text.replace(/"\$(\w+)"/g, "$1");
  const direct = [...plain.matchAll(/npm run (?:--silent )?lake -- ([^\n`"#)|\\>]*)/g)].map(([, line = ""]) => line);
  // Code puts the account at the end.
  const built = [...text.matchAll(/\.suggestion\(["`]([^"`]+)["`]/g)].map(([, line = ""]) => line);
  return [...direct, ...built]
    .filter((line) => !GENERIC.test(line))
    .map((line) => FILLED.reduce((filled, [pattern, value]) => filled.replace(pattern, value), line).trim());
}

interface Parsed {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly options: OptionValues;
}

/** Reads a command line as the program does, and runs nothing. @throws CommanderError */
function parse(line: string): Parsed | undefined {
  let parsed: Parsed | undefined;
  const complaints: string[] = [];
  const program = createProgram(async ({ name }, args, options) => {
    parsed = { name, args, options };
  }, complaints);
  const quiet = { writeErr: (text: string) => void complaints.push(text), writeOut: () => {} };
  for (const command of [program, ...program.commands]) command.configureOutput(quiet).exitOverride();
  try {
    // As a shell takes it apart: what stands in quotes is one argument.
    const words = line.match(/"[^"]*"|\S+/g) ?? [];
    program.parse(
      words.map((word) => word.replace(/^"(.*)"$/, "$1")),
      { from: "user" },
    );
  } catch (error) {
    if ((error as { exitCode: number }).exitCode !== 0) throw new Error(`${line}: ${complaints.join("")}`);
  }
  return parsed;
}

const suggestions = files(ROOT).flatMap((path) =>
  suggestionsIn(readFileSync(path, "utf8")).map((line) => [relative(ROOT, path), line] as const),
);
const prod = loadAccounts().lakes.find(({ name }) => name === "prod");

test("suggestions are found where they are known to be", () => {
  for (const file of ["README.md", "CONTRIBUTING.md", "cli/preflight.ts", "modules/events/queue.ts"]) {
    expect(suggestions.map(([path]) => path)).toContain(file);
  }
});

test.each(suggestions)("%s suggests a command that exists: lake %s", (_, line) => {
  expect(line).not.toContain("${");
  const parsed = parse(line);
  if (parsed?.name === "redrive") expect(zoneNames()).toContain(parsed.args[0]);
});

test.each(commands.flatMap(({ examples }) => examples.map(([line]) => line)))(
  "the example `lake %s` is one that the program takes",
  (line) => {
    expect(parse(line)).toBeDefined();
  },
);

test.each(["redrive", "redrive drop raw", "statsu", "upload x --acount prod"])("`lake %s` is none", (line) => {
  expect(() => parse(line)).toThrow(line);
});

test("every alarm suggests what can be typed as it stands, for a zone that there is", () => {
  const texts = synthesisOf("aws")
    .stack("prod")
    .resources("aws_cloudwatch_metric_alarm")
    .map(({ block }) => String(block.alarm_description));
  const lines = texts.flatMap(suggestionsIn);
  const redriven = lines.flatMap((line) => (parse(line)?.name === "redrive" ? [parse(line)?.args[0]] : []));
  expect(new Set(redriven)).toEqual(new Set(prod && queueOwners(prod).map(zoneQueue)));
  // Nobody has a program `lake`.
  expect(texts.filter((text) => /`lake /.test(text))).toEqual([]);
});

function zoneQueue(zone: string): string {
  if (prod === undefined) throw new Error("there is no lake prod");
  return new Names(loadAccounts().organization, prod).of(zone);
}

function zoneNames(): string[] {
  return (prod?.zones ?? []).flatMap(({ name }) => [name, zoneQueue(name)]);
}
