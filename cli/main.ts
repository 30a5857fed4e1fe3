import { CommanderError } from "commander";
import { ConfigurationError } from "../contracts/problems";
import { pathsOf } from "../tools/setup/paths";
import { PrerequisiteError } from "../tools/setup/prerequisites";
import { InterruptedError } from "../tools/setup/process";
import { progressFor } from "../tools/setup/progress";
import { type ExitCode, exitCodes, InputError, OperationError } from "./exit-codes";
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
  });
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
    else process.stderr.write(`\n${failure.message}\n${failure.fix === undefined ? "" : `${failure.fix}\n`}`);
    return failure.exitCode;
  }
}

/** A failure as scripts see it. */
interface Failure {
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly fix?: string;
  /** Each problem of the configuration by itself. */
  readonly problems?: readonly unknown[];
}

function describeFailure(error: unknown, complaints: string): Failure {
  if (error instanceof CommanderError) return { exitCode: exitCodes.badInput, message: complaints.trim() };
  if (error instanceof ConfigurationError || error instanceof PrerequisiteError) {
    return { exitCode: exitCodes.badInput, message: error.message, problems: error.problems };
  }
  if (error instanceof InputError) return { exitCode: exitCodes.badInput, message: error.message, fix: error.fix };
  if (error instanceof OperationError) return { exitCode: exitCodes.failed, message: error.message, fix: error.fix };
  if (error instanceof InterruptedError)
    return { exitCode: exitCodes.interrupted, message: "Interrupted: the same command continues from here." };
  if (isServiceError(error)) return { exitCode: exitCodes.failed, message: `${error.name}: ${error.message}` };
  // A defect of ours or a fault of a library: the stack is the most useful thing to report.
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: exitCodes.failed, message };
}

/** What AWS itself has refused: where in the SDK it surfaced helps nobody. */
function isServiceError(error: unknown): error is Error {
  return error instanceof Error && "$metadata" in error;
}
