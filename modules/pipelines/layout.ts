import { type Contract, databaseName, domainsOf } from "../../contracts";
import type { Pipeline } from "../../contracts/pipelines/pipeline";
import type { CatalogProps } from "../catalog/catalog";

/**
 * Where the layers keep their tables. Databases are named by the layer and not by the zone, so that queries and pipelines
 * mean the same in every account.
 */
export const REFINED = "refined";
export const CURATED = "curated";

/** Datasets with columns that not everybody may see have a second table with these columns. */
export const clearDatabase = (domain: string) => `${databaseName(REFINED, domain)}_clear`;

/** Copies of refined tables: `masked` for everybody, `clear` for whom the unmasked columns are. */
export const maskedPrefix = (path: string) => `masked/${path}/`;
export const clearPrefix = (path: string) => `clear/${path}/`;
export const martPrefix = (path: string) => `marts/${path}/`;

/** Where a layer's own files lie in its zone, beside the data: manifests and results of runs. */
export const metaPrefix = (path?: string) => (path === undefined ? "_meta/" : `_meta/${path}/`);

export function isMasked({ columns }: Contract): boolean {
  return columns.some(({ mask }) => mask !== undefined);
}

/** `order_items` as part of a name of Glue and IAM. */
export const dashed = (name: string) => name.replaceAll("_", "-").replaceAll("/", "-");

/** The databases of all tables and marts. Jobs make what is in them. */
export function layerDatabases(
  contracts: readonly Contract[],
  pipelines: readonly Pipeline[],
): CatalogProps["databases"] {
  const domains = domainsOf(contracts);
  const masked = domains.filter((domain) => contracts.some((one) => one.domain === domain && isMasked(one)));
  const withMarts = [...new Set(pipelines.map(({ domain }) => domain))].sort();
  const database = (name: string, description: string) => [name, { description, tables: [] }] as const;
  return new Map([
    ...domains.map((domain) => database(databaseName(REFINED, domain), `Tables of ${domain}, with values masked`)),
    ...masked.map((domain) => database(clearDatabase(domain), `Tables of ${domain}, with nothing masked`)),
    ...withMarts.map((domain) => database(databaseName(CURATED, domain), `Marts of ${domain}`)),
  ]);
}
