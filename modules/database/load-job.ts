import { Token } from "cdktf";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import { arnIn } from "../place";
import type { SparkEnvironment } from "../spark/spark-environment";
import { type RunLimits, SparkJob } from "../spark/spark-job";
import type { Artifact } from "../storage/artifacts";
import type { Bucket } from "../storage/bucket";
import type { Database } from "./database";

export interface LoadJobProps {
  readonly environment: SparkEnvironment;
  /** Physical name of the job and its role. */
  readonly name: string;
  readonly database: Database;
  /** What may be loaded. */
  readonly from: readonly { readonly bucket: Bucket; readonly prefix: string }[];
  readonly limits: RunLimits;
  readonly script: Artifact;
  /** Whom the job trusts when the database proves its name. */
  readonly authorities: Artifact;
}

/**
 * Brings files of a dataset into a table of the account's own database, and gives the user who reads a new password. A run
 * is started by people or programs, who say what: `--dataset sales/orders --input s3://...`.
 */
export class LoadJob extends Construct {
  private readonly arn: string;

  constructor(scope: Construct, id: string, { environment, database, from, authorities, ...props }: LoadJobProps) {
    super(scope, id);
    const { artifacts } = environment;
    const job = new SparkJob(this, "job", {
      environment,
      name: props.name,
      description: "Brings files of a dataset into the database",
      script: environment.addScript("load_database", props.script),
      limits: props.limits,
      // Two runs would wait for each other's rows.
      maxConcurrentRuns: 1,
      arguments: {
        "--extra-files": artifacts.addNamed("authorities", "spark/authorities", authorities),
        "--host": database.host,
        "--port": Token.asString(database.port),
        "--database": database.databaseName,
        "--master_secret": database.masterSecretArn,
        "--reader_secret": database.readerSecretArn,
      },
    });
    this.arn = arnIn(environment.place, "glue", `job/${job.name}`);
    for (const { bucket, prefix } of from) bucket.grantRead(job.role, prefix);
    database.grantLoad(job.role);
  }

  /** The role may start runs: what may be loaded is the job's own right. */
  grantStart(role: Role): void {
    role.allow({ Sid: "LoadDatabase", Action: "glue:StartJobRun", Resource: this.arn });
  }
}
