import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { type Contract, findContract, loadContracts } from "../../../contracts";
import { parseContract } from "../../../contracts/load";
import { type LoadResult, loadFile } from "../../../lambdas/intake/load-file";

export const contracts = loadContracts(join(__dirname, "../../.."));

export function salesContract(dataset: string): Contract {
  const contract = findContract(contracts, "sales", dataset);
  if (contract === undefined) throw new Error(`no contract of ${dataset}`);
  return contract;
}

/** A contract from its columns in YAML and, if it matters, its format. */
export function contractOf(columns: string, format = "{ type: csv }"): Contract {
  const text = `
description: A test.
owner: test@example.com
format: ${format}
key: [id]
classification: proprietary
columns:
  id: { type: string, required: true }
${columns}
`;
  const { contract, problems } = parseContract(text, { file: "t.yml", domain: "test", dataset: "things" });
  if (contract === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
  return contract;
}

export interface RejectedRow {
  readonly row: number;
  readonly line_number: number | null;
  readonly record: Record<string, string | null> | null;
  readonly line: string | null;
  readonly errors: readonly { column: string | null; value: string | null; reason: string }[];
}

export interface Loaded extends LoadResult {
  readonly rows: Record<string, unknown>[];
  readonly rejected: RejectedRow[];
}

/** Loads a file and reads what came of it. */
export async function loadBytes(contract: Contract, content: string | Uint8Array): Promise<Loaded> {
  const directory = mkdtempSync(join(tmpdir(), "intake-test-"));
  try {
    const file = join(directory, "file");
    writeFileSync(file, content);
    const source = { bucket: "drop", key: "a/b.csv", versionId: "v1", loadedAt: new Date("2020-01-02T03:04:05.678Z") };
    const result = await loadFile({ contract, file, outputDirectory: directory, source, memoryLimitMb: 256 });
    const rows = result.output === undefined ? [] : await query(`FROM '${result.output}' ORDER BY _source_row`);
    return {
      ...result,
      rows,
      rejected: result.rejects === undefined ? [] : rejectedRows(readFileSync(result.rejects)),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function rejectedRows(gzip: Uint8Array): RejectedRow[] {
  const lines = gunzipSync(gzip).toString("utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as RejectedRow);
}

/** The rows of a query, everything as JSON has it. */
export async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, unknown>[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
