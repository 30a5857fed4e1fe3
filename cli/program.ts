import { Command, InvalidArgumentError, type Option, type OptionValues } from "commander";
import type { LakeCommand, Result } from "./command";
import { commands, groups } from "./commands";

/** Called with the command that was asked for; gives its exit code. */
export type Execute = (
  command: LakeCommand,
  args: readonly (string | undefined)[],
  options: OptionValues,
) => Promise<void>;

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong input or missing prerequisite (nothing was changed),
            3 done but something needs attention, 130 interrupted.
LAKE_TARGET is where the lake is: local (the default), the embedded local AWS, or aws, with the credentials of the environment.`;

/**
 * The command line parser with all commands.
 * @param complaints takes what is wrong with the values of options, where the parser itself stops at the first
 */
export function createProgram(execute: Execute, complaints: string[]): Command {
  const program = new Command("lake")
    .description("Deploys, feeds and watches the data lake.")
    .usage("<command> [options]")
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .showHelpAfterError("See `npm run lake -- --help`.")
    .addHelpText("after", EXIT_CODES)
    .exitOverride();
  for (const command of commands) addCommand(program, command, execute, complaints);
  return program;
}

function addCommand(program: Command, definition: LakeCommand, execute: Execute, complaints: string[]): void {
  const { name, args, summary, description, examples } = definition;
  const words = name.split(" ");
  const last = words.at(-1);
  const command = groupOf(program, words.slice(0, -1))
    .command([last, args].filter((part) => part !== undefined).join(" "))
    .summary(summary)
    .description([`${summary}.`, description].filter((part) => part !== undefined).join("\n\n"))
    .allowExcessArguments(false)
    .showHelpAfterError(`See \`npm run lake -- ${name} --help\`.`);
  definition.options?.(command);
  for (const option of command.options) collectComplaints(option, complaints);
  command.option("--json", "print one JSON document, for scripts");
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, effect]) => `  npm run lake -- ${line.padEnd(width)}  # ${effect}`);
  command.addHelpText("after", ["", "Examples:", ...lines, EXIT_CODES].join("\n"));
  command.action(async (...values: unknown[]) => {
    if (complaints.length > 0) command.error("");
    const options = values.at(-2) as OptionValues;
    await execute(definition, values.slice(0, -2) as (string | undefined)[], options);
  });
}

/** The command under which the words of a name like `source list` put another; made with the first that it has. */
function groupOf(program: Command, words: readonly string[]): Command {
  const [word] = words;
  if (word === undefined) return program;
  const known = program.commands.find((command) => command.name() === word);
  const group = groups[word];
  if (known !== undefined || group === undefined) return known ?? program;
  return program
    .command(word)
    .summary(group)
    .description(`${group}.`)
    .usage("<command> [options]")
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .showHelpAfterError(`See \`npm run lake -- ${word} --help\`.`)
    .addHelpText("after", EXIT_CODES);
}

/** Lets the parser go on after a wrong value, so that all of them are told at once. */
function collectComplaints(option: Option, complaints: string[]): void {
  const { parseArg } = option;
  if (parseArg === undefined) return;
  option.argParser((value: string, previous: unknown) => {
    try {
      return parseArg(value, previous);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      complaints.push(`error: option '${option.flags}' argument '${value}' is invalid. ${error.message}\n`);
      return previous;
    }
  });
}

/** The result as it is printed. */
export function render(result: Result, isJson: boolean): string {
  return isJson ? JSON.stringify(result.document, undefined, 2) : result.text;
}
