import { GlueJob } from "@cdktf/provider-aws/lib/glue-job";
import { Construct } from "constructs";
import { Role } from "../identity/role";
import { trustService } from "../policies/statement";
import { addJobLogs } from "./job-logs";
import type { SparkEnvironment } from "./spark-environment";

export interface PythonShellJobProps {
  readonly environment: SparkEnvironment;
  /** Physical name of the job and its role. */
  readonly name: string;
  readonly description: string;
  /** Address of the script. */
  readonly script: string;
  /** Longest time of a run, in minutes. */
  readonly timeoutMinutes: number;
  /** Arguments of every run, besides Glue's own. @default none */
  readonly arguments?: Readonly<Record<string, string>>;
}

/** The newest that Python shells know: https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html */
const PYTHON_VERSION = "3.9";
/** The least of them: a sixteenth of 4 vCPU and 16 GB. */
const CAPACITY = 0.0625;

/** A job of plain Python, for what needs no Spark, inside the network like all jobs. It reads and writes what is granted. */
export class PythonShellJob extends Construct {
  readonly name: string;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: PythonShellJobProps) {
    super(scope, id);
    const { environment } = props;
    this.name = props.name;
    this.role = new Role(this, "role", {
      name: props.name,
      description: `Job ${props.name}: ${props.description}`,
      trust: [trustService("glue.amazonaws.com", environment.place.accountId)],
      boundaryArn: environment.boundaryArn,
    });
    const logs = addJobLogs(this, environment, this.role, "python-jobs");
    environment.grantRuntime(this.role);
    new GlueJob(this, "job", {
      name: props.name,
      description: props.description,
      roleArn: this.role.arn,
      command: {
        name: "pythonshell",
        pythonVersion: PYTHON_VERSION,
        scriptLocation: props.script,
      },
      maxCapacity: CAPACITY,
      timeout: props.timeoutMinutes,
      // The next turn of its schedule is the next run.
      maxRetries: 0,
      executionProperty: { maxConcurrentRuns: 1 },
      securityConfiguration: environment.securityConfiguration,
      connections: environment.connections.length > 0 ? environment.connections : undefined,
      defaultArguments: { ...props.arguments },
      dependsOn: [this.role.policy, ...logs],
    });
  }
}
