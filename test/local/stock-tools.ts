import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { inOrder, Sandbox } from "./sandbox";

type Step = ReturnType<typeof inOrder>;

/** Runs cdktf as `lake env --help` says, in a lake that is not in the usual folder. @returns what it printed */
async function cdktf(sandbox: Sandbox, args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<string> {
  const all = ["cdktf", ...args, "--skip-provider-lock", "--output", sandbox.outdir];
  const { code, output } = await sandbox.withEnvironment("npx", all, extra);
  if (code === 0) return output;
  throw new Error(`${all.join(" ")} ended with ${code}\n${output}`);
}

/** What the help of `lake env` promises: the stock commands work on the same stacks. */
export function diffTests(sandbox: Sandbox, step: Step): void {
  step("cdktf diff finds nothing to change", async () => {
    expect(await cdktf(sandbox, ["diff", "prod"])).toContain("No changes");
  });
}

/** Deploying and destroying, with the data's protection lifted. */
export function deployTests(sandbox: Sandbox, step: Step): void {
  const extra = { LAKE_CONFIRM_REMOVAL: "prod,security" };

  step("cdktf deploy prod security applies what is different, in the order of their dependency", async () => {
    const output = await cdktf(sandbox, ["deploy", "prod", "security", "--auto-approve"], extra);
    expect(output.indexOf("security")).toBeLessThan(output.lastIndexOf("prod"));
    const stack = readFileSync(join(sandbox.outdir, "stacks", "prod", "cdk.tf.json"), "utf8");
    expect(stack).toContain('"force_destroy": true');
  });

  step("cdktf destroy prod leaves nothing of the lake", async () => {
    await cdktf(sandbox, ["destroy", "prod", "--auto-approve"], extra);
    const left = (await sandbox.resources()).filter(({ id }) => id.includes("lake-prod") && !isBootstrap(id));
    expect(left).toEqual([]);
  });
}

/** What the bootstrap stack makes in every account. */
function isBootstrap(id: string): boolean {
  return /lake-prod-(state|deploy|plan|boundary)/.test(id);
}
