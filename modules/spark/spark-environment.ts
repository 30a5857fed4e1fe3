import { basename } from "node:path";
import { GlueSecurityConfiguration } from "@cdktf/provider-aws/lib/glue-security-configuration";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import type { Key } from "../keys/key";
import type { Network } from "../network/network";
import { arnIn, type Place } from "../place";
import type { Artifact, Artifacts } from "../storage/artifacts";
import { SparkNetwork } from "./spark-network";

/** What Spark jobs are made of. */
export interface SparkCode {
  /** Zip of the Python library, with the contracts and the pipelines in it. */
  readonly library: Artifact;
  /** Java libraries. */
  readonly jars: readonly Artifact[];
}

export interface SparkEnvironmentProps {
  readonly place: Place;
  /** Physical name of the security configuration; the first part of the names of connections. */
  readonly name: string;
  /** First part of the names of all jobs. */
  readonly jobPrefix: string;
  /** Where jobs run. @default outside of any network of ours */
  readonly network?: Network;
  readonly artifacts: Artifacts;
  /** Key of logs and of the artifacts. */
  readonly key: Key;
  readonly boundaryArn: string;
  readonly logRetentionDays: number;
  readonly code: SparkCode;
}

/** What all jobs of a lake share. */
export class SparkEnvironment extends Construct {
  readonly place: Place;
  readonly name: string;
  readonly key: Key;
  readonly boundaryArn: string;
  readonly logRetentionDays: number;
  readonly artifacts: Artifacts;
  readonly securityConfiguration: string;
  /** Names of the connections into the network; none without one. */
  readonly connections: string[];
  /** Address of the Python library. */
  readonly library: string;
  /** Addresses of the Java libraries. */
  readonly jars: readonly string[];
  /** Those of them by which databases are asked. */
  readonly drivers: readonly string[];
  private readonly jobPrefix: string;
  private readonly network?: SparkNetwork;

  constructor(scope: Construct, id: string, props: SparkEnvironmentProps) {
    super(scope, id);
    const { place, key, artifacts } = props;
    this.place = place;
    this.name = props.name;
    this.jobPrefix = props.jobPrefix;
    this.key = key;
    this.boundaryArn = props.boundaryArn;
    this.logRetentionDays = props.logRetentionDays;
    this.artifacts = artifacts;
    // A security configuration knows one key, and a job works in zones with one each. So its key is that of logs and
    // artifacts; what jobs write to a zone is encrypted by the zone's bucket, with the zone's key: any other is refused there.
    this.securityConfiguration = new GlueSecurityConfiguration(this, "encryption", {
      name: props.name,
      encryptionConfiguration: {
        cloudwatchEncryption: { cloudwatchEncryptionMode: "SSE-KMS", kmsKeyArn: key.arn },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: "CSE-KMS", kmsKeyArn: key.arn },
        s3Encryption: { s3EncryptionMode: "SSE-KMS", kmsKeyArn: key.arn },
      },
    }).name;
    this.library = artifacts.locate(artifacts.add("spark-library", "spark/library", props.code.library));
    const jars = props.code.jars.map((jar) => ({
      isDriver: DRIVERS.test(basename(jar.path)),
      address: artifacts.locate(artifacts.add(jarId(jar), "spark/jars", jar)),
    }));
    this.jars = jars.map(({ address }) => address);
    this.drivers = jars.filter(({ isDriver }) => isDriver).map(({ address }) => address);
    this.network =
      props.network && new SparkNetwork(this, "network", { place, name: props.name, network: props.network });
    this.connections = this.network?.connections ?? [];
  }

  /** Uploads a script of jobs. @returns its address */
  addScript(name: string, script: Artifact): string {
    return this.artifacts.locate(this.artifacts.add(`spark-script-${name}`, `spark/scripts/${name}`, script));
  }

  /** The role may see the runs of all jobs, and what they logged. */
  grantRead(role: Role): void {
    role.allow(
      {
        Sid: "ReadJobRuns",
        Action: ["glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns"],
        Resource: arnIn(this.place, "glue", `job/${this.jobPrefix}*`),
      },
      {
        Sid: "ReadJobLogs",
        Action: ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"],
        Resource: ["jobs", "python-jobs"].map((family) =>
          arnIn(this.place, "logs", `log-group:/aws-glue/${family}/${this.name}-role/*`),
        ),
      },
    );
  }

  /** What every job needs to run at all: its code, its logs, its metrics, and its way into the network. */
  grantRuntime(role: Role): void {
    this.artifacts.bucket.grantRead(role, "spark/");
    role.allow({
      Sid: "WriteMetrics",
      // Knows no resources.
      Action: "cloudwatch:PutMetricData",
      Resource: "*",
      Condition: { StringEquals: { "cloudwatch:namespace": "Glue" } },
    });
    this.grantJoin(role);
  }

  /** What the role runs may join the network, if there is one. */
  grantJoin(role: Role): void {
    this.network?.grantJoin(role);
  }
}

/** Files of JDBC drivers. */
const DRIVERS = /^(postgresql|mysql-connector|mariadb-java-client)-/;

/** `deequ-2.0.9.jar` -> `spark-jar-deequ`: the same for every version. */
function jarId({ path }: Artifact): string {
  return `spark-jar-${basename(path, ".jar").replace(/-\d.*$/, "")}`;
}
