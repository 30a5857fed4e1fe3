import { arnIn } from "../place";
import type { DeployerScope } from "./rights/part";
import type { Grant } from "./role";

/** Secrets are made and described here; what they say is nobody's who deploys. */
export const SECRET_READS = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"];

const SECRET_CHANGES = [
  "secretsmanager:CreateSecret",
  "secretsmanager:DeleteSecret",
  "secretsmanager:RestoreSecret",
  "secretsmanager:TagResource",
  "secretsmanager:UntagResource",
  "secretsmanager:UpdateSecret",
];

/** What databases take besides their own service. */
export function databaseGrants({ place, prefix }: Pick<DeployerScope, "place" | "prefix">): Grant[] {
  return [
    {
      Sid: "ManageSecrets",
      Action: [...SECRET_READS, ...SECRET_CHANGES],
      Resource: arnIn(place, "secretsmanager", `secret:${prefix}-*`),
    },
    // RDS makes it in the name of whoever makes the cluster:
    // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html
    {
      Sid: "MakeMasterSecrets",
      Action: ["secretsmanager:CreateSecret", "secretsmanager:TagResource"],
      Resource: arnIn(place, "secretsmanager", "secret:rds!cluster-*"),
    },
  ];
}
