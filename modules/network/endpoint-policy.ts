import type { Statement } from "../policies/statement";

/**
 * Only principals of the lake's accounts reach only resources of the lake's accounts: neither a stolen foreign key nor a
 * foreign bucket works from inside the network.
 */
function ownAccountsOnly(sid: string, action: string, accountIds: readonly string[]): Statement {
  return {
    Sid: sid,
    Effect: "Allow",
    Principal: "*",
    Action: action,
    Resource: "*",
    Condition: { StringEquals: { "aws:PrincipalAccount": accountIds, "aws:ResourceAccount": accountIds } },
  };
}

export function s3EndpointPolicy(accountIds: readonly string[]): Statement[] {
  return [ownAccountsOnly("OwnBuckets", "s3:*", accountIds)];
}

export function dynamodbEndpointPolicy(accountIds: readonly string[]): Statement[] {
  return [ownAccountsOnly("OwnTables", "dynamodb:*", accountIds)];
}

export function interfaceEndpointPolicy(service: string, accountIds: readonly string[]): Statement[] {
  return [ownAccountsOnly("OwnAccounts", `${service}:*`, accountIds)];
}
