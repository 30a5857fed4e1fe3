/** AWS services that functions and jobs can reach through an interface endpoint. */

export interface EndpointService {
  /** First part of the service's IAM actions: often not the endpoint's own name. */
  readonly iamPrefix: string;
  /** Does the service look at endpoint policies? One that does not would refuse the endpoint. @default true */
  readonly policies?: boolean;
}

const named = (...names: string[]): Record<string, EndpointService> =>
  Object.fromEntries(names.map((name) => [name, { iamPrefix: name }]));

/**
 * By the last part of the endpoint's name, `com.amazonaws.<region>.<name>`. S3 and DynamoDB are not here: they have gateway
 * endpoints, which cost nothing.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
 */
export const INTERFACE_ENDPOINTS: Readonly<Record<string, EndpointService>> = {
  ...named(
    "access-analyzer",
    "athena",
    "cloudformation",
    "cloudtrail",
    "config",
    "databrew",
    "dms",
    "ec2",
    "ec2messages",
    "elasticmapreduce",
    "emr-serverless",
    "events",
    "glue",
    "kms",
    "lakeformation",
    "lambda",
    "logs",
    "macie2",
    "rds",
    "rds-data",
    "redshift",
    "redshift-data",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "ssmmessages",
    "states",
    "sts",
    "xray",
  ),
  "ecr.api": { iamPrefix: "ecr" },
  "ecr.dkr": { iamPrefix: "ecr" },
  "kinesis-firehose": { iamPrefix: "firehose" },
  "kinesis-streams": { iamPrefix: "kinesis" },
  monitoring: { iamPrefix: "cloudwatch" },
  "sync-states": { iamPrefix: "states" },
  // https://docs.aws.amazon.com/inspector/latest/user/vpc-interface-endpoints-inspector.html
  inspector2: { iamPrefix: "inspector2", policies: false },
};

/** What the lake's own functions call: without its endpoint they would hang until they are ended. */
export const NEEDED_ENDPOINTS: Readonly<Record<string, string>> = {
  sqs: "the intake function takes its work from a queue, and without this endpoint would hang until its time is over",
};

/** What the jobs of tables and marts, and what starts them, call besides. */
export const NEEDED_BY_LAYERS: Readonly<Record<string, string>> = {
  glue: "jobs find their tables in the catalog",
  kms: "jobs mask values with a key that never leaves KMS",
  lambda: "the dispatch function of one layer tells that of the next",
  logs: "jobs write their logs",
  monitoring: "jobs write their metrics",
  states: "the dispatch functions start runs",
};
