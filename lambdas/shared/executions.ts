/** Executions of state machines. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";

/** How an execution stands; `absent` when there is none of that name. */
export interface ExecutionState {
  readonly status: "running" | "succeeded" | "ended" | "absent";
  /** Why it ended, as Step Functions says it. */
  readonly error?: { readonly Error?: string; readonly Cause?: string };
}

/** Step Functions may not know of an execution at once that it has just started. */
export const unknownForMs = 5 * 60_000;

/** ARN of the execution of this name. */
export function executionArn(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
}

/** Starts an execution; one of the same name is there already, running or ended: that is fine. @returns its ARN */
export async function startExecution(
  client: SFNClient,
  stateMachineArn: string,
  name: string,
  input: object,
): Promise<string> {
  try {
    await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
  return executionArn(stateMachineArn, name);
}

export async function describeExecution(client: SFNClient, arn: string): Promise<ExecutionState> {
  try {
    const { status, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
    if (status === "RUNNING" || status === "PENDING_REDRIVE") return { status: "running" };
    if (status === "SUCCEEDED") return { status: "succeeded" };
    return { status: "ended", error: { Error: error ?? status, Cause: cause } };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return { status: "absent" };
    throw error;
  }
}
