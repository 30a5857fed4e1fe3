import { S3BucketReplicationConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-replication-configuration";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { Role } from "../identity/role";

export interface AccessLogRelayProps {
  /** Bucket of this account's access logs. */
  readonly bucketName: string;
  /** Physical name of the role that replicates. */
  readonly roleName: string;
  readonly boundaryArn: string;
  /** Bucket of the audit account, and that account. */
  readonly destination: { readonly bucketName: string; readonly accountId: string };
  readonly dependsOn?: ITerraformDependable[];
}

/** Replicates an account's access logs into the audit account. */
export class AccessLogRelay extends Construct {
  constructor(scope: Construct, id: string, props: AccessLogRelayProps) {
    super(scope, id);
    const { bucketName, destination } = props;
    const [source, target] = [bucketName, destination.bucketName].map((name) => `arn:aws:s3:::${name}`);
    const role = new Role(this, "role", {
      name: props.roleName,
      description: "Replicates access logs into the audit account",
      // S3 documents no source for this call; that roles are passed within one account only bounds it.
      trust: [
        { Sid: "Service", Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
      boundaryArn: props.boundaryArn,
    });
    role.allow(
      { Sid: "FindLogs", Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"], Resource: `${source}` },
      {
        Sid: "TakeLogs",
        Action: ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
        Resource: `${source}/*`,
      },
      {
        Sid: "BringLogs",
        Action: ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateObject", "s3:ReplicateTags"],
        Resource: `${target}/*`,
      },
    );
    new S3BucketReplicationConfigurationA(this, "replication", {
      bucket: bucketName,
      role: role.arn,
      rule: [
        {
          id: "to-the-audit-account",
          status: "Enabled",
          priority: 0,
          filter: { prefix: "" },
          deleteMarkerReplication: { status: "Disabled" },
          // Replicas keep the cipher of what they are replicas of. They belong to the audit account alone.
          destination: {
            bucket: `${target}`,
            account: destination.accountId,
            accessControlTranslation: { owner: "Destination" },
          },
        },
      ],
      dependsOn: [role.policy, ...(props.dependsOn ?? [])],
    });
  }
}
