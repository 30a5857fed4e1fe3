import type { HistoryItem, TableStateItem } from "../../contracts";
import { historyKey, ingestionKeys, ingestionTable, tableStateKey } from "../../contracts";
import { itemAt, itemsOf } from "../items";
import type { LakeClients } from "../lake-clients";

/** Up to when a table has been read and who reads it now; nothing before its first run. */
export async function stateOf(clients: LakeClients, id: string): Promise<TableStateItem | undefined> {
  return itemAt<TableStateItem>(clients, ingestionTable, { ...tableStateKey(id) });
}

/** The attempts at a table's windows, the latest first. */
export async function attemptsAt(
  clients: LakeClients,
  id: string,
  limit: number,
  accept: (attempt: HistoryItem) => boolean = () => true,
): Promise<HistoryItem[]> {
  const found: HistoryItem[] = [];
  const { pk: value } = historyKey(id, "", 0);
  const partition = { table: ingestionTable, attribute: ingestionKeys.partition, value, latestFirst: true };
  if (limit > 0) {
    for await (const attempt of itemsOf<HistoryItem>(clients, partition)) {
      if (accept(attempt)) found.push(attempt);
      if (found.length >= limit) break;
    }
  }
  return found;
}

/** What became of a table in one execution. */
export async function attemptOf(clients: LakeClients, id: string, execution: string): Promise<HistoryItem | undefined> {
  return (await attemptsAt(clients, id, 1, (attempt) => attempt.execution === execution))[0];
}

/** Rows that were read of tables and are in the zone where rows are loaded. */
export async function ingestedRows(clients: LakeClients, tables: readonly { readonly id: string }[]): Promise<number> {
  const read = tables.map(({ id }) =>
    attemptsAt(clients, id, Number.POSITIVE_INFINITY, ({ status }) => status === "succeeded"),
  );
  return (await Promise.all(read)).flat().reduce((sum, { rows_written = 0 }) => sum + rows_written, 0);
}
