import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EMRClient } from "@aws-sdk/client-emr";
import { SFNClient } from "@aws-sdk/client-sfn";
import type { Context } from "aws-lambda";
import type { IngestRequest } from "../../../contracts/ingestion";
import { Bench, machine } from "./support";

export type Handler = (request: IngestRequest, context: Context) => Promise<unknown>;

export const settings: Readonly<Record<string, string>> = {
  AWS_REGION: "eu-west-1",
  INGESTION_TABLE: "ingestion",
  STATE_MACHINES: JSON.stringify({ emr: machine }),
  LEASE_SECONDS: "3600",
  CLUSTER_PREFIX: "lake-prod-ingest-",
  MAX_CLUSTER_HOURS: "12",
  HISTORY_DAYS: "30",
  POWERTOOLS_LOG_LEVEL: "SILENT",
  // Metrics are then written with the console, where they can be seen.
  POWERTOOLS_DEV: "true",
  POWERTOOLS_METRICS_DISABLED: "false",
  POWERTOOLS_METRICS_NAMESPACE: "Lake",
  POWERTOOLS_TRACE_ENABLED: "false",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};

/** The function as it is deployed, with a world in memory. One for each file of tests: modules are loaded once. */
export class Deployed {
  readonly bench = new Bench().deploy();
  readonly metrics: Record<string, unknown>[] = [];
  /** Requests to EMR, which has no clusters. */
  readonly emr: jest.SpyInstance;
  readonly handler: Handler;

  constructor(changes: Readonly<Record<string, string>> = {}) {
    Object.assign(process.env, settings, changes);
    jest.spyOn(console, "log").mockImplementation((line: string) => {
      this.metrics.push(JSON.parse(line) as Record<string, unknown>);
    });
    const send = ((command: object) => this.bench.aws.send(command)) as never;
    jest.spyOn(DynamoDBClient.prototype, "send").mockImplementation(send);
    jest.spyOn(SFNClient.prototype, "send").mockImplementation(send);
    this.emr = jest.spyOn(EMRClient.prototype, "send").mockImplementation((async () => ({ Clusters: [] })) as never);
    ({ handler: this.handler } = require("../../../lambdas/ingest/handler") as { handler: Handler });
  }
}
