import { existsSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ConfigurationError } from "../contracts/problems";
import { findPrerequisites, nodeInUse, PrerequisiteError, type Tool } from "../tools/setup/prerequisites";
import { bindingsProvider, findProvider, type ProviderSource } from "../tools/setup/terraform-environment";
import { callerSettings } from "./aws";
import type { Lake } from "./lake";
import { entryProblems } from "./preflight";
import { stacksOf } from "./stacks";
import { formatBytes, plural } from "./table";

/** One thing that was looked at. `note`: not as it could be, but nothing is wrong. */
export interface Check {
  readonly name: string;
  readonly state: "ok" | "note" | "failed";
  readonly detail: string;
  readonly fix?: string;
}

/** The provider alone takes most of it when it has to be downloaded. */
const DISK_NEEDED = 2e9;

/** Looks at everything that the other commands rely on. */
export async function examine(lake: Lake): Promise<Check[]> {
  const checks = [...prerequisiteChecks(lake), diskCheck(lake), configurationCheck(lake)];
  if (checks.at(-1)?.state === "failed") return checks;
  return [...checks, ...(lake.isLocal ? await localChecks(lake) : await awsChecks(lake))];
}

function prerequisiteChecks(lake: Lake): Check[] {
  const node: Check = { name: "Node.js", state: "ok", detail: describeTool(nodeInUse(lake.environment)) };
  try {
    const { python, terraform, java } = findPrerequisites(lake.environment);
    return [
      node,
      { name: "Python", state: "ok", detail: describeTool(python) },
      { name: "Terraform", state: "ok", detail: describeTool(terraform) },
      { name: "Java", state: "ok", detail: describeTool(java) },
      providerCheck(lake),
      pythonEnvironmentCheck(lake),
    ];
  } catch (error) {
    if (!(error instanceof PrerequisiteError)) throw error;
    return [
      node,
      ...error.problems.map((problem): Check => {
        const [name = ""] = problem.split(" ");
        const [detail = "", ...fix] = problem.split(": ");
        return { name, state: "failed", detail, fix: fix.join(": ") };
      }),
    ];
  }
}

/** Its version and place, and what stands before it on the PATH without being used. */
function describeTool({ version, command, passedOver = [] }: Tool): string {
  const others = passedOver.length === 0 ? "" : `, as ${passedOver.join(" and ")}`;
  return `${version} (${command})${others}`;
}

function providerCheck(lake: Lake): Check {
  const { address, version } = bindingsProvider();
  return {
    name: "Provider",
    state: "ok",
    detail: `${address} ${version}, ${describeSource(findProvider(lake.environment))}`,
  };
}

function describeSource(source: ProviderSource): string {
  if (source.kind === "registry") return "from the registry";
  return source.kind === "mirror" ? `from ${source.folder}` : `as ${source.file} says`;
}

function pythonEnvironmentCheck(lake: Lake): Check {
  const name = "Python environment";
  return existsSync(lake.paths.python)
    ? { name, state: "ok", detail: lake.paths.venv }
    : { name, state: "note", detail: "not made yet", fix: "`npm run lake -- up` makes it" };
}

function diskCheck(lake: Lake): Check {
  const { bavail, bsize } = statfsSync(lake.paths.root);
  const free = bavail * bsize;
  const detail = `${formatBytes(free)} free`;
  if (free >= DISK_NEEDED) return { name: "Disk", state: "ok", detail };
  return { name: "Disk", state: "note", detail, fix: `free some space: ${formatBytes(DISK_NEEDED)} may be needed` };
}

function configurationCheck(lake: Lake): Check {
  const name = "Configuration";
  try {
    lake.checkConfiguration();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { name, state: "failed", detail: plural(error.problems.length, "problem"), fix: error.message };
  }
  const detail = `${plural(lake.accounts.all.length, "account")}, ${plural(lake.contracts.length, "contract")}`;
  return { name, state: "ok", detail };
}

async function localChecks(lake: Lake): Promise<Check[]> {
  const port = await loopbackCheck();
  const server = await lake.server();
  if (server === undefined) {
    const fix = "`npm run lake -- up` starts it";
    return [port, { name: "Local AWS", state: "note", detail: "is not running", fix }];
  }
  const running: Check = { name: "Local AWS", state: "ok", detail: `${server.endpoint}, since ${server.startedAt}` };
  return [port, running, ...(await roleChecks(lake))];
}

/** The local AWS needs a port of its own on this machine; any will do. */
async function loopbackCheck(): Promise<Check> {
  const name = "Port";
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      resolve({ name, state: "failed", detail: error.message, fix: "let programs listen on 127.0.0.1" });
    });
    server.listen(0, "127.0.0.1", () => {
      server.close(() => resolve({ name, state: "ok", detail: "127.0.0.1 has free ports" }));
    });
  });
}

async function awsChecks(lake: Lake): Promise<Check[]> {
  const { organization, security } = lake.accounts;
  const client = new STSClient(callerSettings(await lake.target(), organization, security.region));
  try {
    const { Arn = "" } = await client.send(new GetCallerIdentityCommand({}));
    return [{ name: "Credentials", state: "ok", detail: Arn }, ...(await roleChecks(lake))];
  } catch (error) {
    const detail = (error as Error).message;
    return [
      { name: "Credentials", state: "failed", detail, fix: "sign in to AWS, e.g. by `aws sso login` and AWS_PROFILE" },
    ];
  } finally {
    client.destroy();
  }
}

async function roleChecks(lake: Lake): Promise<Check[]> {
  const target = await lake.target();
  return Promise.all(
    stacksOf(lake).map(async ({ name, entries }): Promise<Check> => {
      const problems = await entryProblems(target, lake.accounts.organization, entries);
      const title = `Roles of ${name}`;
      if (problems.length === 0) return { name: title, state: "ok", detail: plural(entries.length, "account") };
      const detail = problems.map((problem) => `${problem.account}: ${problem.message}`).join("\n");
      return { name: title, state: "note", detail, fix: problems[0]?.fix };
    }),
  );
}
