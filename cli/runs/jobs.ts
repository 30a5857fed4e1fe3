import { hasLayer } from "../../accounts/model/layers";
import type { LakeAccount } from "../../accounts/model/schema";
import { loadPipelines } from "../../contracts";
import { nearest } from "../../contracts/nearest";
import type { Layer } from "../../contracts/runs";
import { InputError, together } from "../exit-codes";
import type { Lake } from "../lake";

/** What makes a table of a dataset, or a mart. */
export interface Job {
  /** Id of the dataset or of the pipeline. */
  readonly id: string;
  readonly layer: Layer;
}

/**
 * The lake and its jobs, or the one of that name; its domain may be left out. Those that others wait for come first.
 * @throws InputError with everything that is wrong with what was typed
 */
export function chosenJobs(
  lake: Lake,
  accountName: string | undefined,
  name: string | undefined,
): { readonly account: LakeAccount; readonly jobs: readonly Job[] } {
  const [account, jobs] = together(
    () => lake.lakeAccount(accountName),
    () => (name === undefined ? allJobs(lake) : [knownJob(lake, name)]),
  );
  const own = jobs.filter(({ layer }) => hasLayer(account, layer));
  if (name === undefined || own.length > 0) return { account, jobs: own };
  throw new InputError(
    `The lake ${account.name} has no zone into which ${name} could write.`,
    "Add one to its account.",
  );
}

function allJobs(lake: Lake): Job[] {
  return [
    ...lake.contracts.map(({ id }) => ({ id, layer: "refine" as const })),
    ...loadPipelines(lake.paths.root, lake.contracts).map(({ id }) => ({ id, layer: "curate" as const })),
  ];
}

function knownJob(lake: Lake, name: string): Job {
  const jobs = allJobs(lake);
  const ids = jobs.map(({ id }) => id);
  const short = jobs.filter(({ id }) => id.endsWith(`/${name}`));
  const found = jobs.find(({ id }) => id === name) ?? (short.length === 1 ? short[0] : undefined);
  if (found !== undefined) return found;
  if (short.length > 1) {
    throw new InputError(`There are several jobs ${name}.`, `Use one of ${short.map(({ id }) => id).join(", ")}.`);
  }
  const meant = nearest(name, [...ids, ...ids.map((id) => id.split("/").at(-1) ?? id)]);
  throw new InputError(
    `There is no job ${name}.`,
    meant === undefined ? `Use one of ${ids.join(", ")}.` : `Did you mean ${meant}?`,
  );
}
