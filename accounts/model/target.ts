import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigurationError } from "../../contracts/problems";

/** Where stacks are deployed: an AWS organization, or the embedded local AWS at an endpoint. */
export type Target = { readonly kind: "aws" } | { readonly kind: "local"; readonly endpoint: string };

/**
 * How stacks say by whom they are deployed. `role`: they name the role, so that any Terraform can deploy them. `profile`:
 * they name an AWS profile for each account, and whoever runs Terraform says which role that is. A saved plan holds its
 * provider's and its backend's settings: only with profiles can a plan be made by one role and applied by another.
 */
export type EntryKind = "role" | "profile";

/** Environment variable with the {@link EntryKind}. */
export const ENTRY = "LAKE_ENTRY";

/** What `LAKE_ENTRY` names. @default role */
export function entryOf(environment: NodeJS.ProcessEnv): EntryKind {
  const kind = environment[ENTRY] ?? "role";
  if (kind === "role" || kind === "profile") return kind;
  throw new ConfigurationError([
    { file: "environment", path: ENTRY, value: kind, message: "is no way in", fix: "set it to role or profile" },
  ]);
}

/** Endpoint that is synthesized while no local AWS runs. */
const IDLE_ENDPOINT = "http://127.0.0.1:4566";

/** Folder of what belongs to one run, so that several can be beside each other: `LAKE_HOME`, by default `.lake`. */
export function homeOf(environment: NodeJS.ProcessEnv, root: string): string {
  return resolve(root, environment.LAKE_HOME ?? ".lake");
}

/** File in which a running local AWS says where it listens. */
export function serverFile(environment: NodeJS.ProcessEnv, root: string): string {
  return join(homeOf(environment, root), "local", "server.json");
}

/**
 * The target that `LAKE_TARGET` names: `local` (the default, so that nothing reaches AWS by accident) or `aws`.
 * The local endpoint is `LAKE_LOCAL_ENDPOINT` or that of the running local AWS.
 */
export function targetOf(environment: NodeJS.ProcessEnv, root: string): Target {
  const kind = environment.LAKE_TARGET ?? "local";
  if (kind === "aws") return { kind };
  if (kind !== "local") {
    throw new ConfigurationError([
      {
        file: "environment",
        path: "LAKE_TARGET",
        value: kind,
        message: "is not a target",
        fix: "set it to local or aws",
      },
    ]);
  }
  return {
    kind,
    endpoint: environment.LAKE_LOCAL_ENDPOINT ?? runningEndpoint(serverFile(environment, root)) ?? IDLE_ENDPOINT,
  };
}

function runningEndpoint(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, "utf8")) as { endpoint: string }).endpoint;
}
