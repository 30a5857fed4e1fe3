/** Tables that jobs make: refined ones of the datasets, and marts of pipelines. */
import type { Contract, Contracts } from "./contract";
import { databaseName, rawTable } from "./layout";
import type { Pipeline } from "./pipelines/pipeline";

/**
 * First parts of the databases' names. They are those of the layers and not of the zones, so that queries and pipelines mean
 * the same in every account.
 */
const REFINED = "refined";
const CURATED = "curated";

/** Database of a domain's refined tables, in which some values are masked. */
export const refinedDatabase = (domain: string) => databaseName(REFINED, domain);

/** Database of the same tables with nothing masked: only of datasets in which something is. */
export const clearDatabase = (domain: string) => `${refinedDatabase(domain)}_clear`;

/** Database of a domain's marts. */
export const curatedDatabase = (domain: string) => databaseName(CURATED, domain);

/** `order_items` as part of the name of a job and its role. */
export const dashed = (name: string) => name.replaceAll("_", "-").replaceAll("/", "-");

/** Is something of the dataset masked? */
export function isMasked({ columns }: Pick<Contract, "columns">): boolean {
  return columns.some(({ mask }) => mask !== undefined);
}

/** Columns of every table that jobs make, by `database.table`. */
export function layerTables(contracts: Contracts, pipelines: readonly Pipeline[]): Map<string, readonly string[]> {
  const names = (columns: readonly { readonly name: string }[]) => columns.map(({ name }) => name);
  return new Map([
    ...contracts.flatMap((contract) =>
      [refinedDatabase(contract.domain), ...(isMasked(contract) ? [clearDatabase(contract.domain)] : [])].map(
        (database) => [`${database}.${contract.dataset}`, names(rawTable(contract).columns)] as const,
      ),
    ),
    ...pipelines.map(({ domain, name, columns }) => [`${curatedDatabase(domain)}.${name}`, names(columns)] as const),
  ]);
}
