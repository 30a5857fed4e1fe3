/** A database, its ingestion, and everybody who works on it at the same time: each request waits until it is let through. */
import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import type { ClaimAnswer, IngestRequest, SettleAnswer } from "../../../contracts/ingestion";
import type { Store } from "../../../lambdas/ingest/ports";
import { answer } from "../../../lambdas/ingest/requests";
import { FakeAws } from "../dispatch/fake-aws";
import { FencedError, JobModel } from "./job-model";
import { SimulatedDatabase } from "./simulated-database";
import { Bench, executionOf, source, table, tableOf } from "./support";

/** How a request fares: it is made; whoever makes it is cut off before it, or before its answer comes. */
export type Fate = "go" | "before" | "after";

class CutOff extends Error {}

/** Somebody at work: a function, or a job. */
class Worker {
  isCut = false;
  /** When it has come to its end, whichever. */
  readonly ended: Promise<void>;
  #end: () => void = () => {};
  #gate: ((fate: Fate) => void) | undefined;

  constructor(readonly name: string) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  end(): void {
    this.#end();
  }

  get waits(): boolean {
    return this.#gate !== undefined;
  }

  /** Makes a request when it is let through. */
  async request<T>(send: () => Promise<T>): Promise<T> {
    if (this.isCut) throw new CutOff(this.name);
    const fate = await new Promise<Fate>((resolve) => {
      this.#gate = resolve;
    });
    this.isCut ||= fate !== "go";
    if (fate === "before") throw new CutOff(this.name);
    const answered = await send();
    if (fate === "after") throw new CutOff(this.name);
    return answered;
  }

  let(fate: Fate): void {
    const gate = this.#gate;
    this.#gate = undefined;
    gate?.(fate);
  }
}

/** Until everybody waits for something that only the schedule can give. */
const idle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What is broken on purpose, to see that it is noticed. */
export interface Breakage {
  /** Jobs write without asking whether they still have the table. */
  readonly isUnfenced?: boolean;
  /** Stands in front of the real store. */
  readonly store?: (store: Store, aws: FakeAws) => Store;
}

export const minute = 60_000;
export const overlapMs = 15 * minute;
export const lagMs = 2 * minute;
export const leaseMs = 60 * minute;
/** Clocks of functions are this much early or late at most. */
export const mostSkew = 60_000;

/** When it all begins. */
export const begin = Date.parse("2026-01-01T06:00:00.000Z");

export class World {
  readonly aws = new FakeAws();
  readonly bench = new Bench(this.aws).deploy([tableOf()]);
  readonly database = new SimulatedDatabase(() => this.now - 30_000);
  /** What should never happen. */
  readonly problems: string[] = [];
  /** Heard after each step. */
  watch: () => void = () => {};
  now = begin;
  readonly #workers: Worker[] = [];
  /** Executions that have begun, with what ends the wait for them. */
  readonly #begun = new Map<string, { readonly aborted: Promise<void>; readonly abort: () => void }>();
  #asked = 0;

  /** @param skews of the functions' clocks, in turn, in milliseconds */
  constructor(
    private readonly skews: readonly number[] = [0],
    private readonly breakage: Breakage = {},
  ) {}

  /** Those who can go on. */
  get waiting(): Worker[] {
    return this.#workers.filter(({ waits }) => waits);
  }

  get running(): string[] {
    return [...this.aws.executions.values()].filter(({ status }) => status === "RUNNING").map(({ name }) => name);
  }

  /** Those whom Step Functions no longer waits for. */
  get zombies(): Set<Worker> {
    const ended = [...this.#begun.keys()].filter((name) => !this.running.includes(name));
    return new Set(this.waiting.filter(({ name }) => ended.some((execution) => name.startsWith(execution))));
  }

  /** A request of people or of the clock: nobody waits for its answer. */
  async ask(request: IngestRequest): Promise<void> {
    this.#spawn(request.action, (worker) => this.#answer(worker, request));
    await this.#settle();
  }

  /** Lets a worker go one step on. */
  async step(worker: Worker, fate: Fate = "go"): Promise<void> {
    worker.let(fate);
    await this.#settle();
  }

  /** Step Functions gives up an execution; its job knows nothing of that and goes on. */
  async abort(name: string): Promise<void> {
    const execution = this.aws.executions.get(name);
    if (execution?.status === "RUNNING") execution.status = "ABORTED";
    this.#begun.get(name)?.abort();
    await this.#settle();
  }

  /** Everybody goes on to the end, and nothing happens to them any more. */
  async finishAll(except: ReadonlySet<Worker> = new Set()): Promise<void> {
    for (let left = 5000; left > 0; left--) {
      const next = this.waiting.find((worker) => !except.has(worker));
      if (next === undefined) return;
      await this.step(next);
    }
    throw new Error("it never ends");
  }

  /** Until everybody waits; executions that were just started begin. */
  async #settle(): Promise<void> {
    await idle();
    const started = this.running.filter((name) => !this.#begun.has(name));
    for (const name of started) {
      let abort = () => {};
      const aborted = new Promise<void>((resolve) => {
        abort = resolve;
      });
      this.#begun.set(name, { aborted, abort });
      void this.#execute(name);
    }
    if (started.length > 0) await idle();
    this.watch();
  }

  #spawn(name: string, work: (worker: Worker) => Promise<unknown>): Worker {
    const worker = new Worker(name);
    this.#workers.push(worker);
    void work(worker)
      .catch((error: unknown) => {
        if (!(worker.isCut || error instanceof FencedError || isRefusal(error))) {
          this.problems.push(`${name}: ${String(error)}`);
        }
      })
      .finally(() => worker.end());
    return worker;
  }

  /** A call of the function. */
  async #answer<T>(worker: Worker, request: IngestRequest): Promise<T> {
    const clients = this.aws.clients((_, send) => worker.request(send));
    const skew = this.skews[this.#asked++ % this.skews.length] ?? 0;
    const requestId = `request-${this.#asked}`;
    const now = () => new Date(this.now + skew);
    const { ingest } = new Bench(this.aws, { now, leaseSeconds: leaseMs / 1000 }, clients);
    const store = this.breakage.store?.(ingest.store, this.aws) ?? ingest.store;
    return (await answer(request, requestId, { ...ingest, store })) as T;
  }

  /** A call of the function by a state machine, which makes it again when it fails. */
  async #call<T>(name: string, request: IngestRequest): Promise<T | undefined> {
    for (let left = 3; left > 0 && this.running.includes(name); left--) {
      let answered: T | undefined;
      const worker = this.#spawn(`${name} ${request.action}`, async (caller) => {
        answered = await this.#answer<T>(caller, request);
      });
      await Promise.race([worker.ended, this.#begun.get(name)?.aborted]);
      if (answered !== undefined) return answered;
    }
    return undefined;
  }

  /** The state machine. */
  async #execute(name: string): Promise<void> {
    const execution = executionOf(name);
    const { input } = this.aws.executions.get(name) ?? {};
    const request = { action: "claim", source, ...input, execution } as IngestRequest;
    const claim = await this.#call<ClaimAnswer>(name, request);
    for (const claimed of claim?.tables ?? []) {
      let outcome = "failed" as "succeeded" | "failed";
      const job = this.#spawn(`${name} job`, async (worker) => {
        await this.#job(worker, claimed);
        outcome = "succeeded";
      });
      await Promise.race([job.ended, this.#begun.get(name)?.aborted]);
      const ended = {
        action: "settle",
        source,
        table: claimed.table,
        token: claimed.token,
        execution,
        outcome,
      } as const;
      const settled = await this.#call<SettleAnswer>(name, ended);
      if (ended.outcome === "succeeded" && settled?.outcome === "failed") {
        this.problems.push(`a job that ended well counts as failed: ${settled.reason}`);
      }
    }
    const state = this.aws.executions.get(name);
    if (state?.status === "RUNNING") state.status = claim === undefined ? "FAILED" : "SUCCEEDED";
  }

  #job(worker: Worker, claimed: ClaimAnswer["tables"][number]): Promise<void> {
    const { dynamodb, s3 } = this.aws.clients((_, send) => worker.request(send));
    const model = new JobModel(source, claimed, {
      ...{ dynamodb, s3, database: this.database, overlapMs, lagMs, rowsPerFile: 2 },
      read: (start, stop) => worker.request(async () => this.database.read(start, stop)),
      isFenced: this.breakage.isUnfenced !== true,
    });
    return model.run();
  }
}

/** A job that has lost its table, and does not ask, runs into conditions that do not hold. */
const isRefusal = (error: unknown) => error instanceof TransactionCanceledException;

export const run = { action: "run", source } as const;

export function backfillOf(start: number, stop: number): IngestRequest {
  return {
    action: "backfill",
    source,
    table,
    start: new Date(start).toISOString(),
    stop: new Date(stop).toISOString(),
  };
}
