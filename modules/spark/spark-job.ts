import { GlueJob } from "@cdktf/provider-aws/lib/glue-job";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import { ICEBERG_CONF } from "./iceberg";
import { addJobRole, type JobRoleProps } from "./job-role";

/** How large and how long runs may be. */
export interface RunLimits {
  /** Workers of a run at most, each 4 vCPU and 16 GB; as many run as there is work for. */
  readonly maxWorkers: number;
  /** Longest time of a run, in minutes. */
  readonly timeoutMinutes: number;
  /** Runs wait for spare capacity, which costs a third less. */
  readonly flex: boolean;
}

export interface SparkJobProps extends JobRoleProps {
  /** Address of the script. */
  readonly script: string;
  readonly limits: RunLimits;
  /** Runs at the same time. */
  readonly maxConcurrentRuns: number;
  /** Arguments of every run, besides Glue's own. @default none */
  readonly arguments?: Readonly<Record<string, string>>;
}

/** Spark 3.5.6, Iceberg 1.10, Python 3.11. */
const GLUE_VERSION = "5.1";

/** A Spark job inside the network, if there is one, with its own role and encrypted logs. It reads and writes what is granted. */
export class SparkJob extends Construct {
  readonly name: string;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: SparkJobProps) {
    super(scope, id);
    const { environment, limits } = props;
    this.name = props.name;
    const { role, logs } = addJobRole(this, "jobs", props);
    this.role = role;
    new GlueJob(this, "job", {
      name: props.name,
      description: props.description,
      roleArn: this.role.arn,
      glueVersion: GLUE_VERSION,
      command: {
        name: "glueetl",
        pythonVersion: "3",
        scriptLocation: props.script,
      },
      workerType: "G.1X",
      numberOfWorkers: limits.maxWorkers,
      executionClass: limits.flex ? "FLEX" : "STANDARD",
      timeout: limits.timeoutMinutes,
      // Who starts it also starts it again: it alone knows whether that helps.
      maxRetries: 0,
      executionProperty: { maxConcurrentRuns: props.maxConcurrentRuns },
      securityConfiguration: environment.securityConfiguration,
      connections: environment.connections.length > 0 ? environment.connections : undefined,
      defaultArguments: {
        "--conf": ICEBERG_CONF,
        "--datalake-formats": "iceberg",
        "--enable-auto-scaling": "true",
        "--enable-metrics": "true",
        "--enable-observability-metrics": "true",
        "--extra-jars": environment.jars.join(","),
        "--extra-py-files": environment.library,
        "--job-bookmark-option": "job-bookmark-disable",
        ...props.arguments,
      },
      dependsOn: [this.role.policy, ...logs],
    });
  }
}
