/** What ingestion needs of the world: tests put something else in its place. */
import type { HistoryItem, TableStateItem, WindowItem } from "../../contracts/ingestion";
import type { Compute, SourceDefinition, SourceTable } from "../../contracts/sources/source";
import type { ExecutionState } from "../shared/executions";

export type TableState = Omit<TableStateItem, "pk" | "sk">;
export type Window = Omit<WindowItem, "pk" | "sk">;
export type Attempt = Omit<HistoryItem, "pk" | "sk">;

/** How a claim wants to leave what it has seen. */
export interface Claim {
  /** What the state was when it was looked at: if it has changed since, the claim fails. Absent: there was none. */
  readonly seen?: TableState;
  readonly next: Required<Pick<TableState, "token" | "holder" | "lease_until" | "started_at">>;
  /** Sort key of the window's item. */
  readonly window: string;
  /** What the window was; absent: there was none. */
  readonly open?: Window;
  /** The window from now on: the very same with one attempt more, or another one in place of what nobody has decided. */
  readonly opened: Window;
  readonly attempt: Attempt;
  /** The attempt before, when it ended without a word. */
  readonly lost?: { readonly attempt: Attempt; readonly reason: string };
}

/** How an attempt is ended by somebody else than its job. */
export interface Release {
  readonly token: number;
  /** The attempt as it was when it was looked at: if it has changed since, nothing is done. */
  readonly seen: Attempt;
  readonly changes: Pick<Attempt, "status" | "error_name" | "error" | "finished_at" | "cluster_id" | "step_id">;
}

/** The ingestion table. Tables of sources are named by their ids, `<domain>/<source>/<table>`. */
export interface Store {
  /** Ids of all sources. */
  sources(): Promise<readonly string[]>;
  /** Notes that there is such a source. */
  list(source: string): Promise<void>;
  /** What was deployed of a source; undefined for one that was not. */
  source(source: string): Promise<Deployed | undefined>;
  state(id: string): Promise<TableState | undefined>;
  window(id: string, window: string): Promise<Window | undefined>;
  /** The attempt of a token that began at this time. */
  attempt(id: string, startedAt: string, token: number): Promise<Attempt | undefined>;
  /** The attempt of a token, if it is among the latest. */
  recentAttempt(id: string, token: number): Promise<Attempt | undefined>;
  /** @returns whether everything was as it had been seen, and now is as it should be; otherwise nothing has changed */
  claim(id: string, claim: Claim): Promise<boolean>;
  /** Frees a table. @returns whether the token and the attempt were as seen; otherwise nothing has changed */
  release(id: string, release: Release): Promise<boolean>;
  /** Adds to an attempt on what it ran. */
  note(id: string, attempt: Attempt, facts: Pick<Attempt, "cluster_id" | "step_id">): Promise<void>;
}

/** A source as it was deployed, its tables in the order of their priority. */
export interface Deployed {
  readonly source: SourceDefinition;
  readonly tables: readonly SourceTable[];
}

/** The state machines of all computes. */
export interface Executions {
  /** Starts an execution; one of the same name is there already: that is fine. @returns its ARN */
  start(compute: Compute, name: string, input: object): Promise<string>;
  describe(arn: string): Promise<ExecutionState>;
  /** ARN of an execution; undefined for a compute that has no state machine here. */
  arn(compute: Compute, name: string): string | undefined;
}

/** A cluster that was made for an execution and has not ended. */
export interface Cluster {
  readonly id: string;
  /** Name of the execution. */
  readonly execution: string;
  readonly createdAt: Date;
}

export interface Clusters {
  /** Clusters of ours that have not ended. */
  alive(): Promise<readonly Cluster[]>;
  terminate(id: string): Promise<void>;
}

/** What ingestion works with. */
export interface Ingest {
  readonly store: Store;
  readonly executions: Executions;
  readonly clusters: Clusters;
  /** How long a table is held at most without a word from its execution. */
  readonly leaseSeconds: number;
  /** The longest life of a cluster. */
  readonly maxClusterHours: number;
  /** How long attempts are remembered; absent: for good. */
  readonly historyDays?: number;
  readonly now: () => Date;
  /** Adds to the metrics of a source. */
  readonly count: (source: string, counts: Readonly<Record<string, number>>) => void;
}
