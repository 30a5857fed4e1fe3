/** Lambda function behind the queue of the first zone: loads what arrives there into the second. */
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { Tracer } from "@aws-lambda-powertools/tracer";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { ChangeMessageVisibilityCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { deserializeContracts } from "../../contracts/contract";
import { ReconciliationError } from "./errors";
import { arrivedObjects } from "./events";
import { type IntakeSettings, ObjectHeld, type Outcome, takeIn } from "./intake";
import { LedgerStore } from "./ledger-store";
import { ObjectStore } from "./object-store";

const serviceName = process.env.POWERTOOLS_SERVICE_NAME ?? "intake";
const logger = new Logger({ serviceName });
const tracer = new Tracer({ serviceName });
const processor = new BatchProcessor(EventType.SQS);

const s3 = tracer.captureAWSv3Client(new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined }));
const dynamodb = tracer.captureAWSv3Client(new DynamoDBClient({}));
const sqs = tracer.captureAWSv3Client(new SQSClient({}));

const settings: IntakeSettings = {
  contracts: deserializeContracts(
    readFileSync(join(process.env.LAMBDA_TASK_ROOT ?? __dirname, "contracts.json"), "utf8"),
  ),
  ledger: new LedgerStore(dynamodb, required("LEDGER_TABLE")),
  objects: new ObjectStore(s3),
  targetBucket: required("TARGET_BUCKET"),
  quarantineBucket: required("QUARANTINE_BUCKET"),
  zone: required("TARGET_ZONE"),
  // The other half is for Node.js, uploads, and what DuckDB does not count.
  memoryLimitMb: Math.floor(Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? "1024") / 2),
  threads: 2,
  directory: tmpdir(),
  now: () => new Date(),
};
const queueUrl = required("QUEUE_URL");
/** Where files lie that no contract declares and that are left to a crawler; nowhere in lakes without one. */
const landingPrefix = process.env.LANDING_PREFIX;
const lastReceive = Number(process.env.MAX_RECEIVE_COUNT ?? "3");

/** How long the lease goes on after the function must have ended, for clocks that differ. */
const leaseMargin = 30_000;

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  logger.addContext(context);
  return processPartialResponse(event, (record: SQSRecord) => handleMessage(record, context), processor, {
    context,
    // One file may take all the memory and both cores.
    processInParallel: false,
    throwOnFullBatchFailure: false,
  });
}

async function handleMessage(message: SQSRecord, context: Context): Promise<void> {
  const receiveCount = Number(message.attributes.ApproximateReceiveCount);
  try {
    for (const object of arrivedObjects(message.body)) {
      if (landingPrefix !== undefined && object.key.startsWith(landingPrefix)) {
        logger.info("Object left to the crawler: no contract declares it", { ...object });
        continue;
      }
      const outcome = await takeIn(
        object,
        {
          claimedBy: context.awsRequestId,
          messageId: message.messageId,
          receiveCount,
          leaseUntil: Date.now() + context.getRemainingTimeInMillis() + leaseMargin,
        },
        settings,
      );
      logger.info("Object taken in", { ...object, ...outcome });
      publish(outcome.datasetId, countsOf(outcome));
    }
  } catch (error) {
    logger.error(receiveCount >= lastReceive ? "Last attempt failed" : "Attempt failed", error as Error);
    if (error instanceof ReconciliationError) publish(error.datasetId, { ReconciliationFailures: 1 });
    await comeBack(message, backOff(error, receiveCount));
    throw error;
  }
}

/** Seconds after which a message is worth another look. */
function backOff(error: unknown, receiveCount: number): number {
  if (error instanceof ObjectHeld) return Math.ceil(Math.max(0, error.leaseUntil - Date.now()) / 1000) + 1;
  return [5, 30, 120][receiveCount - 1] ?? 300;
}

/** Without this, a failed message stays away for the queue's long visibility timeout. */
async function comeBack(message: SQSRecord, seconds: number): Promise<void> {
  const visibility = { QueueUrl: queueUrl, ReceiptHandle: message.receiptHandle, VisibilityTimeout: seconds };
  try {
    await sqs.send(new ChangeMessageVisibilityCommand(visibility));
  } catch (error) {
    logger.warn("The message will come back later than it could", error as Error);
  }
}

function countsOf({ status, rowsIn, rowsOut, rowsQuarantined }: Outcome): Record<string, number | undefined> {
  if (status === "skipped") return {};
  const files = { [status === "loaded" ? "FilesLoaded" : "FilesQuarantined"]: 1 };
  return { ...files, RowsIn: rowsIn, RowsOut: rowsOut, RowsQuarantined: rowsQuarantined };
}

/** Counts twice: for the dataset, and over all datasets. */
function publish(datasetId: string, counts: Record<string, number | undefined>): void {
  const metrics = new Metrics({ serviceName });
  metrics.addDimensions({ dataset: datasetId });
  metrics.addDimensions({});
  const known = Object.entries(counts).flatMap(([name, count]) => (count === undefined ? [] : [{ name, count }]));
  for (const { name, count } of known) metrics.addMetric(name, MetricUnit.Count, count);
  if (known.length > 0) metrics.publishStoredMetrics();
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`The environment variable ${name} is not set`);
  return value;
}
