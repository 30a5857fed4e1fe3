import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Organization } from "../accounts/model/organization";
import type { Target } from "../accounts/model/target";
import { type Entry, roleSettings } from "./aws";
import { OperationError } from "./exit-codes";
import { credentialsFix } from "./failure";

/** Why a role cannot be used, and what to do about it. */
export interface EntryProblem {
  readonly account: string;
  readonly roleArn: string;
  readonly message: string;
  readonly fix: string;
}

/** Takes on every role and asks who it is then: every problem of every role at once. */
export async function entryProblems(
  target: Target,
  organization: Organization,
  entries: readonly Entry[],
): Promise<EntryProblem[]> {
  const problems = await Promise.all(entries.map((entry) => entryProblem(target, organization, entry)));
  return problems.filter((problem) => problem !== undefined);
}

/** @throws OperationError with every role that cannot be used. Nothing has been changed by then. */
export async function checkEntries(
  target: Target,
  organization: Organization,
  entries: readonly Entry[],
): Promise<void> {
  const problems = await entryProblems(target, organization, entries);
  if (problems.length === 0) return;
  const lines = problems.map(
    ({ account, roleArn, message, fix }) => `  ${account}: ${roleArn}\n    ${message}\n    fix: ${fix}`,
  );
  throw new OperationError(
    `${problems.length} of ${entries.length} roles cannot be used; nothing was changed.\n${lines.join("\n")}`,
  );
}

async function entryProblem(
  target: Target,
  organization: Organization,
  entry: Entry,
): Promise<EntryProblem | undefined> {
  const client = new STSClient(roleSettings(target, organization, entry));
  const problem = (message: string, fix: string) => ({
    account: entry.account.name,
    roleArn: entry.roleArn,
    message,
    fix,
  });
  try {
    const { Account } = await client.send(new GetCallerIdentityCommand({}));
    if (Account === entry.account.id) return undefined;
    return problem(
      `leads to account ${Account}, not ${entry.account.id}`,
      `correct the id in accounts/${entry.account.name}.ts`,
    );
  } catch (error) {
    const { name, message } = error as Error;
    return problem(`${name}: ${message}`, credentialsFix(error as Error) ?? entryFix(entry, organization));
  } finally {
    client.destroy();
  }
}

function entryFix(entry: Entry, organization: Organization): string {
  if (entry.externalId === undefined) {
    return `let the role trust your credentials, or correct id and adminRole (${organization.adminRole}) in accounts/`;
  }
  return "deploy the bootstrap stack with `npm run lake -- up`, and check operators and externalId in accounts/organization.ts";
}
