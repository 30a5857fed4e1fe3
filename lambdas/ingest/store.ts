/** The ingestion table: conditional writes and transactions decide who may read a table, and what becomes of it. */
import {
  type DefinitionItem,
  type HistoryItem,
  historyKey,
  historyPartition,
  isSourceTable,
  sourceKey,
  sourceList,
  sourceListKey,
  type TableStateItem,
  tableStateKey,
  type WindowItem,
  windowKey,
} from "../../contracts/ingestion";
import type { SourceDefinition, SourceTable } from "../../contracts/sources/source";
import type { ItemTable, Key, Write } from "../shared/item-table";
import type { Attempt, Claim, Deployed, Release, Store, TableState, Window } from "./ports";

/** Attempts among which a token is looked for: a table has one after the other. */
const recentAttempts = 50;

export class IngestionStore implements Store {
  constructor(private readonly table: ItemTable) {}

  async sources(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const page of this.table.query<Key>(sourceList)) found.push(...page.map(({ sk }) => sk));
    return found.sort();
  }

  async list(source: string): Promise<void> {
    await this.table.put(sourceListKey(source), "attribute_not_exists(pk)");
  }

  async source(source: string): Promise<Deployed | undefined> {
    const { pk, sk } = sourceKey(source);
    const items: DefinitionItem[] = [];
    for await (const page of this.table.query<DefinitionItem>(pk)) items.push(...page);
    const own = items.find((item) => item.sk === sk);
    if (own === undefined) return undefined;
    const tables = items.filter(isSourceTable).map(({ definition }) => JSON.parse(definition) as SourceTable);
    return {
      source: JSON.parse(own.definition) as SourceDefinition,
      tables: tables.sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1)),
    };
  }

  state(id: string): Promise<TableState | undefined> {
    return this.table.get<TableStateItem>(tableStateKey(id));
  }

  window(id: string, window: string): Promise<Window | undefined> {
    return this.table.get<WindowItem>(windowKey(id, window));
  }

  attempt(id: string, startedAt: string, token: number): Promise<Attempt | undefined> {
    return this.table.get<HistoryItem>(historyKey(id, startedAt, token));
  }

  async recentAttempt(id: string, token: number): Promise<Attempt | undefined> {
    const options = { filter: "#token = :token", values: { token }, backwards: true, pageSize: recentAttempts };
    for await (const page of this.table.query<HistoryItem>(historyPartition(id), options)) return page[0];
    return undefined;
  }

  async claim(id: string, claim: Claim): Promise<boolean> {
    const { attempt, lost } = claim;
    return this.table.transact([
      stateWrite(id, claim),
      windowWrite(id, claim),
      {
        put: { ...historyKey(id, attempt.started_at, attempt.token), ...attempt },
        condition: "attribute_not_exists(pk)",
      },
      ...(lost === undefined ? [] : [lostWrite(id, lost, attempt.started_at)]),
    ]);
  }

  async release(id: string, { token, seen, changes }: Release): Promise<boolean> {
    return this.table.transact([
      {
        key: tableStateKey(id),
        update: "REMOVE #holder, #lease_until",
        condition: "#token = :token",
        values: { token },
      },
      {
        key: historyKey(id, seen.started_at, seen.token),
        ...settings(changes),
        condition: "#status = :seen",
        values: { ...settings(changes).values, seen: seen.status },
      },
    ]);
  }

  async note(id: string, { started_at, token }: Attempt, facts: Parameters<Store["note"]>[2]): Promise<void> {
    const { update, values } = settings(facts);
    if (Object.keys(values).length === 0) return;
    await this.table.update(historyKey(id, started_at, token), update, "attribute_exists(pk)", values);
  }
}

/** Only if nobody has claimed or finished since: the first changes the token, the second where the table has come to. */
function stateWrite(id: string, { seen, next: { token, holder, lease_until, started_at } }: Claim): Write {
  const [condition, values] =
    seen === undefined
      ? ["attribute_not_exists(pk)", {}]
      : seen.committed_stop === undefined
        ? ["#token = :seen AND attribute_not_exists(#committed_stop)", { seen: seen.token }]
        : ["#token = :seen AND #committed_stop = :stop", { seen: seen.token, stop: seen.committed_stop }];
  return {
    key: tableStateKey(id),
    update: "SET #token = :token, #holder = :holder, #lease_until = :until, #started_at = :started",
    condition,
    values: { ...values, token, holder, until: lease_until, started: started_at },
  };
}

function windowWrite(id: string, { window, open, opened }: Claim): Write {
  const item = { ...windowKey(id, window), ...opened };
  // Nobody else can have opened it since: that takes a token.
  if (open === undefined) return { put: item };
  // A job may fix its stop or decide it at any moment, and closes it at the end.
  const condition = "#attempts = :attempts";
  const values = { attempts: open.attempts };
  if (open.kind !== opened.kind)
    return { put: item, condition: `${condition} AND attribute_not_exists(#decided)`, values };
  return { key: item, update: "SET #attempts = :next", condition, values: { ...values, next: opened.attempts } };
}

function lostWrite(id: string, { attempt, reason }: NonNullable<Claim["lost"]>, at: string): Write {
  return {
    key: historyKey(id, attempt.started_at, attempt.token),
    update: "SET #status = :lost, #error = :reason, #finished_at = :at",
    condition: "#status = :running",
    values: { lost: "lost", running: "running", reason, at },
  };
}

/** Sets what is given. */
function settings(given: Readonly<Record<string, unknown>>): { update: string; values: Record<string, unknown> } {
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  return {
    update: `SET ${named.map(([name]) => `#${name} = :${name}`).join(", ")}`,
    values: Object.fromEntries(named),
  };
}
