import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "../../accounts/model/schema";
import { adminEntry, type ClientSettings, roleSettings } from "../../cli/aws";
import { Lake } from "../../cli/lake";
import { type LakeClients, withClients } from "../../cli/lake-clients";
import type { LocalServer } from "../../cli/local-server";
import type { Person } from "../../cli/person";
import { ownEnvironment } from "../../tools/setup/checks";
import { pathsOf, projectRoot } from "../../tools/setup/paths";
import { PlainProgress } from "../../tools/setup/progress";

/** How a command ended. */
export interface Ended<T> {
  readonly code: number;
  /** What it printed with `--json`. */
  readonly document: T;
  readonly stderr: string;
}

/** What any command prints when it fails. */
export interface FailureDocument {
  readonly error: { readonly exitCode: number; readonly message: string; readonly fix?: string };
}

/** Somebody who sees all zones. */
export const ENGINEER: Person = { persona: "data-engineer", clearance: "secret" };

/** A lake of its own on a local AWS of its own: nothing that a developer runs beside it is touched. */
export class Sandbox {
  readonly home = mkdtempSync(join(tmpdir(), "lake-e2e-"));
  readonly outdir = join(this.home, "cdktf.out");
  readonly env: NodeJS.ProcessEnv = {
    ...ownEnvironment(process.env),
    CI: "true",
    LAKE_HOME: this.home,
    CDKTF_OUTDIR: this.outdir,
  };
  readonly paths = pathsOf(this.env);
  /** The same lake, seen from within the tests. */
  readonly inside = new Lake(this.paths, this.env, new PlainProgress(() => {}));

  /** Runs a command as people do, for its JSON document. */
  async lake<T = FailureDocument>(...args: string[]): Promise<Ended<T>> {
    const child = this.start(...args);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout as NodeJS.ReadableStream),
      text(child.stderr as NodeJS.ReadableStream),
      once(child, "exit") as Promise<[number]>,
    ]);
    return { code, document: JSON.parse(stdout) as T, stderr };
  }

  /** Runs a command that must succeed. */
  async succeed<T>(...args: string[]): Promise<T> {
    const { code, document, stderr } = await this.lake<T>(...args);
    if (code === 0) return document;
    throw new Error(`lake ${args.join(" ")} ended with ${code}\n${JSON.stringify(document, undefined, 1)}\n${stderr}`);
  }

  /** Starts a command and lets it run. */
  start(...args: string[]): ChildProcess {
    return spawn(process.execPath, ["tools/lake.mjs", ...args, "--json"], { cwd: projectRoot, env: this.env });
  }

  /** Runs another program in the environment that `lake env` prints. */
  async withEnvironment(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
    const { document } = await this.lake<{ variables: Record<string, string | null> }>("env");
    const env: NodeJS.ProcessEnv = { ...this.env };
    for (const [name, value] of Object.entries(document.variables)) {
      if (value === null) delete env[name];
      else env[name] = value;
    }
    const child = spawn(command, args, { cwd: projectRoot, env });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    return { code: code as number, output: `${stdout}\n${stderr}` };
  }

  /** Runs a command as people do, for what it shows them. */
  async show(...args: string[]): Promise<{ code: number; text: string }> {
    const child = spawn(process.execPath, ["tools/lake.mjs", ...args], { cwd: projectRoot, env: this.env });
    const [stdout, , [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    return { code: code as number, text: stdout };
  }

  /** The local AWS, once it runs. */
  server(): LocalServer | undefined {
    const { serverFile } = this.paths;
    return existsSync(serverFile) ? (JSON.parse(readFileSync(serverFile, "utf8")) as LocalServer) : undefined;
  }

  /** Everything that exists in any account. */
  async resources(): Promise<readonly { account: string; service: string; type: string; id: string }[]> {
    const response = await fetch(`${this.server()?.endpoint}/_lake/resources`);
    return ((await response.json()) as { resources: [] }).resources;
  }

  /** Requests that the local AWS has refused lately. */
  async refusals(): Promise<readonly { caller: string; action: string; resource: string }[]> {
    const response = await fetch(`${this.server()?.endpoint}/_lake/authorizations`);
    return ((await response.json()) as { refusals: [] }).refusals;
  }

  /** Lends clients of the lake account. */
  async clients<T>(who: Person | "deploy" | "producer", work: (clients: LakeClients) => Promise<T>): Promise<T> {
    return withClients(this.inside, this.inside.lakeAccount("prod"), who, work);
  }

  /** How a client works as an administrator of the account, for what nobody of the lake may do. */
  async administrator(account: Account): Promise<ClientSettings> {
    const { organization } = this.inside.accounts;
    return roleSettings(await this.inside.target(), organization, adminEntry(organization, account));
  }

  async dispose(): Promise<void> {
    await this.lake("down");
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Waits until something holds. */
export async function until(condition: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  for (const deadline = Date.now() + seconds * 1000; !(await condition()); await sleep(200)) {
    if (Date.now() > deadline) throw new Error(`it did not happen within ${seconds} seconds: ${condition}`);
  }
}

/** Declares tests that build on each other: when one fails, those after it fail at once instead of waiting for what will never come. */
export function inOrder(): (title: string, work: () => Promise<void>) => void {
  let broken: string | undefined;
  return (title, work) =>
    test(title, async () => {
      if (broken !== undefined) throw Object.assign(new Error(), { stack: `"${broken}" failed, on which this builds` });
      broken = title;
      await work();
      broken = undefined;
    });
}
