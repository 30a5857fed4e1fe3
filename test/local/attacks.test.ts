/**
 * Attacks on the rights that the stacks give, put into a local AWS that enforces them. Terraform is left out: it would
 * take minutes, and rights are what the stacks say.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureServer } from "../../cli/local-server";
import { projectRoot } from "../../tools/setup/paths";
import { SYNTHESES, synthesize } from "../support/synthesis";
import { attackTests } from "./attacks";
import { classifyTests } from "./classify";
import { largeFileTests } from "./large-files";
import { personaTests } from "./personas";
import { inOrder, Sandbox } from "./sandbox";
import { sandboxTests } from "./sandboxes";

jest.setTimeout(10 * 60_000);

const sandbox = new Sandbox();
const step = inOrder();

afterAll(() => sandbox.dispose());

describe("attacks", () => {
  step("the rights of all stacks are put into a local AWS", async () => {
    const { paths, env, inside } = sandbox;
    // Without leave to delete data: with it, records are let go as well.
    await synthesize(projectRoot, sandbox.outdir, SYNTHESES.local);
    const { server } = await ensureServer(paths, inside.accounts.organization.managementAccountId, env);
    const script = join(projectRoot, "test", "local", "attacks", "deploy.py");
    await promisify(execFile)(paths.python, [script, sandbox.outdir, server.endpoint], { env });
  });
  attackTests(sandbox, step);
  largeFileTests(sandbox, step);
  classifyTests(sandbox, step);
  sandboxTests(sandbox, step);
  personaTests(sandbox, step);
});
