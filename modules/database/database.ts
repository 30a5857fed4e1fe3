import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { DbSubnetGroup } from "@cdktf/provider-aws/lib/db-subnet-group";
import { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import { RdsClusterInstance } from "@cdktf/provider-aws/lib/rds-cluster-instance";
import { RdsClusterParameterGroup } from "@cdktf/provider-aws/lib/rds-cluster-parameter-group";
import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { Construct } from "constructs";
import { Role } from "../identity/role";
import { Key } from "../keys/key";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import type { Network } from "../network/network";
import { arnIn, type Place } from "../place";
import { trustService } from "../policies/statement";
import { addDatabaseAlarms, type DatabaseSize } from "./alarms";

export interface DatabaseProps extends DatabaseSize {
  readonly place: Place;
  /** Physical name of the cluster; the first part of all other names. */
  readonly name: string;
  /** Physical name of the secret of the user who reads. */
  readonly readerName: string;
  /** Name of the database in it. */
  readonly databaseName: string;
  /** With data subnets. */
  readonly network: Network;
  /** Port on which it is asked: the network lets no other through. */
  readonly port: number;
  /** Days for which it can be put back to any second. */
  readonly backupDays: number;
  /** Key of its logs. */
  readonly logKey: Key;
  readonly logRetentionDays: number;
  readonly boundaryArn: string;
  /** Role that applies stacks, and makes what the key protects. */
  readonly deployerArn: string;
  readonly alarms: AlarmTopic;
  /** May a deployment delete the data? */
  readonly removable: boolean;
}

/** The major version: minor ones follow by themselves, in the window for upkeep. */
const ENGINE = { engine: "aurora-postgresql", engineVersion: "17", family: "aurora-postgresql17" } as const;
/** Aurora's own, which is not said to it again: it would be a setting that cannot be changed. */
const DEFAULT_PORT = 5432;
/** Scanners ask for a name that is not everybody's. */
const MASTER = "lake_master";
const LOGS = ["postgresql"];
const MONITORING_SECONDS = 60;
/** What Performance Insights keeps without a charge. */
const INSIGHT_DAYS = 7;
/** In which a deleted secret can be taken back: the most there is. */
const RECOVERY_DAYS = 30;
/** Valid until 2061 and later, for every region: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html */
const AUTHORITY = "rds-ca-rsa2048-g1";

/** What the server is told: who connects and what is slow or changes tables is logged, and nobody connects without TLS. */
const PARAMETERS = {
  log_connections: "1",
  log_disconnections: "1",
  log_min_duration_statement: "1000",
  log_statement: "ddl",
  "rds.force_ssl": "1",
  ssl_min_protocol_version: "TLSv1.2",
} as const;

/**
 * Aurora PostgreSQL, Serverless v2: in the data subnets, encrypted with a key of its own, its master's password kept and
 * changed by RDS. Logins are by passwords in Secrets Manager only; nobody enters by IAM.
 */
export class Database extends Construct {
  readonly host: string;
  /** Where it listens. */
  readonly port: number;
  readonly databaseName: string;
  /** ARN of the secret of the user who reads: empty until the job has made that user. */
  readonly readerSecretArn: string;
  /** ARN of the master user's secret. */
  readonly masterSecretArn: string;
  private readonly key: Key;

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id);
    const { place, name, removable } = props;
    this.databaseName = props.databaseName;
    this.key = new Key(this, "key", { place, alias: name, description: "The database and its passwords", removable });
    this.key.allowDeployer(props.deployerArn, ["rds", "secretsmanager"]);
    const cluster = this.addCluster(props);
    this.addInstances(props, cluster);
    addDatabaseAlarms(this, { ...props, clusterId: name });
    this.host = cluster.endpoint;
    this.port = cluster.port;
    this.masterSecretArn = cluster.masterUserSecret.get(0).secretArn;
    this.readerSecretArn = new SecretsmanagerSecret(this, "reader", {
      name: props.readerName,
      description: "User and password with which the database is read; a job makes both",
      kmsKeyId: this.key.arn,
      recoveryWindowInDays: removable ? 0 : RECOVERY_DAYS,
    }).arn;
  }

  /** The role may read the password of the user who reads. */
  grantRead(role: Role): void {
    this.grantSecret(role, "ReadDatabase", this.readerSecretArn, ["secretsmanager:GetSecretValue"], ["kms:Decrypt"]);
  }

  /** The role may enter as master user, and write down the password of the user who reads. */
  grantLoad(role: Role): void {
    const { masterSecretArn, readerSecretArn } = this;
    this.grantSecret(role, "EnterDatabase", masterSecretArn, ["secretsmanager:GetSecretValue"], ["kms:Decrypt"]);
    this.grantSecret(
      role,
      "ChangeReader",
      readerSecretArn,
      ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
      ["kms:GenerateDataKey"],
    );
  }

  private grantSecret(role: Role, sid: string, arn: string, actions: string[], keyActions: string[]): void {
    role.allow({ Sid: sid, Action: actions, Resource: arn });
    this.key.grantUseVia(role, "secretsmanager", keyActions);
  }

  private addCluster(props: DatabaseProps): RdsCluster {
    const { name, network, removable } = props;
    const { databasesGroupId, dataSubnetIds } = network;
    if (databasesGroupId === undefined) throw new Error(`the network of ${name} has no subnets for databases`);
    const subnets = new DbSubnetGroup(this, "subnets", {
      name,
      description: "Subnets that only what runs in the network reaches",
      subnetIds: dataSubnetIds,
    });
    const parameters = new RdsClusterParameterGroup(this, "parameters", {
      name,
      family: ENGINE.family,
      description: "TLS only, and a log of who connects",
      parameter: Object.entries(PARAMETERS).map(([parameter, value]) => ({ name: parameter, value })),
    });
    return new RdsCluster(this, "cluster", {
      clusterIdentifier: name,
      engine: ENGINE.engine,
      engineVersion: ENGINE.engineVersion,
      databaseName: props.databaseName,
      port: props.port === DEFAULT_PORT ? undefined : props.port,
      masterUsername: MASTER,
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: this.key.arn,
      iamDatabaseAuthenticationEnabled: false,
      storageEncrypted: true,
      kmsKeyId: this.key.arn,
      dbSubnetGroupName: subnets.name,
      vpcSecurityGroupIds: [databasesGroupId],
      dbClusterParameterGroupName: parameters.name,
      serverlessv2ScalingConfiguration: { minCapacity: props.minCapacity, maxCapacity: props.maxCapacity },
      backupRetentionPeriod: props.backupDays,
      preferredBackupWindow: "01:00-02:00",
      preferredMaintenanceWindow: "sun:02:30-sun:03:30",
      copyTagsToSnapshot: true,
      enabledCloudwatchLogsExports: LOGS,
      deletionProtection: !removable,
      deleteAutomatedBackups: removable,
      skipFinalSnapshot: removable,
      finalSnapshotIdentifier: removable ? undefined : `${name}-final`,
      lifecycle: { preventDestroy: !removable },
      dependsOn: this.addLogs(props),
    });
  }

  /** RDS would make them by itself, without a key and to be kept for ever. */
  private addLogs({ name, logKey, logRetentionDays }: DatabaseProps): CloudwatchLogGroup[] {
    return LOGS.map(
      (log) =>
        new CloudwatchLogGroup(this, `logs-${log}`, {
          name: `/aws/rds/cluster/${name}/${log}`,
          kmsKeyId: logKey.arn,
          retentionInDays: logRetentionDays,
        }),
    );
  }

  private addInstances(props: DatabaseProps, cluster: RdsCluster): void {
    const { name, instances } = props;
    const monitoring = this.addMonitoring(props);
    for (const number of Array.from({ length: instances }, (_, index) => index + 1)) {
      new RdsClusterInstance(this, `instance-${number}`, {
        identifier: `${name}-${number}`,
        clusterIdentifier: cluster.id,
        engine: ENGINE.engine,
        engineVersion: cluster.engineVersion,
        instanceClass: "db.serverless",
        dbSubnetGroupName: cluster.dbSubnetGroupName,
        publiclyAccessible: false,
        autoMinorVersionUpgrade: true,
        caCertIdentifier: AUTHORITY,
        copyTagsToSnapshot: true,
        monitoringInterval: MONITORING_SECONDS,
        monitoringRoleArn: monitoring.arn,
        performanceInsightsEnabled: true,
        performanceInsightsKmsKeyId: this.key.arn,
        performanceInsightsRetentionPeriod: INSIGHT_DAYS,
        // The first is asked to write as long as it is well.
        promotionTier: number - 1,
        dependsOn: [monitoring.policy],
      });
    }
  }

  /** What RDS needs to write down how its machines are: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Monitoring.OS.Enabling.html */
  private addMonitoring({ place, name, boundaryArn }: DatabaseProps): Role {
    const role = new Role(this, "monitoring", {
      name: `${name}-monitoring`,
      description: "RDS writes down how the database's machines are",
      trust: [trustService("monitoring.rds.amazonaws.com", place.accountId)],
      boundaryArn,
    });
    role.allow({
      Sid: "WriteMonitoring",
      Action: [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:GetLogEvents",
        "logs:PutLogEvents",
        "logs:PutRetentionPolicy",
      ],
      // The group is the same for all databases of an account, and the name is RDS's.
      Resource: arnIn(place, "logs", "log-group:RDSOSMetrics*"),
    });
    return role;
  }
}
