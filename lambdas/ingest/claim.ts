/** Takes tables for an execution: at most one has a table at a time, and every attempt gets the very same window. */
import {
  type Backfill,
  backfillWindow,
  type ClaimAnswer,
  type ClaimedTable,
  type ClaimRequest,
  momentOf,
  regularWindow,
  type SkippedTable,
  tableId,
  type WindowKind,
} from "../../contracts/ingestion";
import type { SourceTable } from "../../contracts/sources/source";
import { unknownForMs } from "../shared/executions";
import type { Claim, Ingest, TableState, Window } from "./ports";
import { checkedBackfill, chosenTables, deployedSource } from "./sources";

/** Somebody else was faster so often: then it is time to ask again later. */
const tries = 5;

/** Asked again by the same execution, it says the same again. */
export async function claim(request: ClaimRequest, ingest: Ingest): Promise<ClaimAnswer> {
  const { source, execution } = request;
  const deployed = await deployedSource(ingest.store, source);
  const backfill = request.backfill ? checkedBackfill(deployed, request.backfill, ingest.now()) : undefined;
  const chosen = chosenTables(deployed, backfill === undefined ? (request.tables ?? undefined) : [backfill.table]);
  await ingest.store.list(source);
  const tables: ClaimedTable[] = [];
  const skipped: SkippedTable[] = [];
  for (const table of chosen) {
    const claimed = await claimTable(table, { source, execution, backfill }, ingest);
    if ("reason" in claimed) skipped.push(claimed);
    else tables.push(claimed);
  }
  ingest.count(source, { TablesClaimed: tables.length, TablesSkipped: skipped.length });
  return { source, tables, skipped, concurrency: deployed.source.concurrency };
}

interface Claimant {
  readonly source: string;
  readonly execution: string;
  readonly backfill: Backfill | undefined;
}

async function claimTable(
  table: SourceTable,
  claimant: Claimant,
  ingest: Ingest,
): Promise<ClaimedTable | SkippedTable> {
  const { source, execution, backfill } = claimant;
  const id = tableId(source, table.name);
  const window = backfill === undefined ? regularWindow : backfillWindow(backfill.start, backfill.stop);
  const claimed = (token: number, kind: WindowKind): ClaimedTable => ({
    ...{ table: table.name, token, kind, window },
    arguments: [
      ...["--source", source, "--table", table.name],
      ...["--token", String(token), "--kind", kind, "--window", window],
    ],
  });
  for (let left = tries; left > 0; left--) {
    const seen = await ingest.store.state(id);
    const open = await ingest.store.window(id, window);
    if (seen?.holder === execution && open !== undefined) return claimed(seen.token, open.kind);
    const taken = await takeOver(seen, execution, ingest);
    if ("obstacle" in taken) return { table: table.name, reason: taken.obstacle };
    const opened = windowOf(table, open, seen, backfill);
    const next = await claimOf(id, { seen, open, opened, window, execution, reason: taken.reason }, ingest);
    if (await ingest.store.claim(id, next)) return claimed(next.next.token, opened.kind);
  }
  throw new Error(`${id} changed ${tries} times while it was being claimed: ask again`);
}

/** What keeps the table from being claimed; otherwise, why the attempt before has ended without a word, if it has. */
async function takeOver(
  seen: TableState | undefined,
  execution: string,
  { executions, now }: Ingest,
): Promise<{ readonly obstacle: string } | { readonly reason?: string }> {
  const holder = seen?.holder;
  if (seen === undefined || holder === undefined || holder === execution) return {};
  const time = momentOf(now());
  if (seen.lease_until === undefined || seen.lease_until <= time) {
    return { reason: `its lease ended at ${seen.lease_until}, and ${execution} took the table over` };
  }
  const { status } = await executions.describe(holder);
  const age = Date.parse(time) - Date.parse(seen.started_at);
  if (status === "running" || (status === "absent" && age < unknownForMs)) {
    return { obstacle: `${holder} reads it and holds it until ${seen.lease_until}` };
  }
  return { reason: `its execution ${holder} ended without a word` };
}

/** The window that is open, with one attempt more; a new one where there is none. */
function windowOf(
  { full_load }: SourceTable,
  open: Window | undefined,
  seen: TableState | undefined,
  backfill: Backfill | undefined,
): Window {
  const kind = backfill === undefined ? (full_load ? "full" : "regular") : "backfill";
  // Of a window that nobody has decided, nothing was published: when the table is read another way by now, it is free.
  if (open !== undefined && (open.kind === kind || open.decided !== undefined)) {
    return { ...open, attempts: open.attempts + 1 };
  }
  const start = backfill?.start ?? (kind === "regular" ? seen?.committed_stop : undefined);
  return {
    kind,
    ...(start === undefined ? {} : { start }),
    ...(backfill === undefined ? {} : { stop: backfill.stop }),
    attempts: 1,
  };
}

/** @param change what was seen, what is to be, and why the attempt before was lost */
async function claimOf(
  id: string,
  change: Pick<Claim, "opened" | "window"> & {
    readonly seen: TableState | undefined;
    readonly open: Window | undefined;
    readonly execution: string;
    readonly reason: string | undefined;
  },
  { store, leaseSeconds, historyDays, now }: Ingest,
): Promise<Claim> {
  const { seen, open, opened, window, execution, reason = "it ended without a word" } = change;
  const time = now();
  const [started_at, token] = [momentOf(time), (seen?.token ?? 0) + 1];
  const before = seen && (await store.attempt(id, seen.started_at, seen.token));
  return {
    ...(seen === undefined ? {} : { seen }),
    next: {
      token,
      holder: execution,
      lease_until: momentOf(new Date(time.getTime() + leaseSeconds * 1000)),
      started_at,
    },
    window,
    ...(open === undefined ? {} : { open }),
    opened,
    attempt: {
      status: "running",
      kind: opened.kind,
      ...(opened.start === undefined ? {} : { window_start: opened.start }),
      ...(opened.stop === undefined ? {} : { window_stop: opened.stop }),
      attempt: opened.attempts,
      token,
      execution,
      started_at,
      ...(historyDays === undefined ? {} : { expires_at: Math.floor(time.getTime() / 1000) + historyDays * 86_400 }),
    },
    ...(before?.status === "running" ? { lost: { attempt: before, reason } } : {}),
  };
}
