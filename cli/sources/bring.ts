import { hasLayer } from "../../accounts/model/layers";
import type { LakeAccount } from "../../accounts/model/schema";
import type { Source } from "../../contracts";
import type { RunItem } from "../../contracts/runs";
import { inParallel } from "../in-parallel";
import type { Lake } from "../lake";
import { withClients } from "../lake-clients";
import { ENGINEER } from "../person";
import { unfinished, waitUntilSettled } from "../runs/settle";
import { plural } from "../table";
import { type AskedSource, ask } from "./ingest";
import { tablesOf } from "./sources";

/** What was new in databases, and what became of it. */
export interface Brought {
  readonly asked: readonly AskedSource[];
  /** The last run of each job that follows. */
  readonly runs: readonly RunItem[];
  /** What failed, or did not end, after the windows were read. */
  readonly problems: readonly string[];
}

const sourcesAtOnce = 8;

/** Reads the next window of every table of the sources, and waits until the refined tables have it. */
export async function bringIn(
  lake: Lake,
  account: LakeAccount,
  sources: readonly Source[],
  timeoutMs: number,
): Promise<Brought> {
  const deadline = Date.now() + timeoutMs;
  return withClients(lake, account, ENGINEER, async (clients) => {
    const asked = await lake.progress.step("Read databases", async (step) => {
      step.say(plural(tablesOf(sources).length, "table"));
      return inParallel(sourcesAtOnce, sources, (source) =>
        ask(clients, { action: "run", source: source.id }, tablesOf([source]), deadline - Date.now()),
      );
    });
    const datasets = [...new Set(tablesOf(sources).map(({ table }) => table.dataset))];
    const jobs = hasLayer(account, "refine") ? datasets.map((id) => ({ id, layer: "refine" as const })) : [];
    const settled = await lake.progress.step("Spark jobs", (step) =>
      waitUntilSettled(clients, jobs, { timeoutMs: deadline - Date.now(), outputs: [] }, step),
    );
    return { asked, runs: settled.runs, problems: unfinished(settled) };
  });
}
