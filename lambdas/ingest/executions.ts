/** Executions of the state machines, one of which there is for each compute that a source uses. */
import type { SFNClient } from "@aws-sdk/client-sfn";
import type { Compute } from "../../contracts/sources/source";
import { describeExecution, type ExecutionState, executionArn, startExecution } from "../shared/executions";
import type { Executions } from "./ports";

export class ComputeExecutions implements Executions {
  constructor(
    private readonly client: SFNClient,
    /** ARNs of the state machines. */
    private readonly machines: Readonly<Partial<Record<Compute, string>>>,
  ) {}

  start(compute: Compute, name: string, input: object): Promise<string> {
    const machine = this.machines[compute];
    if (machine === undefined) throw new Error(`there is no state machine for ${compute}`);
    return startExecution(this.client, machine, name, input);
  }

  describe(arn: string): Promise<ExecutionState> {
    return describeExecution(this.client, arn);
  }

  arn(compute: Compute, name: string): string | undefined {
    const machine = this.machines[compute];
    return machine === undefined ? undefined : executionArn(machine, name);
  }
}
