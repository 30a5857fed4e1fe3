import type { Command, OptionValues } from "commander";
import type { ExitCode } from "./exit-codes";
import type { Lake } from "./lake";

/** What a command has to say at its end. */
export interface Result {
  /** For scripts: printed as the one JSON document with `--json`. */
  readonly document: object;
  /** For people. */
  readonly text: string;
  /** @default ok */
  readonly exitCode?: ExitCode;
}

/** One command of the `lake` program: each has a file of its own in `commands/`. */
export interface LakeCommand {
  readonly name: string;
  /** Arguments as commander writes them, e.g. `<path>`. @default none */
  readonly args?: string;
  readonly summary: string;
  /** More for `--help`, before the examples. */
  readonly description?: string;
  /** Command lines after `npm run lake --`, each with what it does. */
  readonly examples: readonly (readonly [commandLine: string, effect: string])[];
  /** Declares the options. @default only --json */
  readonly options?: (command: Command) => void;
  /** `args` are the values of the arguments, `options` those of the options by their camel-case names. */
  run(lake: Lake, args: readonly (string | undefined)[], options: OptionValues): Promise<Result>;
}
