/** How sensitive tables are, as their files' tags will say. */
import { type Classification, type Contracts, highestClassification } from "./contract";
import { clearDatabase, curatedDatabase, isMasked, refinedDatabase } from "./layers";
import { databaseName } from "./layout";
import { highestOf } from "./people";
import type { Pipeline } from "./pipelines/pipeline";
import type { Query } from "./queries/query";

/** Classifications by `database.table`, of all tables, marts and views. @param loaded name of the zone where rows are loaded */
export function tableClassifications(
  contracts: Contracts,
  pipelines: readonly Pipeline[],
  queries: readonly Query[],
  loaded: string,
): ReadonlyMap<string, Classification> {
  const known = new Map<string, Classification>([
    ...contracts.flatMap((contract) => {
      const { domain, dataset, classification } = contract;
      const highest = highestClassification(contract);
      return [
        [`${databaseName(loaded, domain)}.${dataset}`, highest] as const,
        [`${refinedDatabase(domain)}.${dataset}`, classification] as const,
        ...(isMasked(contract) ? [[`${clearDatabase(domain)}.${dataset}`, highest] as const] : []),
      ];
    }),
    ...pipelines.map(
      ({ domain, name, classification }) => [`${curatedDatabase(domain)}.${name}`, classification] as const,
    ),
  ]);
  for (const { sql, view } of queries) {
    if (view !== undefined) known.set(`${view.database}.${view.name}`, classificationOf(sql, known));
  }
  return known;
}

/** The most sensitive table that the text names in full. It is no parser: what it does not find may be refused later. */
export function classificationOf(sql: string, known: ReadonlyMap<string, Classification>): Classification {
  const names = sql.toLowerCase().matchAll(/"?(\w+)"?\s*\.\s*"?(\w+)/g);
  return highestOf([...names].flatMap(([, database, table]) => known.get(`${database}.${table}`) ?? []));
}
