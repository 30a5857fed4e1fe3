import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CONFIRM_REMOVAL } from "../../accounts/model/removal";
import type { inOrder, Sandbox } from "./sandbox";

type Step = ReturnType<typeof inOrder>;

/** The one line of `lake env --help` that begins so. */
async function documented(sandbox: Sandbox, beginning: string): Promise<string> {
  const { text } = await sandbox.show("env", "--help");
  const lines = text.split("\n").filter((line) => line.trim().startsWith(beginning));
  expect(lines).toHaveLength(1);
  return lines.join().trim();
}

/** Runs such a line as a person's shell would, in a lake that is not in the usual folder. @returns what it printed */
async function follow(sandbox: Sandbox, beginning: string): Promise<string> {
  const line = `${await documented(sandbox, beginning)} --output '${sandbox.outdir}'`;
  const { code, output } = await sandbox.withEnvironment("bash", ["-c", line]);
  if (code === 0) return output;
  throw new Error(`${line} ended with ${code}\n${output}`);
}

/** What the help of `lake env` promises: the stock commands work on the same stacks. */
export function diffTests(sandbox: Sandbox, step: Step): void {
  step("cdktf diff finds nothing to change", async () => {
    expect(await follow(sandbox, "npx cdktf diff")).toContain("No changes");
  });
}

/** Deploying and destroying, with the data's protection lifted. */
export function deployTests(sandbox: Sandbox, step: Step): void {
  const removing = `${CONFIRM_REMOVAL}=prod,security npx cdktf`;

  step("cdktf deploy prod security applies what is different, in the order of their dependency", async () => {
    const output = await follow(sandbox, `${removing} deploy prod security`);
    expect(output.indexOf("security")).toBeLessThan(output.lastIndexOf("prod"));
    const stack = readFileSync(join(sandbox.outdir, "stacks", "prod", "cdk.tf.json"), "utf8");
    expect(stack).toContain('"force_destroy": true');
  });

  step("cdktf destroy prod security leaves nothing but what bootstrap has made", async () => {
    // As the help says: nobody who deploys may delete data before.
    sandbox.env[CONFIRM_REMOVAL] = "prod,security";
    await sandbox.succeed("up").finally(() => delete sandbox.env[CONFIRM_REMOVAL]);
    await follow(sandbox, `${removing} destroy prod security`);
    const named = (await sandbox.resources()).filter(({ id }) => /lake-(prod|security)-/.test(id));
    expect(named.filter((resource) => !isBootstrap(resource))).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
  });
}

/** What the bootstrap stack makes in every account. */
function isBootstrap({ id, type }: { readonly id: string; readonly type: string }): boolean {
  // Groups of people say who may take on the lake's roles, so no deployer of a lake makes them.
  return type === "group" || /lake-(prod|security)-(state|deploy|plan|boundary|access-logs-\d)/.test(id);
}
