/** Executions of the layer's state machine. */
import type { SFNClient } from "@aws-sdk/client-sfn";
import { describeExecution, type ExecutionState, executionArn, startExecution } from "../shared/executions";
import type { Executions } from "./ports";

export class StateMachineExecutions implements Executions {
  constructor(
    private readonly client: SFNClient,
    private readonly stateMachineArn: string,
  ) {}

  start(name: string, input: object): Promise<string> {
    return startExecution(this.client, this.stateMachineArn, name, input);
  }

  describe(name: string): Promise<ExecutionState> {
    return describeExecution(this.client, this.arn(name));
  }

  arn(name: string): string {
    return executionArn(this.stateMachineArn, name);
  }
}
