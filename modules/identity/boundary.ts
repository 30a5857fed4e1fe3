import type { Statement } from "../policies/statement";
import { LINKED_SERVICES, linkedRoleGrant, PROFILE_CHANGES, PROFILE_READS, profilesOf } from "./machines";
import { recordStatements, roleOf } from "./record-bounds";
import { servicesOf } from "./rights";
import { WATCHING_SERVICES, watcherStatements } from "./rights/detection";
import { governingStatements } from "./rights/lake-formation";
import type { DeployerScope } from "./rights/part";
import { BOUNDED_ROLE_CHANGES, bootstrapReads, ROLE_CHANGES, ROLE_READS, rolesOf } from "./rights/roles";

/**
 * The most that any role of the account may ever do. It holds roles that the deployer made as well, whatever policy it
 * gave them: they work in the lake, and make no role that would be held by less.
 */
export function boundaryStatements(scope: DeployerScope): Statement[] {
  return [
    {
      Sid: "WorkInTheLake",
      Effect: "Allow",
      Action: servicesOf(scope)
        .map((service) => `${service}:*`)
        .concat("ssm:GetParameter"),
      Resource: "*",
    },
    {
      Sid: "ManageRolesOfTheLake",
      Effect: "Allow",
      Action: [...ROLE_READS, ...BOUNDED_ROLE_CHANGES, ...ROLE_CHANGES, "iam:PassRole"],
      Resource: rolesOf(scope),
    },
    {
      Sid: "ManageProfilesOfTheLake",
      Effect: "Allow",
      Action: [...PROFILE_READS, ...PROFILE_CHANGES],
      Resource: profilesOf(scope),
    },
    // By the services' names alone: the same in ARNs would take a tenth of what a policy may have.
    {
      ...linkedRoleGrant(scope.place, [...LINKED_SERVICES, ...WATCHING_SERVICES]),
      Effect: "Allow",
      Resource: `arn:${scope.place.partition}:iam::${scope.place.accountId}:role/aws-service-role/*`,
    },
    ...watcherStatements(scope),
    ...governingStatements(scope),
    // Without these no role could plan the bootstrap stack; they open nothing but settings.
    ...bootstrapReads(scope).map((grant): Statement => ({ ...grant, Effect: "Allow" })),
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
