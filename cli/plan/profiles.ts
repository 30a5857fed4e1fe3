import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { Names } from "../../accounts/model/naming";
import type { Target } from "../../accounts/model/target";
import { type Entry, localCredentials } from "../aws";
import { OperationError } from "../exit-codes";
import type { Lake } from "../lake";

/** Settings that would lead past the profiles. */
const FOREIGN = [
  "AWS_ACCESS_KEY_ID",
  "AWS_DEFAULT_PROFILE",
  "AWS_ENDPOINT_URL",
  "AWS_PROFILE",
  "AWS_ROLE_ARN",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/** The AWS settings in which the profile of each account leads to the role of its entry. */
export function profileSettings(lake: Lake, entries: readonly Entry[]): string {
  return entries
    .map(({ account, roleArn, externalId, tokenFile }) => {
      const way =
        tokenFile === undefined
          ? [...(externalId === undefined ? [] : [`external_id = ${externalId}`]), "credential_source = Environment"]
          : [`web_identity_token_file = ${tokenFile}`];
      return [
        `[profile ${new Names(lake.accounts.organization, account).prefix}]`,
        `role_arn = ${roleArn}`,
        "role_session_name = terraform",
        ...way,
        "",
      ].join("\n");
    })
    .join("\n");
}

/**
 * What Terraform has to be started with so that each account's profile leads to the role of its entry. Credentials are
 * handed on in the environment alone: nothing that opens an account is written to the disk.
 */
export async function profileVariables(
  lake: Lake,
  target: Target,
  variables: NodeJS.ProcessEnv,
  entries: readonly Entry[],
): Promise<NodeJS.ProcessEnv> {
  const config = join(lake.paths.planning, "aws", "config");
  const credentials = join(dirname(config), "credentials");
  mkdirSync(dirname(config), { recursive: true });
  writeFileSync(config, profileSettings(lake, entries));
  // The user's own file may have profiles of the same names.
  writeFileSync(credentials, "");
  const env: NodeJS.ProcessEnv = { ...variables };
  for (const name of FOREIGN) delete env[name];
  return {
    ...env,
    ...(entries.every(({ tokenFile }) => tokenFile !== undefined) ? {} : await callerVariables(lake, target)),
    ...(target.kind === "local" ? { AWS_ENDPOINT_URL_STS: target.endpoint } : {}),
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
  };
}

/** The caller's credentials as variables, wherever they come from. */
async function callerVariables(lake: Lake, target: Target): Promise<NodeJS.ProcessEnv> {
  const { accessKeyId, secretAccessKey, sessionToken } =
    target.kind === "local"
      ? { ...localCredentials(lake.accounts.organization), sessionToken: undefined }
      : await own();
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
  };
}

async function own() {
  try {
    return await fromNodeProviderChain()();
  } catch (error) {
    throw new OperationError(
      `There are no AWS credentials: ${(error as Error).message}`,
      "Sign in to AWS, e.g. by `aws sso login` and AWS_PROFILE.",
    );
  }
}
