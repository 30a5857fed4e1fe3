import { isDeepStrictEqual } from "node:util";

type OneOrMore = string | readonly string[];

/** Statement of an IAM, bucket, key, queue, topic or endpoint policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | { readonly AWS?: OneOrMore; readonly Service?: OneOrMore; readonly Federated?: OneOrMore };
  readonly Action: OneOrMore;
  readonly Resource?: OneOrMore;
  /** In place of resources: all but these. For what is refused only. */
  readonly NotResource?: OneOrMore;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;
}

/** A variable of IAM, which Terraform would take for a reference of its own. */
const VARIABLE = /\$\{(?=aws:)/g;

/** The policy document as plain JSON, which Terraform compares and scanners read. */
export function policyJson(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements }).replace(VARIABLE, () => "$${");
}

/** Adds a statement to a policy. One that is there under the same id takes on the new actions; all else has to agree. */
export function addStatement(statements: Statement[], added: Statement): void {
  const index = statements.findIndex(({ Sid }) => Sid === added.Sid);
  const known = statements[index];
  if (!known) {
    statements.push(added);
    return;
  }
  if (isDeepStrictEqual(known, added)) return;
  const { Action: knownActions, ...knownRest } = known;
  const { Action: addedActions, ...addedRest } = added;
  if (!isDeepStrictEqual(knownRest, addedRest)) throw new Error(`two different statements are named ${added.Sid}`);
  statements[index] = { ...known, Action: [...new Set([knownActions, addedActions].flat())].sort() };
}

/** Trust policy statement: the service may assume the role, on behalf of this account only. */
export function trustService(service: string, accountId: string): Statement {
  return {
    Sid: "Service",
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  };
}

/** Trust policy statement: these principals may assume the role if they present the external id. */
export function trustPrincipals(principals: readonly string[], externalId: string): Statement {
  return {
    Sid: "Operators",
    Effect: "Allow",
    Principal: { AWS: principals },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "sts:ExternalId": externalId } },
  };
}

/** Resource policy statement: nobody may use the resource without TLS. */
export function denyPlainHttp(action: string, resources: OneOrMore): Statement {
  return {
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: action,
    Resource: resources,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}
