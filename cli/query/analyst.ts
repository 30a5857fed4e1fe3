import { AthenaClient } from "@aws-sdk/client-athena";
import { GlueClient } from "@aws-sdk/client-glue";
import { Names } from "../../accounts/model/naming";
import type { LakeAccount } from "../../accounts/model/schema";
import { landing } from "../../contracts/layout";
import { type RolePart, roleEntry, roleSettings } from "../aws";
import { InputError, OperationError } from "../exit-codes";
import type { Lake } from "../lake";

/** What is asked about, and where. */
export interface Asking {
  /** Whole name of the workgroup. @default that of the role */
  readonly workgroup?: string;
  /** About files that no contract declares, as the explorer, instead of tables and marts. @default false */
  readonly landing?: boolean;
}

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
 * @throws InputError where the lake does not have what is asked about
 */
export async function asAnalyst<T>(
  lake: Lake,
  account: LakeAccount,
  { workgroup, landing: isLanding = false }: Asking,
  work: (analyst: Analyst) => Promise<T>,
): Promise<T> {
  const { organization } = lake.accounts;
  if (isLanding && account.landing === false) {
    const fix = `Set \`landing: {}\` in accounts/${account.name}.ts, or leave --landing out.`;
    throw new InputError(`The lake ${account.name} keeps no files that no contract declares.`, fix);
  }
  const [role, place] = isLanding ? (["explorer", landing] as const) : (["analyst", "analysts"] as const);
  const target = await lake.target();
  const settings = roleSettings(target, organization, roleEntry(organization, account, role));
  const names = new Names(organization, account);
  const [athena, glue] = [new AthenaClient(settings), new GlueClient(settings)];
  try {
    return await work({ account, athena, glue, workgroup: workgroup ?? names.of(place) });
  } catch (error) {
    throw explain(error, account, role, workgroup);
  } finally {
    for (const client of [athena, glue]) client.destroy();
  }
}

/** What AWS says when something was never deployed, in words that tell what to do. */
function explain(error: unknown, account: LakeAccount, role: RolePart, workgroup: string | undefined): unknown {
  const { name, message } = error as Error;
  const fix = "Deploy it with `npm run lake -- up`; `npm run lake -- doctor` checks the roles.";
  if (/WorkGroup .* is not found/.test(message)) {
    return new OperationError(
      message,
      workgroup === undefined ? fix : "Leave --workgroup out, or name one that exists.",
    );
  }
  if (name === "AccessDenied" && message.includes("sts:AssumeRole")) {
    return new OperationError(`The ${role} role of ${account.name} cannot be used: ${message}`, fix);
  }
  return error;
}
