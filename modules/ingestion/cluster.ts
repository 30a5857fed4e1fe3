import { clusterMark } from "../../contracts/ingestion";

/** The most and the least of what works in a cluster. A unit is 4 vCPU: an `xlarge`. */
export interface CoreUnits {
  readonly min: number;
  readonly max: number;
}

export interface ClusterProps {
  /** First part of a cluster's name; the name of the execution follows. It is the mark of our clusters as well. */
  readonly namePrefix: string;
  /** More tags of clusters and their machines. */
  readonly tags: Readonly<Record<string, string>>;
  /** E.g. `emr-7.13.0`. */
  readonly releaseLabel: string;
  /** Name of the role of EMR itself. */
  readonly serviceRole: string;
  /** Name of the instance profile of the machines. */
  readonly instanceProfile: string;
  readonly securityConfiguration: string;
  /** Key of logs. */
  readonly keyArn: string;
  /** Where nodes write their logs. */
  readonly logUri: string;
  /** Private subnets; EMR takes one that has room for all. */
  readonly subnetIds: readonly string[];
  readonly groups: { readonly primary: string; readonly core: string; readonly service: string };
  /** Kinds of machines; EMR takes what is at hand. */
  readonly instanceTypes: readonly string[];
  readonly coreUnits: CoreUnits;
  /** Do the machines that work run on spare capacity? */
  readonly spot: boolean;
}

/** EMR's managed policies ask for this tag, and so does the role of EMR here: EMR copies it to all that it makes. */
export const EMR_TAG = { key: "for-use-with-amazon-emr-managed-policies", value: "true" } as const;

/** So long a cluster is kept without work, in seconds: longer than its first step takes to be handed over. */
const IDLE_SECONDS = 900;
/** So long is waited for spare capacity before it is bought at its full price. */
const SPOT_MINUTES = 15;
/** Disk of the system, GB: libraries and logs. */
const ROOT_DISK_GB = 32;
/** Disk of each machine for what Spark spills, GB. */
const WORK_DISK_GB = 64;

/**
 * Data between the processes of Spark is encrypted by Spark itself, with a secret that YARN makes for each job. EMR's own
 * encryption in transit takes a certificate with its private key from S3: a file that whoever reads artifacts could read.
 * https://spark.apache.org/docs/3.5.6/security.html
 */
const SPARK_IN_TRANSIT = {
  "spark.authenticate": "true",
  "spark.network.crypto.enabled": "true",
  "spark.network.crypto.authEngineVersion": "2",
};

/** Settings of the cluster's programs. */
const CONFIGURATIONS = [
  {
    Classification: "spark-defaults",
    Properties: {
      ...SPARK_IN_TRANSIT,
      "spark.network.crypto.saslFallback": "false",
      "spark.io.encryption.enabled": "true",
    },
  },
  // The shuffle service is a part of YARN and reads YARN's settings.
  {
    Classification: "yarn-site",
    Properties: {
      ...SPARK_IN_TRANSIT,
      // Who starts a job also starts it again: it alone knows whether that helps.
      "yarn.resourcemanager.am.max-attempts": "1",
    },
  },
];

/** Units of a machine by the end of its type's name. */
function unitsOf(instanceType: string): number {
  const [, times] = /\.(\d*)xlarge$/.exec(instanceType) ?? [];
  if (times === undefined) throw new Error(`${instanceType} is no type of xlarge or larger`);
  return times === "" ? 1 : Number(times);
}

/**
 * Parameters of the state that makes a cluster, `createCluster`, which takes what `RunJobFlow` of EMR takes: paths are those
 * of the execution's data.
 */
export function clusterRequest(props: ClusterProps): Readonly<Record<string, unknown>> {
  const { coreUnits, groups } = props;
  return {
    "Name.$": `States.Format('${props.namePrefix}{}', $$.Execution.Name)`,
    ReleaseLabel: props.releaseLabel,
    Applications: [{ Name: "Hadoop" }, { Name: "Spark" }],
    ServiceRole: props.serviceRole,
    JobFlowRole: props.instanceProfile,
    SecurityConfiguration: props.securityConfiguration,
    LogUri: props.logUri,
    LogEncryptionKmsKeyId: props.keyArn,
    EbsRootVolumeSize: ROOT_DISK_GB,
    "StepConcurrencyLevel.$": "$.claim.concurrency",
    ScaleDownBehavior: "TERMINATE_AT_TASK_COMPLETION",
    AutoTerminationPolicy: { IdleTimeout: IDLE_SECONDS },
    ManagedScalingPolicy: {
      ComputeLimits: {
        UnitType: "InstanceFleetUnits",
        MinimumCapacityUnits: coreUnits.min,
        MaximumCapacityUnits: coreUnits.max,
        // Spare capacity may have run out for all of them.
        MaximumOnDemandCapacityUnits: coreUnits.max,
        MaximumCoreCapacityUnits: coreUnits.max,
      },
    },
    Configurations: CONFIGURATIONS,
    Instances: {
      // Steps are added one by one, and the state machine ends the cluster.
      KeepJobFlowAliveWhenNoSteps: true,
      TerminationProtected: false,
      Ec2SubnetIds: props.subnetIds,
      EmrManagedMasterSecurityGroup: groups.primary,
      EmrManagedSlaveSecurityGroup: groups.core,
      ServiceAccessSecurityGroup: groups.service,
      InstanceFleets: [primaryFleet(props), coreFleet(props)],
    },
    VisibleToAllUsers: true,
    Tags: [
      EMR_TAG,
      clusterMark(props.namePrefix),
      ...Object.entries(props.tags).map(([key, value]) => ({ key, value })),
    ].map(({ key, value }) => ({ Key: key, Value: value })),
  };
}

/** The machine that holds a cluster together: a cluster that loses it is lost, so it is never on spare capacity. */
function primaryFleet({ instanceTypes }: ClusterProps): object {
  return {
    Name: "primary",
    InstanceFleetType: "MASTER",
    TargetOnDemandCapacity: 1,
    InstanceTypeConfigs: instanceTypes.map((type) => ({ InstanceType: type, ...WORK_DISK })),
    LaunchSpecifications: { OnDemandSpecification: { AllocationStrategy: "lowest-price" } },
  };
}

function coreFleet({ instanceTypes, coreUnits, spot }: ClusterProps): object {
  return {
    Name: "core",
    InstanceFleetType: "CORE",
    TargetOnDemandCapacity: spot ? 0 : coreUnits.min,
    TargetSpotCapacity: spot ? coreUnits.min : 0,
    InstanceTypeConfigs: instanceTypes.map((type) => ({
      InstanceType: type,
      WeightedCapacity: unitsOf(type),
      ...WORK_DISK,
    })),
    LaunchSpecifications: {
      OnDemandSpecification: { AllocationStrategy: "lowest-price" },
      ...(spot
        ? {
            SpotSpecification: {
              TimeoutDurationMinutes: SPOT_MINUTES,
              TimeoutAction: "SWITCH_TO_ON_DEMAND",
              AllocationStrategy: "price-capacity-optimized",
            },
          }
        : {}),
    },
  };
}

/** The security configuration encrypts it. */
const WORK_DISK = {
  EbsConfiguration: {
    EbsBlockDeviceConfigs: [
      { VolumeSpecification: { VolumeType: "gp3", SizeInGB: WORK_DISK_GB }, VolumesPerInstance: 1 },
    ],
  },
};
