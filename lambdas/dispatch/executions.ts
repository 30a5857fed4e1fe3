/** Executions of the layer's state machine. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import type { ExecutionState, Executions } from "./ports";

export class StateMachineExecutions implements Executions {
  constructor(
    private readonly client: SFNClient,
    private readonly stateMachineArn: string,
  ) {}

  async start(name: string, input: object): Promise<string> {
    try {
      await this.client.send(
        new StartExecutionCommand({ stateMachineArn: this.stateMachineArn, name, input: JSON.stringify(input) }),
      );
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
    return this.arn(name);
  }

  async describe(name: string): Promise<ExecutionState> {
    try {
      const { status, error, cause } = await this.client.send(
        new DescribeExecutionCommand({ executionArn: this.arn(name) }),
      );
      if (status === "RUNNING" || status === "PENDING_REDRIVE") return { status: "running" };
      if (status === "SUCCEEDED") return { status: "succeeded" };
      return { status: "ended", error: { Error: error ?? status, Cause: cause } };
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return { status: "absent" };
      throw error;
    }
  }

  arn(name: string): string {
    return `${this.stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
  }
}
