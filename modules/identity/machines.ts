/** What concerns machines, and the roles that services make for themselves, in the policies of deployers and the boundary. */
import { arnIn, type Place } from "../place";
import { roleOf } from "./record-bounds";
import type { DeployerScope } from "./rights/part";
import type { Grant } from "./role";

/** Last part of the name of the one role that machines of EC2 may have. */
export const MACHINE_ROLE = "ingest-emr-machines";

export const PROFILE_READS = ["iam:GetInstanceProfile", "iam:ListInstanceProfileTags"];

/** One by one they would be many: profiles are made, described, tagged and deleted. */
export const PROFILE_CHANGES = ["iam:*InstanceProfile"];

export const profilesOf = ({ place, prefix }: DeployerScope) =>
  `arn:${place.partition}:iam::${place.accountId}:instance-profile/${prefix}-*`;

/**
 * A role of a service's own may be made where the account has none yet: only the service can take it, and its policy is AWS's.
 * @param services first parts of their names
 */
export function linkedRoleGrant({ partition, accountId }: Place, services: readonly string[]): Grant {
  const names = services.map((service) => `${service}.amazonaws.com`);
  return {
    Sid: "LetServicesWork",
    Action: "iam:CreateServiceLinkedRole",
    Resource: names.map((name) => `arn:${partition}:iam::${accountId}:role/aws-service-role/${name}/*`),
    Condition: { StringEquals: { "iam:AWSServiceName": names } },
  };
}

/** Services that a deployment uses for the first time: databases and jobs without servers. */
const DEPLOYED = ["ops.emr-serverless", "rds"];

/** And those that runs use for the first time: clusters, and spare capacity for their machines. */
export const LINKED_SERVICES = ["elasticmapreduce", ...DEPLOYED, "spot"];

/**
 * EMR Serverless makes its network interfaces in the name of who starts an application.
 * https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/security-iam-user-access-policies.html
 */
export function applicationGrants(place: Place): Grant[] {
  return [
    {
      Sid: "ConnectApplications",
      Action: "ec2:CreateNetworkInterface",
      Resource: ["network-interface", "security-group", "subnet"].map((kind) => arnIn(place, "ec2", `${kind}/*`)),
      Condition: { StringEquals: { "aws:CalledViaLast": "ops.emr-serverless.amazonaws.com" } },
    },
  ];
}

/** What roles of machines take: a profile carries the one role that machines may have. */
export function machineGrants(scope: DeployerScope): Grant[] {
  return [
    { Sid: "ManageProfiles", Action: [...PROFILE_CHANGES, ...PROFILE_READS], Resource: profilesOf(scope) },
    {
      Sid: "GiveMachinesTheirRole",
      Action: "iam:PassRole",
      Resource: roleOf(scope, MACHINE_ROLE),
      Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
    },
    linkedRoleGrant(scope.place, DEPLOYED),
  ];
}
