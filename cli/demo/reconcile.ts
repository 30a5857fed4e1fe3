import type { Contract } from "../../contracts";
import { refinedDatabase, tableName } from "../../contracts";
import type { RowCounts } from "../../contracts/runs";
import { inParallel } from "../in-parallel";
import type { LakeClients } from "../lake-clients";
import { entriesOf } from "../ledger";
import type { Analyst } from "../query/analyst";
import { execute } from "../query/execution";
import { isTroubled, runsOfJob } from "../runs/history";
import type { TableOfSource } from "../sources/sources";
import { ingestedRows } from "../sources/store";
import { table } from "../table";

/** The rows of a dataset from the raw zone to its refined table. */
export interface RefinedSummary {
  readonly dataset: string;
  /** Rows in the raw zone, by the ledger. */
  readonly raw: number;
  /** Rows that runs took, and what became of them. */
  readonly taken: number;
  readonly inserted: number;
  readonly updated: number;
  /** Deleted, because a record said so. */
  readonly removed: number;
  /** Deleted, because their database has them no more. */
  readonly gone: number;
  /** Older than another row of the same key, or in the table already. */
  readonly merged: number;
  /** Rows of the refined table, counted by a query. */
  readonly refined: number;
  /** What does not add up, and runs that failed. */
  readonly problems: readonly string[];
}

const questionsAtOnce = 8;

/** Accounts for every row of the datasets that have any, from three independent sources: ledger and windows, run history, tables. */
export async function reconcileRefined(
  clients: LakeClients,
  analyst: Analyst,
  contracts: readonly Contract[],
  tables: readonly TableOfSource[],
): Promise<RefinedSummary[]> {
  const recorded = await inParallel(questionsAtOnce, contracts, async (contract) => {
    const job = { id: contract.id, layer: "refine" as const };
    const runs = await runsOfJob(clients, job, Number.POSITIVE_INFINITY, () => true);
    let raw = 0;
    for await (const { rows_out = 0 } of entriesOf(clients, contract.id)) raw += rows_out;
    raw += await ingestedRows(
      clients,
      tables.filter(({ table }) => table.dataset === contract.id),
    );
    return { contract, raw, failed: runs.filter(isTroubled), done: runs.filter((run) => !isTroubled(run)) };
  });
  // Before the first run of a dataset there is no table of it.
  const counted = await countRows(
    analyst,
    recorded.filter(({ done }) => done.length > 0).map(({ contract }) => contract),
  );
  const known = recorded.filter(({ raw, failed, done }) => raw + failed.length + done.length > 0);
  return known.map(({ contract, raw, failed, done }) => {
    const sum = (field: keyof RowCounts) => done.reduce((total, { rows }) => total + (rows?.[field] ?? 0), 0);
    const summary = {
      dataset: contract.id,
      raw,
      taken: sum("in"),
      inserted: sum("inserted"),
      updated: sum("updated"),
      removed: sum("removed"),
      gone: sum("gone"),
      merged: sum("unchanged") + sum("superseded"),
      refined: counted.get(contract.id) ?? 0,
    };
    const told = failed.map(({ batch_id, status, reason }) => `batch ${batch_id} ${status}: ${reason}`);
    return { ...summary, problems: [...faults(summary), ...told] };
  });
}

function faults({
  dataset,
  raw,
  taken,
  inserted,
  updated,
  removed,
  gone,
  merged,
  refined,
}: Omit<RefinedSummary, "problems">): string[] {
  return [
    ...(raw === taken ? [] : [`${dataset}: ${raw} rows are in raw, and ${taken} were taken to refined`]),
    ...(taken === inserted + updated + removed + merged
      ? []
      : [`${dataset}: of ${taken} rows, ${inserted + updated + removed + merged} are accounted for`]),
    ...(refined === inserted - removed - gone
      ? []
      : [`${dataset}: ${inserted} rows were inserted and ${removed + gone} removed, and the table has ${refined}`]),
  ];
}

/** How many rows each dataset's table has, by one statement. */
async function countRows(analyst: Analyst, contracts: readonly Contract[]) {
  if (contracts.length === 0) return new Map<string, number>();
  const statement = contracts
    .map((contract) => {
      const name = `${refinedDatabase(contract.domain)}.${tableName(contract)}`;
      return `SELECT '${contract.id}' AS dataset, count(*) AS n FROM ${name}`;
    })
    .join("\nUNION ALL\n");
  const { rows } = await execute(analyst, statement);
  return new Map(rows.map(([dataset, count]) => [dataset ?? "", Number(count)]));
}

/** The summaries as a table with a line of totals. */
export function describeRefined(summaries: readonly RefinedSummary[]): string {
  const rows = summaries.map(({ dataset, raw, inserted, updated, removed, gone, merged, refined }) => [
    dataset,
    ...[raw, inserted, updated, removed + gone, merged, refined],
  ]);
  const totals = [1, 2, 3, 4, 5, 6].map((column) => rows.reduce((sum, row) => sum + Number(row[column]), 0));
  return table(
    ["dataset", "raw rows", "inserted", "updated", "removed", "merged", "refined rows"],
    [...rows, ["total", ...totals]],
  );
}
