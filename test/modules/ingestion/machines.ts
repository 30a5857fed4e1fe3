import { clusterRequest } from "../../../modules/ingestion/cluster";
import { type Compute, emrCompute, glueCompute, serverlessCompute } from "../../../modules/ingestion/compute";
import { ingestDefinition } from "../../../modules/ingestion/definition";
import type { Definition } from "../../../modules/pipelines/definition";

const FILES = {
  script: "s3://the-artifacts/spark/scripts/ingest/1.py",
  library: "s3://the-artifacts/spark/library/2.zip",
  jars: ["s3://the-artifacts/spark/jars/3.jar"],
  authorities: "s3://the-artifacts/spark/authorities/rds-ca.pem",
};
const CONSTANTS = { ingestion_table: "the-ingestion", raw_bucket: "the-raw" };

export const CLUSTER = {
  namePrefix: "the-ingest-",
  tags: { project: "lake" },
  releaseLabel: "emr-7.13.0",
  serviceRole: "the-ingest-emr",
  instanceProfile: "the-ingest-nodes",
  securityConfiguration: "the-ingest",
  keyArn: "arn:aws:kms:eu-west-1:111111111111:key/k",
  logUri: "s3://the-artifacts/emr/",
  subnetIds: ["subnet-a", "subnet-b"],
  groups: { primary: "sg-1", core: "sg-2", service: "sg-3" },
  instanceTypes: ["m5.xlarge", "m6i.2xlarge"],
  coreUnits: { min: 1, max: 4 },
  spot: true,
};

const COMPUTES: Readonly<Record<string, () => Compute>> = {
  emr: () => emrCompute(clusterRequest(CLUSTER), FILES, CONSTANTS),
  "emr-serverless": () =>
    serverlessCompute(
      {
        applicationId: "00f1",
        roleArn: "arn:aws:iam::111111111111:role/the-ingest-serverless",
        files: FILES,
        logs: { uri: "s3://the-artifacts/emr-serverless/", keyArn: CLUSTER.keyArn },
        tags: { ingestion: "the-ingest" },
      },
      CONSTANTS,
    ),
  glue: () => glueCompute("the-ingest", CONSTANTS),
};

/** The definition of a compute's state machine. */
export function definitionOf(compute: string): Definition {
  const make = COMPUTES[compute];
  if (!make) throw new Error(`there is no compute ${compute}`);
  return ingestDefinition({
    compute: make(),
    functionArn: "arn:aws:lambda:eu-west-1:111111111111:function:the-ingest",
    alarmTopicArn: "arn:aws:sns:eu-west-1:111111111111:the-alarms",
    noticeTopicArn: "arn:aws:sns:eu-west-1:111111111111:the-notices",
    tableSeconds: 7200,
    executionSeconds: 43200,
  });
}

export const computes = Object.keys(COMPUTES);
