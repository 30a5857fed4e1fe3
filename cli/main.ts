import { CommanderError } from "commander";
import { pathsOf } from "../tools/setup/paths";
import { progressFor } from "../tools/setup/progress";
import { type ExitCode, exitCodes } from "./exit-codes";
import { describeFailure } from "./failure";
import { Lake } from "./lake";
import { createProgram, render } from "./program";

/**
 * Runs a command line: results go to the standard output, progress and complaints to the standard error.
 * With `--json` exactly one document goes to the standard output, also when the command fails.
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const isJson = args.includes("--json");
  const complaints: string[] = [];
  let exitCode: ExitCode = exitCodes.ok;
  const program = createProgram(async (command, values, options) => {
    const lake = new Lake(pathsOf(process.env), process.env, progressFor(process.stderr, process.env));
    const result = await command.run(lake, values, options);
    const text = render(result, isJson);
    if (text !== "") process.stdout.write(`${text}\n`);
    exitCode = result.exitCode ?? exitCodes.ok;
  }, complaints);
  const output = { writeErr: (text: string) => void complaints.push(text) };
  for (const command of [program, ...program.commands]) command.configureOutput(output).exitOverride();
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    const failure = describeFailure(error, complaints.join(""));
    if (isJson) process.stdout.write(`${JSON.stringify({ error: failure }, undefined, 2)}\n`);
    else process.stderr.write(`\n${[failure.message, failure.fix ?? []].flat().join("\n")}\n`);
    return failure.exitCode;
  }
}
