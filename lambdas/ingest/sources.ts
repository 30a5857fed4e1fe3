/** Sources and tables by their names, as people and schedules write them. */
import type { Backfill } from "../../contracts/ingestion";
import { isMoment, momentOf } from "../../contracts/ingestion";
import { nearest } from "../../contracts/nearest";
import type { SourceTable } from "../../contracts/sources/source";
import type { Deployed, Store } from "./ports";

/** A request that cannot be fulfilled as it stands. */
export class RequestError extends Error {
  override readonly name = "RequestError";
}

/** @throws RequestError that names the known sources */
export async function deployedSource(store: Store, source: string): Promise<Deployed> {
  const found = await store.source(source);
  if (found !== undefined) return found;
  throw new RequestError(`there is no source ${source}${choice(source, await store.sources(), "source")}`);
}

/** The tables of these names, in the order of their priority; all of them when none are named. @throws RequestError */
export function chosenTables(
  { source, tables }: Deployed,
  names: readonly string[] | undefined,
): readonly SourceTable[] {
  if (names === undefined) return tables;
  const known = tables.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const said = unknown.map((name) => `${source.id} has no table ${name}${choice(name, known, "table")}`);
    throw new RequestError(said.join("; "));
  }
  if (names.length === 0) throw new RequestError("the list of tables is empty: leave it out to read all");
  return tables.filter(({ name }) => names.includes(name));
}

/** The backfill with its moments in the table's own form. @throws RequestError with everything that is wrong with it */
export function checkedBackfill(deployed: Deployed, { table, start, stop }: Backfill, now: Date): Backfill {
  const [found] = chosenTables(deployed, [table]);
  const [from, to] = [momentFrom(start), momentFrom(stop)];
  const form = "write it in UTC as 2026-01-31T10:00:00Z";
  const faults = [
    ...(found?.full_load === true ? [`${table} is read whole each time: run it instead`] : []),
    ...(from === undefined ? [`start ${start} is no moment: ${form}`] : []),
    ...(to === undefined ? [`stop ${stop} is no moment: ${form}`] : []),
    ...(from !== undefined && to !== undefined && from >= to ? [`start ${start} is not before stop ${stop}`] : []),
    ...(to !== undefined && to > momentOf(now) ? [`stop ${stop} is in the future: it is ${now.toISOString()}`] : []),
  ];
  if (from === undefined || to === undefined || faults.length > 0) throw new RequestError(faults.join("; "));
  return { table, start: from, stop: to };
}

/** `2026-01-31T10:00Z` with any precision down to microseconds, in the form of `momentOf`. */
function momentFrom(text: unknown): string | undefined {
  const match = typeof text === "string" ? /^(.{10}T\d{2}:\d{2})(:\d{2})?(?:\.(\d{1,6}))?Z$/.exec(text) : null;
  if (match === null) return undefined;
  const [, minute = "", second = ":00", fraction = ""] = match;
  const moment = `${minute}${second}.${fraction.padEnd(6, "0")}Z`;
  return isMoment(moment) ? moment : undefined;
}

function choice(name: string, known: readonly string[], what: string): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return `: write ${meant}`;
  return known.length === 0 ? `: no ${what} is deployed` : `: there are ${known.join(", ")}`;
}
