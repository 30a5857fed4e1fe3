/**
 * Runs: what waits for a job, who runs it now and what became of its batches. Two layers of jobs work alike: `refine`
 * has a job for each dataset, `curate` one for each pipeline; a job is named by the id of either. The run table is
 * written by the functions that start runs and read by people through the command line. Only this file knows the names
 * of its attributes, and of what lies beside the data below `_meta/`.
 */

export const layers = ["refine", "curate"] as const;
export type Layer = (typeof layers)[number];

/** One version of an object that a job has to work on: an item of {@link pendingKey}. */
export interface PendingItem {
  readonly pk: string;
  /** Hash of the object version, see `sourceHash`. */
  readonly sk: string;
  readonly uri: string;
  /** Absent in buckets that keep no versions. */
  readonly version_id?: string;
  /** When the object was first heard of, in ISO 8601 (UTC). */
  readonly received_at: string;
  /** The batch with which it failed for good: it waits for somebody to put it right. */
  readonly held_by?: string;
}

/** Says that an object version is in the target: an item of {@link takenKey}, whose sort key is that of the pending one. */
export interface TakenItem {
  readonly pk: string;
  readonly sk: string;
  readonly batch_id: string;
  readonly uri: string;
}

/**
 * Who runs a job: the item of {@link stateKey}. `starting` until the execution has been asked for, which anybody may
 * do who finds it so, as all ask for the same one; `running` until its end has been recorded.
 */
export interface StateItem {
  readonly pk: string;
  readonly sk: string;
  readonly status: "idle" | "starting" | "running";
  /** How often the job was started: part of each execution's name, which AWS lets be used once. */
  readonly generation: number;
  /** Of the running batch, or of the last one. */
  readonly batch_id: string;
  readonly execution_name: string;
  readonly locked_at: string;
  /** Consecutive executions that ended without a word. */
  readonly lost?: number;
  /** When a run last ended well: by then the job's table exists. */
  readonly succeeded_at?: string;
}

/** `retrying`: an attempt failed and another follows; `refused`: held for its data; `failed`: held for anything else. */
export type RunStatus = "running" | "retrying" | "succeeded" | "unchanged" | "refused" | "failed" | "lost";

/** What came in and what became of it. */
export interface RowCounts {
  readonly in: number;
  /** Refine: `in` is the sum of these six. */
  readonly inserted?: number;
  readonly updated?: number;
  /** Records by which a row was deleted. */
  readonly removed?: number;
  /** Rows that were deleted because a list of their database's keys does not have them: none of `in`. */
  readonly gone?: number;
  /** The target had this version already. */
  readonly unchanged?: number;
  /** Older than another record of the batch or than what the target has. */
  readonly superseded?: number;
  readonly refused?: number;
  /** Curate: the rows of the mart. */
  readonly out?: number;
}

/** The outcome of one data quality rule in one run. */
export interface QualityOutcome {
  readonly rule: string;
  readonly outcome: "Passed" | "Failed" | "Error";
  readonly failedRows: number | null;
  readonly reason: string | null;
}

/** What became of a batch: an item of {@link runKey}, the only ones in {@link runIndex}. */
export interface RunItem {
  readonly pk: string;
  /** The batch. */
  readonly sk: string;
  readonly layer: Layer;
  /** Time of the last change in ISO 8601 (UTC). */
  readonly updated_at: string;
  readonly job: string;
  readonly batch_id: string;
  readonly status: RunStatus;
  readonly execution_name: string;
  /** That of the {@link StateItem}: a later run of the same batch replaces an earlier one, never the other way round. */
  readonly generation: number;
  /** The last attempt within the execution, the first being 1. */
  readonly attempt: number;
  /** How many objects are in the batch. */
  readonly objects: number;
  readonly started_at: string;
  readonly finished_at?: string;
  readonly reason?: string;
  /** Id of the Glue run. */
  readonly run_id?: string;
  readonly rows?: Partial<RowCounts>;
  readonly quality?: readonly QualityOutcome[];
}

/** What the job writes at its end, also when it refuses its batch: the content of {@link resultMetaKey}. */
export interface RunResult {
  readonly layer: Layer;
  readonly job: string;
  readonly batchId: string;
  /** Id of the Glue run, if there is one. */
  readonly runId: string | null;
  readonly status: "succeeded" | "refused" | "unchanged";
  readonly reason: string | null;
  /** Not all of them where the batch was refused. */
  readonly rows: Partial<RowCounts>;
  readonly quality: readonly QualityOutcome[];
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** What a job is given to work on: the content of {@link batchMetaKey}. */
export interface BatchManifest {
  readonly job: string;
  readonly batchId: string;
  /** Files to load; for a pipeline, the commits of its inputs because of which it runs. */
  readonly objects: readonly { readonly uri: string; readonly versionId?: string }[];
  /** The datasets that a pipeline reads. */
  readonly inputs?: readonly string[];
}

/** Key attributes of the table and of its index, for those who create or query them. */
export const runKeys = { partition: "pk", sort: "sk", indexPartition: "layer", indexSort: "updated_at" } as const;

/** Secondary index for "what ran lately in this layer". */
export const runIndex = "by_layer";

/** Partition of what waits for a job. */
export function pendingKey(layer: Layer, job: string): string {
  return `pending#${layer}#${job}`;
}

/** Partition of what a job is done with. */
export function takenKey(layer: Layer, job: string): string {
  return `taken#${layer}#${job}`;
}

/** Partition of a job's runs. */
export function runKey(layer: Layer, job: string): string {
  return `run#${layer}#${job}`;
}

/** Key of the one item that says who runs a job. */
export function stateKey(layer: Layer, job: string): { pk: string; sk: string } {
  return { pk: `job#${layer}#${job}`, sk: "state" };
}

/** Below it lies what jobs and functions tell each other, in the bucket of the zone into which a layer writes. */
const metaPrefix = "_meta/";

/** Where a batch's manifest is, in the bucket of the layer's target. */
export function batchMetaKey(job: string, batchId: string): string {
  return `${metaPrefix}${job}/batches/${batchId}.json`;
}

/** Where a batch's result is, in the bucket of the layer's target. */
export function resultMetaKey(job: string, batchId: string): string {
  return `${metaPrefix}${job}/runs/${batchId}.json`;
}

/** What a Glue job's name ends in, after `<prefix>-<layer>-`: refine jobs are one for each domain. */
export function glueJobSuffix(layer: Layer, job: string): string {
  const [domain = "", name = ""] = job.split("/");
  return (layer === "refine" ? domain : `${domain}-${name}`).replaceAll("_", "-");
}

/** What can be asked of the function that starts a layer's runs, besides the events of its queue. */
export type DispatchRequest =
  /** Start a job now: people and schedules. `retryHeld` takes along what failed for good. */
  | { readonly action: "run"; readonly job: string; readonly retryHeld?: boolean }
  | FinishRequest
  /** Put right what was left behind, and start what waits. */
  | { readonly action: "sweep" }
  /** A refine run of the dataset has ended: pipelines that wait for it may start. */
  | { readonly action: "settled"; readonly job: string };

/** The state machine's word on an attempt. */
export interface FinishRequest {
  readonly action: "finish";
  readonly job: string;
  readonly batchId: string;
  readonly outcome: "succeeded" | "failed";
  /** The attempt that ended. @default 1 */
  readonly attempt?: number;
  /** Name of the execution (`$$.Execution.Name`). @default whichever runs the batch */
  readonly execution?: string;
  /** As a Catch of Step Functions has it; `Cause` of a Glue task is the JSON of its run. */
  readonly error?: { readonly Error?: string; readonly Cause?: string };
}

export interface RunAnswer {
  /** ARN of the execution, or null when nothing was started. */
  readonly started: string | null;
  /** ARN of the execution because of which nothing was started. */
  readonly running?: string;
  readonly reason?: string;
}

/** What the state machine does next. Every field is there, as a choice cannot look at one that is not. */
export interface FinishAnswer {
  readonly next: "done" | "retry" | "failed";
  /** The number of the attempt that follows a retry; otherwise of the one that ended. */
  readonly attempt: number;
  readonly waitSeconds: number;
  readonly reason: string;
}
