/** Lambda function of ingestion: starts runs, and has the say on who reads which window of a table. */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { Tracer } from "@aws-lambda-powertools/tracer";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EMRClient } from "@aws-sdk/client-emr";
import { SFNClient } from "@aws-sdk/client-sfn";
import type { Context } from "aws-lambda";
import type { IngestRequest } from "../../contracts/ingestion";
import type { Compute } from "../../contracts/sources/source";
import { ItemTable } from "../shared/item-table";
import { EmrClusters } from "./clusters";
import { ComputeExecutions } from "./executions";
import type { Clusters, Ingest } from "./ports";
import { answer } from "./requests";
import { IngestionStore } from "./store";

const serviceName = process.env.POWERTOOLS_SERVICE_NAME ?? "ingest";
const logger = new Logger({ serviceName });
const tracer = new Tracer({ serviceName });

const machines = JSON.parse(required("STATE_MACHINES")) as Readonly<Partial<Record<Compute, string>>>;
/** Absent: history is kept. */
const historyDays = process.env.HISTORY_DAYS ?? "";

const ingest: Ingest = {
  store: new IngestionStore(
    new ItemTable(tracer.captureAWSv3Client(new DynamoDBClient({})), required("INGESTION_TABLE")),
  ),
  executions: new ComputeExecutions(tracer.captureAWSv3Client(new SFNClient({})), machines),
  clusters: clusters(),
  leaseSeconds: positive("LEASE_SECONDS"),
  maxClusterHours: positive("MAX_CLUSTER_HOURS"),
  ...(historyDays === "" ? {} : { historyDays: positive("HISTORY_DAYS") }),
  now: () => new Date(),
  count: publish,
};

/** A request of people, schedules or a state machine. */
export async function handler(request: IngestRequest, context: Context): Promise<unknown> {
  logger.addContext(context);
  const answered = await answer(request, context.awsRequestId, ingest);
  logger.info("Answered", { request, answer: answered });
  return answered;
}

/** Without a source that uses them there are none, and no right to look for them. */
function clusters(): Clusters {
  const prefix = required("CLUSTER_PREFIX");
  if (machines.emr === undefined) return { alive: async () => [], terminate: async () => {} };
  return new EmrClusters(tracer.captureAWSv3Client(new EMRClient({})), prefix);
}

/** Counts twice: for the source, and over all sources. */
function publish(source: string, counts: Readonly<Record<string, number>>): void {
  const metrics = new Metrics({ serviceName });
  metrics.addDimensions({ source });
  metrics.addDimensions({});
  for (const [name, count] of Object.entries(counts)) metrics.addMetric(name, MetricUnit.Count, count);
  metrics.publishStoredMetrics();
}

function positive(name: string): number {
  const value = Number(required(name));
  if (!(value > 0))
    throw new Error(`The environment variable ${name} is ${process.env[name]}, which is no number above 0`);
  return value;
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`The environment variable ${name} is not set`);
  return value;
}
