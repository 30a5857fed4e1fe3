import { loadContracts, type Source } from "../../../contracts";
import { parseSource } from "../../../contracts/sources/load";
import { ROOT } from "../../support/synthesis";

export const contracts = loadContracts(ROOT);

export const text = `
description: Freight shipments.
owner: freight-data@example.com
connection:
  engine: postgresql
  host: db.example.com
  database: freight
  secret: secretsmanager:freight-reader
compute: emr
tables:
  shipments:
    window: { column: updated_at }
`;

/** The contracts, of which that of the shipments tells of deleted rows by a column. */
export const deleting = contracts.map((contract) =>
  contract.id === "freight/shipments" ? { ...contract, deleted_by: "updated_at" } : contract,
);

const place = { domain: "freight", name: "freight", file: "domains/freight/sources/freight.yml" };

/** @param files texts of files beside the source, by their paths */
export function parse(yaml: string, files: Readonly<Record<string, string>> = {}, known = contracts) {
  return parseSource(yaml, place, { contracts: known, textOf: (file) => files[file] });
}

export function sourceOf(yaml = text): Source {
  const { source, problems } = parse(yaml);
  if (source === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
  return source;
}
