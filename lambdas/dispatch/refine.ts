/** Refine: the files of a dataset in the raw zone go into its refined tables. */
import type { Contracts } from "../../contracts/contract";
import { promisedOf, type Work } from "./work";

export interface RefineSettings {
  readonly contracts: Contracts;
  /** Bucket of the refined zone. */
  readonly bucket: string;
  /** Alias of the key by which values are masked. */
  readonly maskingKey: string;
}

/** As intake writes them, see `rawKey`. */
const rawObject = /^([^/]+\/[^/]+)\/.+\.parquet$/;

export function refineWork({ contracts, bucket, maskingKey }: RefineSettings): Work {
  const jobs = contracts.map(({ id }) => id);
  return {
    layer: "refine",
    jobs,
    promised: promisedOf(contracts),
    jobsOf: (key) => {
      const [, dataset = ""] = rawObject.exec(key) ?? [];
      return jobs.filter((job) => job === dataset);
    },
    jobsAfter: () => [],
    startsByItself: () => true,
    runsWithoutWork: false,
    obstacles: async () => [],
    manifestOf: () => ({}),
    argumentsOf: (job) => ({ "--dataset": job, "--refined_bucket": bucket, "--masking_key": maskingKey }),
  };
}
