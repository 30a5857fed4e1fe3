import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../tools/setup/paths";
import { filesBelow, type Secret, secretsIn } from "../scan/secrets";
import type { inOrder, Sandbox } from "./sandbox";

const CANARY = "secret-canary";
/** What has to be among all that is searched. */
const SEARCHED = [
  /settings\/\d+\/function\//,
  /settings\/\d+\/job\//,
  /settings\/\d+\/machine\//,
  /runs\/\d+\/machine\/.*refine\//,
  /runs\/\d+\/machine\/.*ingest/,
  /runs\/\d+\/job\/.*load-database\//,
  /logs\/\d+\/aws\/lambda\//,
  /logs\/\d+\/aws-glue\/jobs\/.*load-database\/error\//,
  /objects\/\d+\/.*\/emr\/.*\/stderr\.gz\//,
  /objects\/\d+\/.*\/bootstrap\/terraform\.tfstate\//,
  /objects\/\d+\/.*\/security\/terraform\.tfstate\//,
  /objects\/\d+\/.*\/prod\/terraform\.tfstate\//,
  /\/cdk\.tf\.json$/,
  /\/server\.log$/,
];
const STATE = /\/terraform\.tfstate\//;
/** What is searched before it is deployed, and what others publish. */
const PACKAGES = /\/(assets|\.terraform\/providers)\//;

/** Nothing that was deployed, or that ran, has told anybody a secret: looked for by its value and by what secrets look like. */
export function secretTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  const { security } = sandbox.inside.accounts;
  const account = sandbox.inside.lakeAccount("prod");

  step("nothing tells a secret, but for the one that is planted in a state, in a setting and in a log", async () => {
    canary("plant");
    try {
      await looking(async (files) => {
        expect(SEARCHED.filter((place) => !files.some((file) => place.test(file)))).toEqual([]);
        expect(files.filter((file) => STATE.test(file) && !isState(file))).toEqual([]);
        const leaks = (await found(files)).map(({ file, kind }) => `${kind} in ${file}`);
        const planted = (leak: string) => leak.startsWith(`secret ${CANARY} in `) && leak.includes(`/${CANARY}/`);
        expect(leaks.filter((leak) => !planted(leak))).toEqual([]);
        for (const place of ["logs", "settings", "state"]) {
          expect(leaks.filter((leak) => planted(leak) && leak.includes(`/${place}/`))).toHaveLength(1);
        }
      });
    } finally {
      canary("remove");
    }
  });

  /** States are read, not only listed. */
  const isState = (file: string) =>
    (JSON.parse(readFileSync(file, "utf8")) as { resources?: readonly unknown[] }).resources !== undefined;

  /** Tells a secret where nobody may, or takes it away again. */
  const canary = (what: "plant" | "remove") =>
    python("secret_canary.py", what, sandbox.paths.states, CANARY, account.id, account.region);

  function python(script: string, ...args: string[]): string {
    const file = join(projectRoot, "test", "local", script);
    return String(execFileSync(sandbox.paths.python, [file, sandbox.server()?.endpoint ?? "", ...args]));
  }

  /** Lends files of all that the accounts hold, and what this machine keeps of the run. */
  async function looking(work: (files: readonly string[]) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "lake-secrets-"));
    try {
      python("secret_places.py", folder, ...[account, security].map(({ id, region }) => `${id}:${region}`));
      await work([...filesBelow(folder), ...filesBelow(sandbox.home).filter((file) => !PACKAGES.test(file))]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** By value, as the local AWS knows it, and by pattern. */
  async function found(files: readonly string[]): Promise<Secret[]> {
    const known: Secret[] = [];
    for (const file of files) {
      const body = readFileSync(file);
      const response = await fetch(`${sandbox.server()?.endpoint}/_lake/leaks`, { method: "POST", body });
      for (const kind of ((await response.json()) as { found: string[] }).found) known.push({ file, kind });
    }
    return [...secretsIn(files), ...known];
  }
}
