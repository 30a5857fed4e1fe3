import { sourcesIn } from "../../accounts/model/ingestion";
import type { LakeAccount } from "../../accounts/model/schema";
import { loadSources, type Source, type SourceTable, tableId } from "../../contracts";
import { nearest } from "../../contracts/nearest";
import { InputError, together } from "../exit-codes";
import type { Lake } from "../lake";

/** A table of a source. */
export interface TableOfSource {
  /** `<domain>/<source>/<table>` */
  readonly id: string;
  readonly source: Source;
  readonly table: SourceTable;
}

/**
 * The lake and its sources, or the one of that name; its domain may be left out.
 * @throws InputError with everything that is wrong with what was typed
 */
export function chosenSources(
  lake: Lake,
  accountName: string | undefined,
  name: string | undefined,
): { readonly account: LakeAccount; readonly sources: readonly Source[] } {
  const [account, sources] = together(
    () => lake.lakeAccount(accountName),
    () => {
      const all = loadSources(lake.paths.root, lake.contracts);
      return name === undefined ? all : [known(name, all, ({ id }) => id, "source")];
    },
  );
  const own = sourcesIn(account, sources);
  if (name === undefined || own.length > 0) return { account, sources: own };
  throw new InputError(
    `${sources[0]?.id} is read from the lake's own database, and ${account.name} has none.`,
    `Set database: { name: "freight" } in accounts/${account.name}.ts and deploy, or name the database's host in the source.`,
  );
}

/** The tables of sources in the order in which they are read. */
export function tablesOf(sources: readonly Source[]): TableOfSource[] {
  return sources.flatMap((source) =>
    source.tables.map((table) => ({ id: tableId(source.id, table.name), source, table })),
  );
}

/** The table of that id; as much of the id's beginning may be left out as leaves no doubt. */
export function knownTable(name: string, sources: readonly Source[]): TableOfSource {
  return known(name, tablesOf(sources), ({ id }) => id, "table of a source");
}

function known<T>(name: string, all: readonly T[], idOf: (one: T) => string, kind: string): T {
  const ids = all.map(idOf);
  const short = all.filter((one) => idOf(one).endsWith(`/${name}`));
  const found = all.find((one) => idOf(one) === name) ?? (short.length === 1 ? short[0] : undefined);
  if (found !== undefined) return found;
  if (ids.length === 0) {
    throw new InputError(
      `There is no ${kind} ${name}: no database is declared.`,
      "Declare one in domains/<domain>/sources/; docs/ingestion.md tells how.",
    );
  }
  if (short.length > 1)
    throw new InputError(`${name} is not enough to know a ${kind}.`, `Use one of ${short.map(idOf).join(", ")}.`);
  const meant = nearest(name, [...ids, ...ids.map((id) => id.split("/").at(-1) ?? id)]);
  throw new InputError(
    `There is no ${kind} ${name}.`,
    meant === undefined ? `Use one of ${ids.join(", ")}.` : `Did you mean ${meant}?`,
  );
}
