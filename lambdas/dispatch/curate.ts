/** Curate: marts are made anew from refined tables when their inputs have changed and are complete. */
import { type Contracts, durationSeconds } from "../../contracts/contract";
import type { Pipeline } from "../../contracts/pipelines/pipeline";
import type { Runs } from "./ports";
import { promisedOf, type Work } from "./work";

export interface CurateSettings {
  readonly contracts: Contracts;
  readonly pipelines: readonly Pipeline[];
  /** Bucket of the curated zone. */
  readonly bucket: string;
  /** What is recorded of refine runs. */
  readonly refineRuns: Pick<Runs, "state" | "waiting">;
}

/** Iceberg writes one with each commit. */
const commit = /^masked\/([^/]+\/[^/]+)\/metadata\/[^/]+\.metadata\.json$/;

export function curateWork({ contracts, pipelines, bucket, refineRuns }: CurateSettings): Work {
  const pipelineOf = (job: string) => pipelines.find(({ id }) => id === job);
  const readersOf = (dataset: string) => pipelines.filter(({ inputs }) => inputs.includes(dataset)).map(({ id }) => id);
  const freshnessOf = (dataset: string) => contracts.find(({ id }) => id === dataset)?.freshness;

  async function whyNot(input: string, isAsked: boolean, now: Date): Promise<string | undefined> {
    const state = await refineRuns.state(input);
    if (state?.succeeded_at === undefined) return `${input} does not exist yet: none of its files has been refined`;
    if (isAsked) return undefined;
    if (state.status !== "idle") return `${input} is being refined`;
    if ((await refineRuns.waiting(input, 1)).length > 0) return `${input} has files that wait to be refined`;
    const freshness = freshnessOf(input);
    if (freshness === undefined) return undefined;
    const age = (now.getTime() - Date.parse(state.succeeded_at)) / 1000;
    return age > durationSeconds(freshness)
      ? `${input} is older than ${freshness}, its contract's freshness`
      : undefined;
  }

  return {
    layer: "curate",
    jobs: pipelines.map(({ id }) => id),
    promised: promisedOf(pipelines),
    jobsOf: (key) => {
      const [, dataset = ""] = commit.exec(key) ?? [];
      return readersOf(dataset);
    },
    jobsAfter: readersOf,
    startsByItself: (job) => pipelineOf(job)?.start.onInputs ?? false,
    runsWithoutWork: true,
    obstacles: async (job, isAsked, now) => {
      const inputs = pipelineOf(job)?.inputs ?? [];
      const found = await Promise.all(inputs.map((input) => whyNot(input, isAsked, now)));
      return found.filter((reason) => reason !== undefined);
    },
    manifestOf: (job) => ({ inputs: pipelineOf(job)?.inputs ?? [] }),
    argumentsOf: (job) => ({ "--pipeline": job, "--curated_bucket": bucket }),
  };
}
