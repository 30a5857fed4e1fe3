import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import type { Construct } from "constructs";
import { Role } from "../identity/role";
import { arnIn } from "../place";
import { trustService } from "../policies/statement";
import type { SparkEnvironment } from "./spark-environment";

export interface JobRoleProps {
  readonly environment: SparkEnvironment;
  /** Physical name of the job and its role. */
  readonly name: string;
  readonly description: string;
  /** Pattern of the names of all jobs of its kind. @default it is the only one */
  readonly namePattern?: string;
}

/** Kinds of jobs, as Glue names them in the names of log groups. */
type Family = "jobs" | "python-jobs";

/** Where Glue writes a job's logs: what the system and Spark say, and what the job itself prints. */
const STREAMS = ["error", "output"];

/**
 * The role of a job with what every job needs to run at all, and its log groups. A security configuration encrypts these, so
 * Glue names them itself, by configuration and role. They are made first, so that they have a key and an end.
 */
export function addJobRole(
  scope: Construct,
  family: Family,
  { environment, ...props }: JobRoleProps,
): { role: Role; logs: CloudwatchLogGroup[] } {
  const { place, boundaryArn } = environment;
  const role = new Role(scope, "role", {
    name: props.name,
    description: `Job ${props.name}: ${props.description}`,
    trust: [trustService("glue.amazonaws.com", place.accountId)],
    boundaryArn,
    namePattern: props.namePattern,
  });
  const prefix = `/aws-glue/${family}/${environment.name}-role/${props.name}`;
  role.allow({
    Sid: "WriteLogs",
    // Glue ties the key of the security configuration to the group again:
    // https://docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html
    Action: ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: arnIn(place, "logs", `log-group:${prefix}/*`),
  });
  environment.grantRuntime(role);
  const logs = STREAMS.map(
    (stream) =>
      new CloudwatchLogGroup(scope, `logs-${stream}`, {
        name: `${prefix}/${stream}`,
        kmsKeyId: environment.key.arn,
        retentionInDays: environment.logRetentionDays,
      }),
  );
  return { role, logs };
}
