import { EmrSecurityConfiguration } from "@cdktf/provider-aws/lib/emr-security-configuration";
import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { Construct } from "constructs";
import { clusterMark } from "../../contracts/ingestion";
import type { Source } from "../../contracts/sources/source";
import { MACHINE_ROLE } from "../identity/machines";
import { type Grant, Role } from "../identity/role";
import type { Key } from "../keys/key";
import { emrBuckets } from "../network/aws-buckets";
import type { Network } from "../network/network";
import { arnIn, type Place } from "../place";
import { trustService } from "../policies/statement";
import type { Artifacts } from "../storage/artifacts";
import { type ClusterProps, clusterRequest } from "./cluster";
import { type Compute, emrCompute } from "./compute";
import { constantsOf, grantJobs, type JobWorld } from "./jobs";
import { CLUSTER_LOGS } from "./layout";
import { machineGrants, serviceLinkedRole } from "./machine-rights";

/** What the computes that EMR runs have in common. */
export interface EmrProps {
  readonly place: Place;
  /** Physical name of a part. */
  readonly nameOf: (part: string) => string;
  readonly network: Network;
  /** Key of disks and logs. */
  readonly key: Key;
  readonly artifacts: Artifacts;
  readonly boundaryArn: string;
  readonly world: JobWorld;
  /** The sources that are read by it. */
  readonly sources: readonly Source[];
  readonly settings: Pick<ClusterProps, "releaseLabel" | "instanceTypes" | "coreUnits" | "spot"> & {
    readonly tablesAtOnce: number;
  };
  /** Tags of what is made for a run. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What a cluster of a run needs to be there before: roles, encryption, and what the state machine asks for. */
export class EmrClusters extends Construct {
  readonly compute: Compute;
  private readonly scope: { readonly place: Place; readonly namePrefix: string };
  private readonly roles: { readonly service: Role; readonly machines: Role };

  constructor(scope: Construct, id: string, props: EmrProps) {
    super(scope, id);
    const { place, nameOf, network, key, artifacts, world, settings } = props;
    const { spark } = network;
    if (!spark) throw new Error(`the network of ${nameOf("ingest")} has no security groups for clusters`);
    this.scope = { place, namePrefix: nameOf("ingest-") };
    this.roles = this.addRoles(props, [spark.primary.id, spark.core.id, spark.service.id]);
    const profile = new IamInstanceProfile(this, "profile", {
      name: this.roles.machines.name,
      role: this.roles.machines.name,
      // The role is known by its name, which does not wait for it.
      dependsOn: [this.roles.machines.policy],
    });
    const { tablesAtOnce: _, ...sizes } = settings;
    const request = clusterRequest({
      ...sizes,
      namePrefix: this.scope.namePrefix,
      tags: props.tags,
      serviceRole: this.roles.service.arn,
      instanceProfile: profile.name,
      securityConfiguration: this.addEncryption(props),
      keyArn: key.arn,
      logUri: `s3://${artifacts.bucket.name}/${CLUSTER_LOGS}`,
      subnetIds: network.privateSubnetIds,
      groups: { primary: spark.primary.id, core: spark.core.id, service: spark.service.id },
    });
    this.compute = emrCompute(request, world.files, constantsOf(world));
  }

  /** What making, using and ending clusters takes of a state machine: https://docs.aws.amazon.com/step-functions/latest/dg/emr-iam.html */
  runGrants(): Grant[] {
    const { place, namePrefix } = this.scope;
    const { key, value } = clusterMark(namePrefix);
    const clusters = arnIn(place, "elasticmapreduce", "cluster/*");
    const asked = { StringEquals: { [`elasticmapreduce:RequestTag/${key}`]: value } };
    return [
      // A cluster has no ARN before it is made.
      { Sid: "MakeClusters", Action: "elasticmapreduce:RunJobFlow", Resource: "*", Condition: asked },
      { Sid: "MarkClusters", Action: "elasticmapreduce:AddTags", Resource: clusters, Condition: asked },
      {
        // Asked of who makes a cluster with a bound on its size and its idle time, before it carries its mark.
        Sid: "BoundClusters",
        Action: ["elasticmapreduce:PutAutoTerminationPolicy", "elasticmapreduce:PutManagedScalingPolicy"],
        Resource: clusters,
      },
      {
        Sid: "UseClusters",
        Action: [
          "elasticmapreduce:AddJobFlowSteps",
          "elasticmapreduce:CancelSteps",
          "elasticmapreduce:DescribeCluster",
          "elasticmapreduce:DescribeStep",
          "elasticmapreduce:TerminateJobFlows",
        ],
        Resource: clusters,
        Condition: { StringEquals: { [`elasticmapreduce:ResourceTag/${key}`]: value } },
      },
      ...(
        [
          ["Emr", this.roles.service, "elasticmapreduce.amazonaws.com"],
          ["Machines", this.roles.machines, "ec2.amazonaws.com"],
        ] as const
      ).map(([label, role, service]) => ({
        Sid: `Give${label}ItsRole`,
        Action: "iam:PassRole",
        Resource: role.arn,
        Condition: { StringEquals: { "iam:PassedToService": service } },
      })),
      // EMR needs it to clear up after a cluster: https://docs.aws.amazon.com/emr/latest/ManagementGuide/using-service-linked-roles-cleanup.html
      serviceLinkedRole(place, "ClearUp", "elasticmapreduce.amazonaws.com", "AWSServiceRoleForEMRCleanup"),
    ];
  }

  private addRoles(
    { place, nameOf, network, key, artifacts, boundaryArn, world, sources }: EmrProps,
    groupIds: string[],
  ) {
    const machines = new Role(this, "machines", {
      name: nameOf(MACHINE_ROLE),
      description: "Machines of clusters: jobs that read tables of databases",
      trust: [
        // EC2 says no source when it takes a role: that roles are passed within one account only bounds it.
        { Sid: "Service", Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
      boundaryArn,
    });
    grantJobs(machines, world, sources);
    artifacts.bucket.grantRead(machines, "spark/");
    artifacts.bucket.grantWrite(machines, CLUSTER_LOGS);
    machines.allow({
      Sid: "FetchProgramsOfSteps",
      Action: "s3:GetObject",
      Resource: emrBuckets(place.region).map((bucket) => `arn:${place.partition}:s3:::${bucket}/*`),
    });
    const service = new Role(this, "service", {
      name: nameOf("ingest-emr-service"),
      description: "EMR itself: makes and ends the machines of clusters",
      trust: [trustService("elasticmapreduce.amazonaws.com", place.accountId)],
      boundaryArn,
    });
    service.allow(
      ...machineGrants({ place, subnetIds: network.privateSubnetIds, groupIds, machineRoleArn: machines.arn }),
    );
    key.grantDisks(service);
    return { service, machines };
  }

  /** Everything at rest is encrypted, and machines answer for their roles only to requests of the second version. */
  private addEncryption({ nameOf, key, world }: EmrProps): string {
    return new EmrSecurityConfiguration(this, "encryption", {
      name: nameOf("ingest"),
      configuration: JSON.stringify({
        EncryptionConfiguration: {
          EnableInTransitEncryption: false,
          EnableAtRestEncryption: true,
          AtRestEncryptionConfiguration: {
            S3EncryptionConfiguration: {
              EncryptionMode: "SSE-KMS",
              AwsKmsKey: key.arn,
              // The zone's bucket refuses every key but its own.
              EncryptionKeyOverrides: [
                { BucketName: world.raw.name, EncryptionMode: "SSE-KMS", AwsKmsKey: world.raw.key.arn },
              ],
            },
            LocalDiskEncryptionConfiguration: {
              EncryptionKeyProviderType: "AwsKms",
              AwsKmsKey: key.arn,
              EnableEbsEncryption: true,
            },
          },
        },
        InstanceMetadataServiceConfiguration: {
          MinimumInstanceMetadataServiceVersion: 2,
          HttpPutResponseHopLimit: 1,
        },
      }),
    }).name;
  }
}
