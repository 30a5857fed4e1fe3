import { readFileSync } from "node:fs";
import { join } from "node:path";
import { highestOf } from "../../contracts/people";
import type { Lake } from "../lake";
import { withClients } from "../lake-clients";
import { ENGINEER } from "../person";
import { asAnalyst, clearanceFor } from "../query/analyst";
import { execute } from "../query/execution";
import { describe, toDocument } from "../query/render";
import { chosenJobs } from "../runs/jobs";
import { unfinished, waitUntilSettled } from "../runs/settle";
import { chosenSources, tablesOf } from "../sources/sources";
import { plural } from "../table";
import { describeRefined, type RefinedSummary, reconcileRefined } from "./reconcile";

/** A query that ships with the sample domain: what the whole way of the data is for. */
const QUESTION = "domains/sales/queries/top-sellers.sql";

export interface LayersShown {
  readonly refined: readonly RefinedSummary[];
  readonly answer: object;
  readonly problems: readonly string[];
  readonly text: string;
}

/** Waits until the rows have come through all layers, accounts for them, and asks the question that they answer. */
export async function showLayers(
  lake: Lake,
  accountName: string,
  outputs: readonly string[],
  timeoutMs: number,
): Promise<LayersShown> {
  const { account, jobs } = chosenJobs(lake, accountName, undefined);
  const tables = tablesOf(chosenSources(lake, accountName, undefined).sources);
  return withClients(lake, account, ENGINEER, async (clients) => {
    const settled = await lake.progress.step("Spark jobs", async (step) => {
      const ended = await waitUntilSettled(clients, jobs, { timeoutMs, outputs }, step);
      step.note(`the last runs of ${plural(ended.runs.length, "job")}`);
      return ended;
    });
    const open = unfinished(settled);
    if (open.length > 0) return { refined: [], answer: {}, problems: open, text: "" };
    const question = readFileSync(join(lake.paths.root, QUESTION), "utf8");
    const clearance = highestOf([
      clearanceFor(lake, account, question),
      ...lake.contracts.map(({ classification }) => classification),
    ]);
    return asAnalyst(lake, account, { person: { persona: "data-analyst", clearance } }, async (analyst) => {
      const refined = await reconcileRefined(clients, analyst, lake.contracts, tables);
      const answer = await execute(analyst, question);
      const text = [
        describeRefined(refined),
        "",
        `The ten sellers with the most revenue (npm run lake -- query --file ${QUESTION}):`,
        "",
        describe(answer),
      ].join("\n");
      return { refined, answer: toDocument(answer), problems: refined.flatMap(({ problems }) => problems), text };
    });
  });
}
