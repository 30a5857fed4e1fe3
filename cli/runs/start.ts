import { setTimeout as sleep } from "node:timers/promises";
import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import type { DispatchRequest, RunAnswer, RunItem } from "../../contracts/runs";
import { checkInterrupted } from "../../tools/setup/process";
import type { Step } from "../../tools/setup/progress";
import { callFunction } from "../call-function";
import { OperationError } from "../exit-codes";
import { inParallel } from "../in-parallel";
import type { LakeClients } from "../lake-clients";
import { plural } from "../table";
import { runOf } from "./history";
import type { Job } from "./jobs";

/** A job that was asked to run, and what came of it. */
export interface AskedJob extends RunAnswer {
  readonly job: string;
  /** Once it was waited for. */
  readonly end?: RunEnd;
}

/** How an execution ended; `waiting`: it had not when the time was up. */
export interface RunEnd {
  readonly status: string;
  readonly run?: RunItem;
  readonly reason?: string;
}

const pollMs = 1000;
const questionsAtOnce = 8;

/** Asks the layer's function to start the job. */
export async function startJob(clients: LakeClients, { id, layer }: Job, retryHeld: boolean): Promise<AskedJob> {
  const request: DispatchRequest = { action: "run", job: id, retryHeld };
  const name = clients.names.of(`dispatch-${layer}`);
  const refusal = (message: string) =>
    new OperationError(`${name} could not start ${id}: ${message}`, "Try again; its log says more.");
  return { job: id, ...(await callFunction<RunAnswer>(clients, name, request, refusal)) };
}

/** Waits for the executions of jobs to end, or until the time is up. */
export async function waitForEnds(
  clients: LakeClients,
  asked: readonly (AskedJob & Pick<Job, "layer">)[],
  timeoutMs: number,
  step: Step,
): Promise<AskedJob[]> {
  const deadline = Date.now() + timeoutMs;
  let open = asked.length;
  return inParallel(questionsAtOnce, asked, async ({ layer, ...job }) => {
    const arn = job.started ?? job.running;
    const end = arn === undefined ? undefined : await endOf(clients, { id: job.job, layer }, arn, deadline);
    open--;
    step.say(`${asked.length - open} of ${plural(asked.length, "job")}`);
    return end === undefined ? job : { ...job, end };
  });
}

async function endOf(clients: LakeClients, job: Job, executionArn: string, deadline: number): Promise<RunEnd> {
  for (;;) {
    checkInterrupted();
    const { status, input, error, cause } = await clients.stepFunctions.send(
      new DescribeExecutionCommand({ executionArn }),
    );
    if (status !== "RUNNING" && status !== "PENDING_REDRIVE") {
      const { batchId } = JSON.parse(input ?? "{}") as { batchId?: string };
      const run = batchId === undefined ? undefined : await runOf(clients, job, batchId);
      const said = [error, cause].filter((part) => part !== undefined).join(": ");
      const reason = run?.reason ?? (said === "" ? undefined : said);
      return { status: run?.status ?? (status ?? "unknown").toLowerCase(), run, reason };
    }
    if (Date.now() > deadline) return { status: "waiting", reason: "it still ran when the time was up" };
    await sleep(pollMs);
  }
}
