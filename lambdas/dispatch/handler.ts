/** Lambda function of a layer: notes what arrives in the zone before, and has the layer's jobs work on it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { Tracer } from "@aws-lambda-powertools/tracer";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { deserializeContracts } from "../../contracts/contract";
import { objectUri } from "../../contracts/layout";
import { deserializePipelines } from "../../contracts/pipelines/pipeline";
import type { DispatchRequest } from "../../contracts/runs";
import { arrivedObjects } from "../intake/events";
import { ItemTable } from "../shared/item-table";
import { curateWork } from "./curate";
import { StateMachineExecutions } from "./executions";
import { MetaStore } from "./meta-store";
import { refineWork } from "./refine";
import { answer } from "./requests";
import { RunStore } from "./run-store";
import { type Dispatch, startIfDue } from "./start";
import type { Work } from "./work";

const serviceName = process.env.POWERTOOLS_SERVICE_NAME ?? "dispatch";
const logger = new Logger({ serviceName });
const tracer = new Tracer({ serviceName });
const processor = new BatchProcessor(EventType.SQS);

const s3 = tracer.captureAWSv3Client(new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined }));
const dynamodb = tracer.captureAWSv3Client(new DynamoDBClient({}));
const stepFunctions = tracer.captureAWSv3Client(new SFNClient({}));
const lambda = tracer.captureAWSv3Client(new LambdaClient({}));

const runTable = new ItemTable(dynamodb, required("RUN_TABLE"));
const metaBucket = required("META_BUCKET");
/** The function of the next layer, which is told of each run that has ended. */
const nextFunction = process.env.NEXT_FUNCTION;

const work = workOf(required("LAYER"));
const dispatch: Dispatch = {
  work,
  runs: new RunStore(runTable, work.layer),
  meta: new MetaStore(s3, metaBucket, work.layer),
  executions: new StateMachineExecutions(stepFunctions, required("STATE_MACHINE_ARN")),
  jobPrefix: required("JOB_PREFIX"),
  maxAttempts: Number(process.env.MAX_ATTEMPTS ?? "3"),
  // What one Spark run reads at once; the rest goes in the runs after it.
  batchLimit: 500,
  now: () => new Date(),
  count: publish,
  tellAge,
  settled: tellNext,
  warn: (message, error) => logger.error(message, error as Error),
};

/** Events of the zone's queue, or a request of people, schedules and the state machine. */
export async function handler(event: SQSEvent | DispatchRequest, context: Context): Promise<unknown> {
  logger.addContext(context);
  if ("Records" in event) return takeMessages(event, context);
  const answered = await answer(event, dispatch);
  logger.info("Answered", { request: event, answer: answered });
  return answered;
}

/** All messages are noted before anything starts, so that what arrives together is one batch. */
async function takeMessages(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const concerned = new Map<string, Set<string>>();
  const note = async (message: SQSRecord) => {
    for (const job of await noteObjects(message.body)) {
      concerned.set(job, (concerned.get(job) ?? new Set()).add(message.messageId));
    }
  };
  const { batchItemFailures } = await processPartialResponse(event, note, processor, {
    context,
    throwOnFullBatchFailure: false,
  });
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  for (const [job, messages] of concerned) {
    try {
      logger.info("Noted", { job, ...(await startIfDue(job, dispatch)) });
    } catch (error) {
      logger.error(`${job} could not be started`, error as Error);
      for (const message of messages) failed.add(message);
    }
  }
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
}

/** @returns the jobs that have to work on what a message speaks of */
async function noteObjects(body: string): Promise<Set<string>> {
  const jobs = new Set<string>();
  const objects = arrivedObjects(body);
  if (objects.length === 0) logger.info("The message speaks of no new object", { body });
  for (const object of objects) {
    const found = work.jobsOf(object.key);
    if (found.length === 0) logger.info("The object is no data of this layer", { ...object });
    for (const job of found) {
      await dispatch.runs.note(job, { uri: objectUri(object), versionId: object.versionId }, dispatch.now());
      jobs.add(job);
    }
  }
  return jobs;
}

function workOf(layer: string): Work {
  const folder = process.env.LAMBDA_TASK_ROOT ?? __dirname;
  const contracts = deserializeContracts(readFileSync(join(folder, "contracts.json"), "utf8"));
  if (layer === "refine") return refineWork({ contracts, bucket: metaBucket, maskingKey: required("MASKING_KEY") });
  if (layer !== "curate") throw new Error(`The environment variable LAYER is ${layer} instead of refine or curate`);
  const pipelines = deserializePipelines(readFileSync(join(folder, "pipelines.json"), "utf8"));
  const refineRuns = new RunStore(runTable, "refine");
  return curateWork({ contracts, pipelines, bucket: metaBucket, refineRuns });
}

async function tellNext(job: string): Promise<void> {
  if (nextFunction === undefined) return;
  const request: DispatchRequest = { action: "settled", job };
  const call = { FunctionName: nextFunction, InvocationType: "Event" as const, Payload: JSON.stringify(request) };
  await lambda.send(new InvokeCommand(call));
}

/** Counts twice: for the job, and over all jobs. */
function publish(job: string, counts: Readonly<Record<string, number>>): void {
  const metrics = new Metrics({ serviceName });
  metrics.addDimensions({ job });
  metrics.addDimensions({});
  for (const [name, count] of Object.entries(counts)) metrics.addMetric(name, MetricUnit.Count, count);
  metrics.publishStoredMetrics();
}

/** What the job's alarm watches. */
function tellAge(job: string, seconds: number): void {
  const metrics = new Metrics({ serviceName });
  metrics.addDimensions({ job });
  metrics.addMetric("DataAge", MetricUnit.Seconds, seconds);
  metrics.publishStoredMetrics();
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`The environment variable ${name} is not set`);
  return value;
}
