import { GlueJob } from "@cdktf/provider-aws/lib/glue-job";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import { addJobRole, type JobRoleProps } from "./job-role";

export interface PythonShellJobProps extends JobRoleProps {
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
    const { role, logs } = addJobRole(this, "python-jobs", props);
    this.role = role;
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
