import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { OperationError } from "../exit-codes";
import type { Lake } from "../lake";

/** For whom the token is: AWS STS takes no other. */
const AUDIENCE = "sts.amazonaws.com";

/**
 * Writes the token by which a build server proves to AWS which repository, branch and environment it works for. GitHub
 * Actions gives one on demand, good for minutes: it is asked for again before each use. Others put it into LAKE_ID_TOKEN.
 * @returns the file, or undefined where there is no token or the organization trusts no build server
 */
export async function writeToken(lake: Lake): Promise<string | undefined> {
  if (lake.isLocal || lake.accounts.organization.ci === undefined) return undefined;
  const token = lake.environment.LAKE_ID_TOKEN ?? (await tokenOfGitHub(lake.environment));
  if (token === undefined) return undefined;
  const file = join(lake.paths.planning, "aws", "token");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, token, { mode: 0o600 });
  return file;
}

/** https://docs.github.com/en/actions/reference/security/oidc */
export async function tokenOfGitHub(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: key } = environment;
  if (url === undefined || key === undefined) return undefined;
  const response = await fetch(`${url}&audience=${AUDIENCE}`, { headers: { authorization: `bearer ${key}` } });
  if (response.ok) return ((await response.json()) as { value: string }).value;
  throw new OperationError(
    `GitHub gave no token: ${response.status} ${response.statusText}`,
    "The job needs `permissions: id-token: write`.",
  );
}
