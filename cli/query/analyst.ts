import { AthenaClient } from "@aws-sdk/client-athena";
import { GlueClient } from "@aws-sdk/client-glue";
import { Names } from "../../accounts/model/naming";
import type { LakeAccount } from "../../accounts/model/schema";
import { roleEntry, roleSettings } from "../aws";
import { OperationError } from "../exit-codes";
import type { Lake } from "../lake";

/** The services through which an analyst sees one lake. */
export interface Analyst {
  readonly account: LakeAccount;
  readonly athena: AthenaClient;
  readonly glue: GlueClient;
  /** The workgroup whose settings hold. */
  readonly workgroup: string;
}

/**
 * Lends the clients to the work.
 * @param workgroup its whole name, or the part behind the lake's prefix; by default the analysts'
 */
export async function asAnalyst<T>(
  lake: Lake,
  account: LakeAccount,
  workgroup: string | undefined,
  work: (analyst: Analyst) => Promise<T>,
): Promise<T> {
  const { organization } = lake.accounts;
  const target = await lake.target();
  const settings = roleSettings(target, organization, roleEntry(organization, account, "analyst"));
  const names = new Names(organization, account);
  const [athena, glue] = [new AthenaClient(settings), new GlueClient(settings)];
  try {
    return await work({ account, athena, glue, workgroup: workgroup ?? names.of("analysts") });
  } catch (error) {
    throw explain(error, account, workgroup);
  } finally {
    for (const client of [athena, glue]) client.destroy();
  }
}

/** What AWS says when something was never deployed, in words that tell what to do. */
function explain(error: unknown, account: LakeAccount, workgroup: string | undefined): unknown {
  const { name, message } = error as Error;
  const fix = "Deploy it with `npm run lake -- up`; `npm run lake -- doctor` checks the roles.";
  if (/WorkGroup .* is not found/.test(message)) {
    return new OperationError(
      message,
      workgroup === undefined ? fix : "Leave --workgroup out, or name one that exists.",
    );
  }
  if (name === "AccessDenied" && message.includes("sts:AssumeRole")) {
    return new OperationError(`The analyst role of ${account.name} cannot be used: ${message}`, fix);
  }
  return error;
}
