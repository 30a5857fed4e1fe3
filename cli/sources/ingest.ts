import { setTimeout as sleep } from "node:timers/promises";
import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import {
  type BackfillRequest,
  type HistoryItem,
  ingestFunction,
  type RunIngestAnswer,
  type RunIngestRequest,
} from "../../contracts";
import { checkInterrupted } from "../../tools/setup/process";
import { callFunction } from "../call-function";
import { OperationError } from "../exit-codes";
import type { LakeClients } from "../lake-clients";
import type { TableOfSource } from "./sources";
import { attemptOf } from "./store";

/** What became of a table in an execution; without an attempt the execution did not get at it. */
export interface TableOutcome {
  readonly id: string;
  readonly attempt?: HistoryItem;
}

/** How an execution ended; `waiting`: it had not when the time was up. */
export interface IngestEnd {
  readonly status: "succeeded" | "failed" | "timed_out" | "aborted" | "waiting";
  readonly reason?: string;
  readonly tables: readonly TableOutcome[];
}

/** An execution that was asked for, and how it ended if that was waited for. */
export interface AskedSource {
  readonly source: string;
  readonly execution: string;
  readonly end?: IngestEnd;
}

const pollMs = 1000;

/** Asks for windows of tables to be read. @returns the ARN of the execution that does it */
async function startIngest(
  clients: LakeClients,
  request: RunIngestRequest | BackfillRequest,
): Promise<RunIngestAnswer> {
  const name = clients.names.of(ingestFunction);
  return callFunction(
    clients,
    name,
    request,
    (message) =>
      new OperationError(
        `${request.source} could not be read: ${message}`,
        `\`npm run lake -- source list\` shows what is deployed; the log of ${name} says more.`,
      ),
  );
}

/** Asks for windows to be read and, if that is wanted, waits for the end. @param waitMs @default not at all */
export async function ask(
  clients: LakeClients,
  request: RunIngestRequest | BackfillRequest,
  tables: readonly TableOfSource[],
  waitMs?: number,
): Promise<AskedSource> {
  const { source } = request;
  const { execution } = await startIngest(clients, request);
  if (waitMs === undefined) return { source, execution };
  return { source, execution, end: await waitForIngest(clients, execution, tables, Date.now() + waitMs) };
}

/** Waits for an execution to end, or until the time is up. @param tables of which it is to be told what became of them */
async function waitForIngest(
  clients: LakeClients,
  execution: string,
  tables: readonly TableOfSource[],
  deadline: number,
): Promise<IngestEnd> {
  for (;;) {
    checkInterrupted();
    const { status, error, cause } = await clients.stepFunctions.send(
      new DescribeExecutionCommand({ executionArn: execution }),
    );
    const isOpen = status === "RUNNING" || status === "PENDING_REDRIVE";
    if (!isOpen || Date.now() > deadline) {
      const outcomes = await Promise.all(
        tables.map(async ({ id }) => ({ id, attempt: await attemptOf(clients, id, execution) })),
      );
      if (isOpen) return { status: "waiting", reason: "it still ran when the time was up", tables: outcomes };
      const said = [error, cause].filter((part) => part !== undefined).join(": ");
      return {
        status: (status ?? "failed").toLowerCase() as IngestEnd["status"],
        ...(said === "" ? {} : { reason: said }),
        tables: outcomes,
      };
    }
    await sleep(pollMs);
  }
}
