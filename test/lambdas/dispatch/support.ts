import {
  type BatchManifest,
  batchMetaKey,
  type Layer,
  type RunItem,
  type RunResult,
  resultMetaKey,
  type StateItem,
  takenKey,
} from "../../../contracts/runs";
import { curateWork } from "../../../lambdas/dispatch/curate";
import { StateMachineExecutions } from "../../../lambdas/dispatch/executions";
import { MetaStore } from "../../../lambdas/dispatch/meta-store";
import { refineWork } from "../../../lambdas/dispatch/refine";
import { RunStore } from "../../../lambdas/dispatch/run-store";
import type { Dispatch } from "../../../lambdas/dispatch/start";
import { ItemTable } from "../../../lambdas/shared/item-table";
import { contracts, pipelineOf } from "../../contracts/pipelines/fixtures";
import { FakeAws } from "./fake-aws";

const start = new Date("2026-01-01T06:00:00.000Z");

/** One layer's dispatch in a world of its own, with a clock that goes on a second each time it is asked. */
export class Bench {
  readonly counts: Record<string, number> = {};
  readonly ages: Record<string, number> = {};
  readonly warnings: string[] = [];
  readonly settled: string[] = [];
  readonly dispatch: Dispatch;
  time = start.getTime();

  constructor(
    readonly layer: Layer = "refine",
    readonly aws = new FakeAws(),
    changes: Partial<Dispatch> = {},
    clients = aws.clients(),
  ) {
    const bucket = layer === "refine" ? "refined" : "curated";
    const table = new ItemTable(clients.dynamodb, "runs");
    const refineRuns = new RunStore(table, "refine");
    this.dispatch = {
      work:
        layer === "refine"
          ? refineWork({ contracts, bucket, maskingKey: "alias/lake-masking" })
          : curateWork({ contracts, pipelines: [pipelineOf()], bucket, refineRuns }),
      runs: new RunStore(table, layer),
      meta: new MetaStore(clients.s3, bucket, layer),
      executions: new StateMachineExecutions(
        clients.stepFunctions,
        `arn:aws:states:eu-west-1:111111111111:stateMachine:lake-${layer}`,
      ),
      jobPrefix: `lake-${layer}-`,
      maxAttempts: 3,
      batchLimit: 500,
      now: () => {
        this.time += 1000;
        return new Date(this.time);
      },
      count: (_job, counts) => {
        for (const [name, count] of Object.entries(counts)) this.counts[name] = (this.counts[name] ?? 0) + count;
      },
      tellAge: (job, seconds) => {
        this.ages[job] = seconds;
      },
      settled: async (job) => void this.settled.push(job),
      warn: (message) => void this.warnings.push(message),
      ...changes,
    };
  }

  /** An object of the job arrives and is noted. */
  async note(job: string, name: string, versionId = "v1"): Promise<void> {
    await this.dispatch.runs.note(job, { uri: uriOf(job, name), versionId }, this.dispatch.now());
  }

  item<Item>(pk: string, sk: string): Item | undefined {
    return this.aws.items.get(`${pk} ${sk}`) as Item | undefined;
  }

  state(job: string): StateItem | undefined {
    return this.item<StateItem>(`job#${this.layer}#${job}`, "state");
  }

  run(job: string, batchId: string): RunItem | undefined {
    return this.item<RunItem>(`run#${this.layer}#${job}`, batchId);
  }

  /** URIs of what is done. */
  taken(job: string): string[] {
    return this.#urisIn(takenKey(this.layer, job));
  }

  /** URIs of what waits or is held. */
  pending(job: string): string[] {
    return this.#urisIn(`pending#${this.layer}#${job}`);
  }

  manifest(job: string, batchId: string): BatchManifest {
    return JSON.parse(this.aws.objects.get(`${this.#bucket}/${batchMetaKey(job, batchId)}`) ?? "") as BatchManifest;
  }

  /** The job writes its result, with rows that add up. */
  writeResult(job: string, batchId: string, changes: Partial<RunResult> = {}): RunResult {
    const time = this.dispatch.now().toISOString();
    const result: RunResult = {
      layer: this.layer,
      job,
      batchId,
      runId: "jr_1",
      status: "succeeded",
      reason: null,
      rows:
        this.layer === "refine"
          ? { in: 10, inserted: 4, updated: 3, unchanged: 2, superseded: 1 }
          : { in: 100, out: 10 },
      quality: [{ rule: "RowCount > 0", outcome: "Passed", failedRows: null, reason: null }],
      startedAt: time,
      finishedAt: time,
      ...changes,
    };
    this.aws.objects.set(`${this.#bucket}/${resultMetaKey(job, batchId)}`, JSON.stringify(result));
    return result;
  }

  get #bucket(): string {
    return this.layer === "refine" ? "refined" : "curated";
  }

  #urisIn(pk: string): string[] {
    const found = [...this.aws.items].filter(([id]) => id.startsWith(`${pk} `));
    return found.map(([, item]) => String(item.uri)).sort();
  }
}

export function uriOf(job: string, name: string): string {
  return `s3://raw/${job}/ingest_date=2026-01-01/${name}.parquet`;
}
