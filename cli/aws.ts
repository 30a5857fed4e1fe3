import type { STSClientConfig } from "@aws-sdk/client-sts";
import { fromTemporaryCredentials, fromTokenFile } from "@aws-sdk/credential-providers";
import { Names } from "../accounts/model/naming";
import type { Organization } from "../accounts/model/organization";
import type { Account } from "../accounts/model/schema";
import type { Target } from "../accounts/model/target";
import { type Clearance, clearanceTag, type Persona } from "../contracts/people";

// The SDK's note about Node versions is for us, who test with them, and would stand in the middle of the progress.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

/** What sessions are called where nobody asks who it is. */
const SESSION = "lake";

/** What a client of any AWS service is made with. */
export interface ClientSettings {
  readonly region: string;
  readonly credentials?: STSClientConfig["credentials"];
  readonly endpoint?: string;
}

/** A role by which a person enters an account. */
export interface Entry {
  readonly account: Account;
  readonly roleArn: string;
  /** @default none is demanded */
  readonly externalId?: string;
  /** File with the token of a build server, which then takes the place of credentials and external id. @default none */
  readonly tokenFile?: string;
  /** Tag of the session. @default none: nothing that is classified can be read */
  readonly clearance?: Clearance;
  /** What the session is called. @default lake */
  readonly sessionName?: string;
}

/** Whoever calls: on AWS the credentials of the environment, locally the management account's root. */
export function callerSettings(target: Target, organization: Organization, region: string): ClientSettings {
  if (target.kind === "aws") return { region };
  return { region, credentials: localCredentials(organization), endpoint: target.endpoint };
}

/** In the local AWS an account's number is the access key of its root. */
export function localCredentials(organization: Organization): { accessKeyId: string; secretAccessKey: string } {
  return { accessKeyId: organization.managementAccountId, secretAccessKey: "local" };
}

/** Somebody in an account, by a role. */
export function roleSettings(target: Target, organization: Organization, entry: Entry): ClientSettings {
  const caller = callerSettings(target, organization, entry.account.region);
  if (entry.tokenFile !== undefined) {
    const { roleArn, tokenFile: webIdentityTokenFile } = entry;
    return {
      ...caller,
      credentials: fromTokenFile({
        roleArn,
        webIdentityTokenFile,
        roleSessionName: SESSION,
        clientConfig: { region: caller.region },
      }),
    };
  }
  const credentials = fromTemporaryCredentials({
    params: {
      RoleArn: entry.roleArn,
      ExternalId: entry.externalId,
      RoleSessionName: entry.sessionName ?? SESSION,
      ...(entry.clearance === undefined ? {} : { Tags: [{ Key: clearanceTag, Value: entry.clearance }] }),
    },
    // Left out on AWS, so that the default chain finds the caller's.
    ...(target.kind === "aws" ? {} : { masterCredentials: localCredentials(organization) }),
    clientConfig: { region: caller.region, ...(caller.endpoint === undefined ? {} : { endpoint: caller.endpoint }) },
  });
  return { ...caller, credentials };
}

/** The organization's own way into a member account. */
export function adminEntry(organization: Organization, account: Account): Entry {
  return { account, roleArn: new Names(organization, account).roleArn(organization.adminRole) };
}

/** Roles of the account that are taken on by people or in their name. */
export type RolePart = "deploy" | "plan" | "producer" | Persona;

/** The way into an account by one of the lake's own roles. */
export function roleEntry(organization: Organization, account: Account, part: RolePart, clearance?: Clearance): Entry {
  const names = new Names(organization, account);
  return { account, roleArn: names.roleArn(names.of(part)), externalId: organization.externalId, clearance };
}
