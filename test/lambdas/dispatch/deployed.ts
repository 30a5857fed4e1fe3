import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import type { Context, SQSBatchResponse } from "aws-lambda";
import { serializeContracts, serializePipelines } from "../../../contracts";
import type { DispatchRequest } from "../../../contracts/runs";
import { contracts, pipelineOf } from "../../contracts/pipelines/fixtures";
import { FakeAws } from "./fake-aws";

type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** The function as it is deployed, with a world in memory. One for each file of tests: modules are loaded once. */
export class Deployed {
  readonly aws = new FakeAws();
  readonly invoked: { readonly function: string | undefined; readonly request: unknown }[] = [];
  readonly metrics: Record<string, unknown>[] = [];
  readonly #handler: Handler;
  readonly #directory = mkdtempSync(join(tmpdir(), "dispatch-"));

  constructor(settings: Readonly<Record<string, string>>) {
    writeFileSync(join(this.#directory, "contracts.json"), serializeContracts(contracts));
    writeFileSync(join(this.#directory, "pipelines.json"), serializePipelines([pipelineOf()]));
    Object.assign(process.env, {
      AWS_REGION: "eu-central-1",
      LAMBDA_TASK_ROOT: this.#directory,
      RUN_TABLE: "runs",
      MAX_ATTEMPTS: "3",
      POWERTOOLS_LOG_LEVEL: "SILENT",
      // Metrics are then written with the console, where they can be seen.
      POWERTOOLS_DEV: "true",
      POWERTOOLS_METRICS_DISABLED: "false",
      POWERTOOLS_METRICS_NAMESPACE: "Lake",
      POWERTOOLS_TRACE_ENABLED: "false",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      ...settings,
    });
    jest.spyOn(console, "log").mockImplementation((line: string) => {
      this.metrics.push(JSON.parse(line) as Record<string, unknown>);
    });
    const send = ((command: object) => this.aws.send(command)) as never;
    jest.spyOn(DynamoDBClient.prototype, "send").mockImplementation(send);
    jest.spyOn(S3Client.prototype, "send").mockImplementation(send);
    jest.spyOn(SFNClient.prototype, "send").mockImplementation(send);
    jest.spyOn(LambdaClient.prototype, "send").mockImplementation((async ({ input }: InvokeCommand) => {
      this.invoked.push({ function: input.FunctionName, request: JSON.parse(String(input.Payload)) });
    }) as never);
    ({ handler: this.#handler } = require("../../../lambdas/dispatch/handler") as { handler: Handler });
  }

  /** Sends messages and answers which of them failed. */
  async send(...bodies: string[]): Promise<string[]> {
    const Records = bodies.map((body, index) => ({
      messageId: `m${index}`,
      receiptHandle: `receipt-${index}`,
      body,
      attributes: { ApproximateReceiveCount: "1" },
      eventSource: "aws:sqs",
    }));
    const { batchItemFailures } = (await this.#handler({ Records }, {} as Context)) as SQSBatchResponse;
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  }

  ask(request: DispatchRequest): Promise<unknown> {
    return this.#handler(request, {} as Context);
  }

  /** Inputs of all executions. */
  started(): Record<string, unknown>[] {
    return [...this.aws.executions.values()].map(({ input }) => input);
  }

  /** The manifest of an execution's batch. */
  manifest(input: Record<string, unknown> | undefined): { objects: { uri: string; versionId?: string }[] } {
    const { "--manifest": uri = "" } = (input?.arguments ?? {}) as Record<string, string>;
    return JSON.parse(this.aws.objects.get(uri.replace("s3://", "")) ?? "") as ReturnType<Deployed["manifest"]>;
  }

  /** Forgets what is in the world. */
  reset(): void {
    for (const part of [this.aws.items, this.aws.objects, this.aws.executions]) part.clear();
    this.aws.before = () => {};
    this.invoked.length = 0;
    this.metrics.length = 0;
  }

  end(): void {
    jest.restoreAllMocks();
    rmSync(this.#directory, { recursive: true });
  }
}

/** A message as S3 sends it, with these objects. */
export function created(bucket: string, keys: readonly string[], eventName = "ObjectCreated:Put"): string {
  const Records = keys.map((key) => {
    const encoded = encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/");
    return {
      eventSource: "aws:s3",
      eventName,
      s3: { bucket: { name: bucket }, object: { key: encoded, versionId: "v1" } },
    };
  });
  return JSON.stringify({ Records });
}
