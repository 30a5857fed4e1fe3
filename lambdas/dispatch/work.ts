/** In what the layers differ. */
import type { BatchManifest, Layer } from "../../contracts/runs";

/** What the jobs of a layer do, and when. */
export interface Work {
  readonly layer: Layer;
  /** Ids of all jobs. */
  readonly jobs: readonly string[];
  /** Jobs whose tables may not grow older than their contracts promise. */
  readonly promised: readonly string[];
  /** The jobs that have to work on an object of the zone before, by its key: none when it is no data. */
  jobsOf(key: string): readonly string[];
  /** The jobs that may start when a refine run of the dataset has ended. */
  jobsAfter(dataset: string): readonly string[];
  /** Whether the job starts when there is work, and not only when it is asked to. */
  startsByItself(job: string): boolean;
  /** Whether the job can be asked to run although nothing waits. */
  readonly runsWithoutWork: boolean;
  /** What keeps the job from starting now, for people; none when nothing does. `isAsked`: somebody wants it to run. */
  obstacles(job: string, isAsked: boolean, now: Date): Promise<readonly string[]>;
  /** What the manifest of a batch says besides its objects. */
  manifestOf(job: string): Pick<BatchManifest, "inputs">;
  /** The job's own arguments, besides those that every job has. */
  argumentsOf(job: string): Readonly<Record<string, string>>;
}

/** Those of contracts, of datasets or of marts, that promise how old their data is at most. */
export function promisedOf(contracts: readonly { readonly id: string; readonly freshness?: string }[]): string[] {
  return contracts.flatMap(({ id, freshness }) => (freshness === undefined ? [] : [id]));
}
