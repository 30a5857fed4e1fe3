import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import type { Construct } from "constructs";
import type { Role } from "../identity/role";
import { arnIn } from "../place";
import type { SparkEnvironment } from "./spark-environment";

/** Where Glue writes a job's logs: what the system and Spark say, and what the job itself prints. */
const STREAMS = ["error", "output"];

/**
 * The log groups of a job whose logs a security configuration encrypts: Glue names them itself, by configuration and role.
 * They are made first, so that they have a key and an end.
 * @param family `jobs`, or `python-jobs` for Python shell
 */
export function addJobLogs(
  scope: Construct,
  environment: SparkEnvironment,
  role: Role,
  family: "jobs" | "python-jobs",
): CloudwatchLogGroup[] {
  const prefix = jobLogPrefix(environment, role.name, family);
  role.allow({
    Sid: "WriteLogs",
    // Glue ties the key of the security configuration to the group again:
    // https://docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html
    Action: ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: arnIn(environment.place, "logs", `log-group:${prefix}/*`),
  });
  return STREAMS.map(
    (stream) =>
      new CloudwatchLogGroup(scope, `logs-${stream}`, {
        name: `${prefix}/${stream}`,
        kmsKeyId: environment.key.arn,
        retentionInDays: environment.logRetentionDays,
      }),
  );
}

function jobLogPrefix({ name }: Pick<SparkEnvironment, "name">, roleName: string, family: string): string {
  return `/aws-glue/${family}/${name}-role/${roleName}`;
}
