import { type Contract, databaseName, datasetPrefix, rawTable, tableName } from "../../contracts";
import type { CatalogProps, CatalogTable } from "./catalog";

/**
 * One database a domain in the zone where files are loaded, one table a contract.
 * @param zone name of the zone, the first part of the databases' names
 */
export function contractDatabases(
  contracts: readonly Contract[],
  zone: string,
  bucketName: string,
): CatalogProps["databases"] {
  const domains = [...new Set(contracts.map(({ domain }) => domain))].sort();
  return new Map(
    domains.map((domain) => [
      databaseName(zone, domain),
      {
        description: `Data of the domain ${domain} in the zone ${zone}`,
        tables: contracts
          .filter((contract) => contract.domain === domain)
          .map((contract) => contractTable(contract, bucketName)),
      },
    ]),
  );
}

function contractTable(contract: Contract, bucketName: string): CatalogTable {
  const { columns, partitionKeys } = rawTable(contract);
  const [partitionKey] = partitionKeys;
  if (!partitionKey) throw new Error(`${contract.id} has no partition key`);
  return {
    name: tableName(contract),
    description: contract.description,
    location: `s3://${bucketName}/${datasetPrefix(contract)}`,
    columns,
    partitionKey,
    parameters: {
      owner: contract.owner,
      data_classification: contract.classification,
      ...(contract.freshness === undefined ? {} : { freshness: contract.freshness }),
    },
  };
}
