import { join } from "node:path";
import type { Target } from "../accounts/model/target";
import { run } from "../tools/setup/process";
import { OperationError } from "./exit-codes";
import type { Lake } from "./lake";

/** What a synthesis needs to know about the target. */
export function synthesisVariables(target: Target): Record<string, string> {
  return target.kind === "aws"
    ? { LAKE_TARGET: "aws" }
    : { LAKE_TARGET: "local", LAKE_LOCAL_ENDPOINT: target.endpoint };
}

/**
 * Writes the Terraform configuration of every stack.
 * @param removable names of the accounts whose data may be deleted
 */
export async function synthesize(lake: Lake, target: Target, removable: readonly string[] = []): Promise<void> {
  await lake.progress.step("Synthesis", async (step) => {
    const confirmation = removable.length === 0 ? {} : { LAKE_CONFIRM_REMOVAL: removable.join(",") };
    const env = {
      ...lake.environment,
      ...synthesisVariables(target),
      ...confirmation,
      CDKTF_OUTDIR: lake.paths.outdir,
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
export function stackFolder(lake: Lake, stack: string): string {
  return join(lake.paths.outdir, "stacks", stack);
}
