import type { Statement } from "../policies/statement";
import { serviceRoleGrants } from "./database-grants";
import {
  BOUNDED_ROLE_CHANGES,
  type DeployerScope,
  namedResources,
  ROLE_CHANGES,
  ROLE_READS,
  rolesOf,
} from "./deployer-policies";
import { bootstrapReads } from "./planner-policies";
import { recordStatements, roleOf } from "./record-bounds";

/**
 * The most that any role of the account may ever do. It holds roles that the deployer made as well, whatever policy it
 * gave them: they work in the lake, and make no role that would be held by less.
 */
export function boundaryStatements(scope: DeployerScope): Statement[] {
  return [
    {
      Sid: "WorkInTheLake",
      Effect: "Allow",
      Action: [...Object.keys(namedResources(scope)), "ec2", "kms", "route53", "secretsmanager", "xray"].map(
        (service) => `${service}:*`,
      ),
      Resource: "*",
    },
    {
      Sid: "ManageRolesOfTheLake",
      Effect: "Allow",
      Action: [...ROLE_READS, ...BOUNDED_ROLE_CHANGES, ...ROLE_CHANGES, "iam:PassRole"],
      Resource: rolesOf(scope),
    },
    // Without these no role could plan the bootstrap stack; they open nothing but settings.
    ...[...serviceRoleGrants(scope), ...bootstrapReads(scope)].map(
      (grant): Statement => ({ ...grant, Effect: "Allow" }),
    ),
    {
      Sid: "MakeBoundedRolesOnly",
      Effect: "Deny",
      Action: BOUNDED_ROLE_CHANGES,
      Resource: "*",
      Condition: { StringNotEquals: { "iam:PermissionsBoundary": scope.boundaryArn } },
    },
    {
      Sid: "KeepTheDeployers",
      Effect: "Deny",
      Action: [...BOUNDED_ROLE_CHANGES, ...ROLE_CHANGES],
      Resource: ["deploy", "plan"].map((name) => roleOf(scope, name)),
    },
    ...recordStatements(scope),
  ];
}
