import {
  type Classification,
  type Contract,
  clearDatabase,
  curatedDatabase,
  databaseName,
  domainsOf,
  isMasked,
  landing,
  leastUnmasked,
  type Query,
  refinedDatabase,
  viewDefinition,
} from "../../contracts";
import type { Pipeline } from "../../contracts/pipelines/pipeline";
import type { CatalogProps, CatalogView } from "../catalog/catalog";
import type { Source } from "../query/analytics";
import type { Bucket } from "../storage/bucket";

/** Copies of refined tables: `masked` for everybody, `clear` for whom the unmasked columns are. */
export const maskedPrefix = (path: string) => `masked/${path}/`;
export const UNMASKED = "clear/";
export const clearPrefix = (path: string) => `${UNMASKED}${path}/`;
export const martPrefix = (path: string) => `marts/${path}/`;

/** Where a layer's own files lie in its zone, beside the data: manifests and results of runs. */
export const metaPrefix = (path?: string) => (path === undefined ? "_meta/" : `_meta/${path}/`);

/**
 * How sensitive these are: they say what ran and how many rows there were, and show none. Who may read anything may read them.
 */
export const META_LEVELS = ["proprietary"] as const satisfies readonly Classification[];

/** The databases of all tables and marts. Jobs make what is in them. */
export function layerDatabases(
  contracts: readonly Contract[],
  pipelines: readonly Pipeline[],
  queries: readonly Query[] = [],
): CatalogProps["databases"] {
  const domains = domainsOf(contracts);
  const masked = domains.filter((domain) => contracts.some((one) => one.domain === domain && isMasked(one)));
  const withMarts = [...new Set(pipelines.map(({ domain }) => domain))].sort();
  const database = (name: string, description: string) =>
    [name, { description, tables: [], views: queries.flatMap((query) => viewIn(name, query)) }] as const;
  return new Map([
    ...domains.map((domain) => database(refinedDatabase(domain), `Tables of ${domain}, with values masked`)),
    ...masked.map((domain) => database(clearDatabase(domain), `Tables of ${domain}, with nothing masked`)),
    ...withMarts.map((domain) => database(curatedDatabase(domain), `Marts of ${domain}`)),
  ]);
}

/** Patterns of the names of all databases of a lake. @param loaded name of the zone where rows are loaded */
export function databasePatterns(loaded: string): readonly string[] {
  return [databaseName(loaded, "*"), refinedDatabase("*"), curatedDatabase("*"), landing];
}

/** The view that the query is in the database, if it is one there. */
function viewIn(database: string, query: Query): CatalogView[] {
  const { view, description } = query;
  if (view?.database !== database) return [];
  return [{ name: view.name, description, columns: view.columns, definition: viewDefinition(query) }];
}

/**
 * What everybody may ask who may ask at all: tables, marts, and what is known of their runs. What is unmasked is called so
 * for those alone who may see something that is confidential; its files say by their tags who may read them.
 */
export function openSources(refined: Bucket, curated: Bucket | undefined): Source[] {
  return [
    {
      bucket: refined,
      prefixes: ["masked/", UNMASKED, metaPrefix()],
      databases: refinedDatabase("*"),
      guarded: { databases: clearDatabase("*"), least: leastUnmasked },
    },
    ...(curated ? [{ bucket: curated, prefixes: ["marts/", metaPrefix()], databases: curatedDatabase("*") }] : []),
  ];
}

/** Database in which a query of a domain is asked. */
export function databaseOf({ domain, view }: Query, pipelines: readonly Pipeline[]): string {
  const marts = pipelines.some((pipeline) => pipeline.domain === domain);
  return view?.database ?? (marts ? curatedDatabase(domain) : refinedDatabase(domain));
}
