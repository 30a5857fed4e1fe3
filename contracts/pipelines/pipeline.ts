/** What a pipeline makes of which datasets, as the rest of the program sees it: read from YAML and checked. */
import type { Classification, Column } from "../contract";

/** When a pipeline runs by the clock. */
export interface Schedule {
  /** `cron(0 6 * * ? *)` or `rate(1 hour)`, as EventBridge Scheduler has it. */
  readonly cron: string;
  /** The IANA time zone in which `cron` is meant, e.g. `Europe/Berlin`. */
  readonly timezone: string;
}

export interface Pipeline {
  /** `<domain>/<pipeline>`, unique among pipelines and datasets: both are jobs. */
  readonly id: string;
  readonly domain: string;
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  /** Ids of the datasets that it reads. */
  readonly inputs: readonly string[];
  /** Those of the inputs whose unmasked tables it reads. */
  readonly clear: readonly string[];
  /** The columns which together identify a row of the mart. */
  readonly key: readonly string[];
  readonly classification: Classification;
  /** The columns in the order of the mart's table. */
  readonly columns: readonly Column[];
  /** Data quality rules in DQDL. */
  readonly quality: readonly string[];
  /** How old the mart may be, e.g. `24h`. */
  readonly freshness?: string;
  readonly start: {
    /** Whether it runs when its inputs have changed. */
    readonly onInputs: boolean;
    readonly schedule?: Schedule;
  };
  /** Path of transform.py from the repository's root. */
  readonly code: string;
}

/** For functions and Glue jobs, which carry the checked pipelines with them instead of the means to check them. */
export function serializePipelines(pipelines: readonly Pipeline[]): string {
  return `${JSON.stringify(pipelines, undefined, 1)}\n`;
}

/** The inverse of {@link serializePipelines}. */
export function deserializePipelines(json: string): readonly Pipeline[] {
  const pipelines: unknown = JSON.parse(json);
  if (!Array.isArray(pipelines))
    throw new TypeError("The pipelines are not a list: was the file written by the build?");
  return pipelines as Pipeline[];
}
