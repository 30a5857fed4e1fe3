import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Names } from "../../accounts/model/naming";
import { projectRoot } from "../../tools/setup/paths";
import type { inOrder, Sandbox } from "./sandbox";

/** What became of something forbidden, and of what is allowed beside it. */
interface Tried {
  readonly title: string;
  readonly refused: string;
  readonly allowed: string;
}

/** Fewer would mean that a part of them was not tried. */
const LEAST_ATTEMPTS = 100;

/**
 * Everybody tries what is not theirs, with real calls: people of each clearance, functions, jobs, deployers, roots and
 * users. Each has a twin that has to pass, so that nothing is refused because nothing works.
 */
export function attackTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  step("what is forbidden is refused by the deployed policies, and what is allowed beside it passes", async () => {
    const tried = await attack(sandbox);
    expect(tried.filter(({ refused, allowed }) => refused !== "refused" || allowed !== "passed")).toEqual([]);
    expect(tried.length).toBeGreaterThanOrEqual(LEAST_ATTEMPTS);
    expect(new Set(tried.map(({ title }) => title)).size).toBe(tried.length);
  });
}

async function attack(sandbox: Sandbox): Promise<Tried[]> {
  const { inside, paths, env } = sandbox;
  const { organization, security } = inside.accounts;
  const [lake, records] = [inside.lakeAccount("prod"), security].map((account) => new Names(organization, account));
  if (lake === undefined || records === undefined) throw new Error("both accounts have names");
  const target = {
    endpoint: sandbox.server()?.endpoint,
    region: lake.region,
    management: organization.managementAccountId,
    external_id: organization.externalId,
    prod: lake.accountId,
    security: records.accountId,
    prefix: lake.prefix,
    security_prefix: records.prefix,
  };
  const script = join(projectRoot, "test", "local", "attacks", "main.py");
  const { stdout } = await promisify(execFile)(paths.python, [script, JSON.stringify(target)], { env });
  return JSON.parse(stdout) as Tried[];
}
