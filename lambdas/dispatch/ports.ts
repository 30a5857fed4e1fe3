/** What dispatch needs of the world: tests put something else in its place. */
import type { BatchManifest, RunItem, RunResult, StateItem } from "../../contracts/runs";
import type { ExecutionState } from "../shared/executions";

/** One object version that a job has to work on. */
export interface Arrival {
  readonly uri: string;
  readonly versionId?: string;
}

/** An arrival as the run table has it. */
export interface Waiting extends Arrival {
  /** Hash of the object version. */
  readonly id: string;
}

export type JobState = Omit<StateItem, "pk" | "sk">;

/** Who runs a job now; the generation tells a function that was overtaken by a later run that it has no say any more. */
export type RunningState = JobState & { readonly status: "starting" | "running" };

/** What is recorded of one run, the parts that are always there. */
export type RunRecord = Omit<RunItem, "pk" | "sk" | "layer" | "updated_at">;

/** The run table as one layer uses it. */
export interface Runs {
  /** Notes that the job has to work on the object, unless that is noted or done. */
  note(job: string, arrival: Arrival, receivedAt: Date): Promise<void>;
  /** What waits and is not held, at most so many. */
  waiting(job: string, limit: number): Promise<Waiting[]>;
  /** How much is held. */
  held(job: string): Promise<Waiting[]>;
  /** Notes that the objects are in the target with this batch: nothing waits for them any more. */
  take(job: string, objects: readonly Waiting[], batchId: string): Promise<void>;
  /** Keeps the objects back until somebody asks for them. */
  hold(job: string, objects: readonly Waiting[], batchId: string): Promise<void>;
  /** Lets everything that is held go on. */
  letGo(job: string): Promise<void>;
  state(job: string): Promise<JobState | undefined>;
  /** Takes the job for a run, if nobody runs it and nobody has since `generation`. @returns whether it is ours */
  lock(
    job: string,
    generation: number,
    start: Pick<StateItem, "batch_id" | "execution_name" | "locked_at">,
  ): Promise<boolean>;
  /** Notes that the execution has been asked for. */
  started(job: string, state: RunningState): Promise<void>;
  /** Ends the run, if it is still the one of this state. */
  release(job: string, state: RunningState, outcome: { succeededAt?: string; lost?: number }): Promise<void>;
  /** Writes what became of a run, unless a later run of the same batch has begun. */
  record(run: RunRecord, now: Date): Promise<void>;
  run(job: string, batchId: string): Promise<RunItem | undefined>;
}

/** What is beside the data: manifests and results. */
export interface Meta {
  putManifest(manifest: BatchManifest): Promise<void>;
  /** @throws Error when there is none: a run never begins without */
  manifest(job: string, batchId: string): Promise<BatchManifest>;
  /** What the job has written; undefined when it has not, or nothing that can be read. */
  result(job: string, batchId: string): Promise<RunResult | undefined>;
  /** Address of a key. */
  uri(key: string): string;
}

/** The layer's state machine. */
export interface Executions {
  /** Starts an execution; one of the same name is there already, running or ended: that is fine. @returns its ARN */
  start(name: string, input: object): Promise<string>;
  arn(name: string): string;
  describe(name: string): Promise<ExecutionState>;
}
