import { join } from "node:path";
import { ENTRY, type EntryKind, type Target } from "../accounts/model/target";
import { run } from "../tools/setup/process";
import { OperationError } from "./exit-codes";
import type { Lake } from "./lake";

/** What a synthesis needs to know about the target. */
export function synthesisVariables(target: Target): Record<string, string> {
  return target.kind === "aws"
    ? { LAKE_TARGET: "aws" }
    : { LAKE_TARGET: "local", LAKE_LOCAL_ENDPOINT: target.endpoint };
}

export interface SynthesisOptions {
  /** Names of the accounts whose data may be deleted. @default none */
  readonly removable?: readonly string[];
  /** @default role */
  readonly entry?: EntryKind;
  /** Folder to write to. @default the usual one */
  readonly outdir?: string;
}

/** Writes the Terraform configuration of every stack. */
export async function synthesize(
  lake: Lake,
  target: Target,
  { removable = [], entry = "role", outdir = lake.paths.outdir }: SynthesisOptions = {},
): Promise<void> {
  await lake.progress.step("Synthesis", async (step) => {
    const confirmation = removable.length === 0 ? {} : { LAKE_CONFIRM_REMOVAL: removable.join(",") };
    const env = {
      ...lake.environment,
      ...synthesisVariables(target),
      ...confirmation,
      [ENTRY]: entry,
      CDKTF_OUTDIR: outdir,
    };
    const { code, stdout, stderr } = await run(process.execPath, [join("tools", "synth.mjs")], {
      cwd: lake.paths.root,
      env,
      onLine: (line) => step.say(line),
    });
    if (code !== 0) throw new OperationError(`The synthesis failed:\n${`${stdout}\n${stderr}`.trim()}`);
  });
}

/** The folder of a stack's Terraform configuration. */
export function stackFolder(lake: Lake, stack: string, outdir = lake.paths.outdir): string {
  return join(outdir, "stacks", stack);
}
