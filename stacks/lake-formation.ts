import type { Construct } from "constructs";
import type { Names } from "../accounts/model/naming";
import type { LakeAccount } from "../accounts/model/schema";
import {
  type Classification,
  type Contract,
  clearDatabase,
  curatedDatabase,
  databaseName,
  domainsOf,
  isMasked,
  landing,
  type Pipeline,
  type Query,
  refinedDatabase,
  tableName,
} from "../contracts";
import { highestOf } from "../contracts/people";
import { tableClassifications } from "../contracts/sensitivity";
import { type GovernedDatabase, LakeFormation } from "../modules/catalog/lake-formation";

/** What a lake's catalog is made of. */
interface CatalogParts {
  readonly contracts: readonly Contract[];
  readonly pipelines: readonly Pipeline[];
  readonly queries: readonly Query[];
}

/** What governs the lake's catalog besides IAM, if its account wants that. */
export function addLakeFormation(
  scope: Construct,
  names: Names,
  account: LakeAccount,
  parts: CatalogParts,
): LakeFormation | undefined {
  const { accessMode, administrators } = account.lakeFormation;
  if (accessMode === "off") return undefined;
  return new LakeFormation(scope, "lake-formation", {
    place: names,
    administrators: [names.roleArn(names.deployRole), ...administrators],
    reader: names.roleArn(names.planRole),
    databases: governedDatabases(account, parts),
  });
}

/** How sensitive the databases of the account are, and all that is made in them. */
function governedDatabases(
  { zones, landing: undeclared }: LakeAccount,
  { contracts, pipelines, queries }: CatalogParts,
): GovernedDatabase[] {
  const [, second, third, fourth] = zones;
  if (second === undefined) throw new Error("a lake needs two zones or more");
  const loaded = second.name;
  const marts = fourth ? pipelines : [];
  const known = tableClassifications(contracts, marts, fourth ? queries : [], loaded);
  const database = (layer: GovernedDatabase["layer"], domain: string, name: string): GovernedDatabase => ({
    name,
    domain,
    layer,
    classification: highestOf([...known].flatMap(([table, level]) => (table.startsWith(`${name}.`) ? [level] : []))),
  });
  const domains = domainsOf(contracts);
  const masked = domains.filter((domain) => contracts.some((one) => one.domain === domain && isMasked(one)));
  return [
    ...domains.map((domain) => ({
      ...database("raw", domain, databaseName(loaded, domain)),
      tables: contracts.filter((contract) => contract.domain === domain).map(governedTable),
    })),
    ...(third ? domains.map((domain) => database("refined", domain, refinedDatabase(domain))) : []),
    ...(third ? masked.map((domain) => database("clear", domain, clearDatabase(domain))) : []),
    ...domainsOfMarts(marts).map((domain) => database("curated", domain, curatedDatabase(domain))),
    // Nobody has said how sensitive undeclared files are: they may be the most.
    ...(undeclared === false ? [] : [{ ...database("landing", landing, landing), classification: "secret" } as const]),
  ];
}

function domainsOfMarts(pipelines: readonly Pipeline[]): string[] {
  return [...new Set(pipelines.map(({ domain }) => domain))].sort();
}

/** The table of a contract in the zone where rows are loaded. */
function governedTable(contract: Contract): NonNullable<GovernedDatabase["tables"]>[number] {
  const columns = new Map<Classification, string[]>();
  for (const { name, classification } of contract.columns) {
    if (classification === contract.classification) continue;
    columns.set(classification, [...(columns.get(classification) ?? []), name]);
  }
  return { name: tableName(contract), classification: contract.classification, columns };
}
