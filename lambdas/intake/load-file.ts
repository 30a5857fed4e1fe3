/**
 * The core of the intake: one file against one contract. Valid rows become Parquet, rejected ones are listed with every
 * reason, and each record of the file is in exactly one of the two, or the load fails.
 */
import { createReadStream, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Contract } from "../../contracts/contract";
import type { SourceObject } from "../../contracts/layout";
import { RowChecks } from "./check-rows";
import { type Database, withDatabase } from "./database";
import { ReconciliationError } from "./errors";
import { canonicalInput, type Input, parquetInput } from "./inputs";
import { type CanonicalFile, prepare } from "./prepare";
import { selectLines } from "./select-lines";

export interface LoadOptions {
  readonly contract: Contract;
  /** A path, or the bytes as they arrive. */
  readonly file: string | AsyncIterable<Uint8Array>;
  /** A folder for the results and for what is needed on the way. */
  readonly outputDirectory: string;
  /** What the lineage columns say. */
  readonly source: Pick<SourceObject, "bucket" | "key" | "versionId"> & { readonly loadedAt?: Date };
  /**
   * How much DuckDB may take. What it does not count and the rest of the program take more: about 130 MB for a clean file,
   * up to 370 MB where most rows are rejected, whatever the file's size (see the suite `memory` in bench/).
   */
  readonly memoryLimitMb: number;
  readonly threads?: number;
}

export interface LoadResult {
  /** Records in the file: always `rowsOut + rowsQuarantined`. */
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rowsQuarantined: number;
  /** The valid rows as Parquet; absent when there are none. */
  readonly output?: string;
  /**
   * The rejected rows, one `{row, line_number, record, line, errors: [{column, value, reason}]}` a line, where `row` counts
   * records from 1 and `line_number` is the line in which the record begins, or null in Parquet; absent when there are none.
   */
  readonly rejects?: string;
  /** The most frequent reasons, e.g. `price: is not decimal(10,2) (12)`. */
  readonly reasons: readonly string[];
}

/** Loads one file. @throws FileProblem when it cannot be read as a whole, ReconciliationError when rows were lost */
export async function loadFile(options: LoadOptions): Promise<LoadResult> {
  const { contract, file, outputDirectory } = options;
  const work = join(outputDirectory, "work");
  mkdirSync(work, { recursive: true });
  try {
    const stream = typeof file === "string" ? createReadStream(file, { highWaterMark: 1024 * 1024 }) : file;
    const prepared = await prepare(contract, stream, work);
    const limits = { memoryLimitMb: options.memoryLimitMb, threads: options.threads, directory: work };
    return await withDatabase(limits, async (database) => {
      if (prepared.kind === "canonical") {
        const input = canonicalInput(contract, prepared);
        return load(database, input, options, (numbers) => selectRows(contract, prepared, numbers));
      }
      return load(database, await parquetInput(database, contract, prepared.path), options);
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * So many rows are picked out of a file by their numbers, which are held in memory; for more, the file is read once more
 * as a whole.
 */
const mostSelectedRows = 250_000;

type Select = (numbers: readonly number[]) => Promise<Input>;

/** The part of the file in which the rows are that were not written as valid. */
async function suspectsOf(input: Input, checks: RowChecks, output: string, rowsOut: number, select: Select) {
  const missing = input.records - rowsOut;
  // Broken records are listed already.
  if (missing === input.broken) return select([]);
  return rowsOut > 0 && missing <= mostSelectedRows ? select(await checks.missingRows(output)) : input;
}

async function selectRows(contract: Contract, file: CanonicalFile, numbers: readonly number[]): Promise<Input> {
  const path = `${file.path}.selected`;
  await selectLines(file.path, numbers, path);
  return canonicalInput(contract, { ...file, path });
}

async function load(database: Database, input: Input, options: LoadOptions, select?: Select): Promise<LoadResult> {
  const output = join(options.outputDirectory, "rows.parquet");
  const rejects = join(options.outputDirectory, "rejects.ndjson.gz");
  const checks = new RowChecks(database, options.contract, input);
  const loadedAt = options.source.loadedAt ?? new Date();
  const rowsOut = await checks.writeValid(output, { ...options.source, loadedAt });
  if (rowsOut === 0) rmSync(output, { force: true });
  const outputs = rowsOut === 0 ? {} : { output };
  if (rowsOut === input.records) return { rowsIn: rowsOut, rowsOut, rowsQuarantined: 0, reasons: [], ...outputs };

  const suspects = select === undefined ? input : await suspectsOf(input, checks, output, rowsOut, select);
  const rejected = new RowChecks(database, options.contract, suspects);
  const rowsQuarantined = await rejected.findRejected();
  if (rowsOut + rowsQuarantined !== input.records) {
    throw new ReconciliationError(
      options.contract.id,
      `The file has ${input.records} records, but ${rowsOut} are valid and ${rowsQuarantined} rejected`,
    );
  }
  const written = await rejected.writeRejected(rejects);
  if (written !== rowsQuarantined) {
    throw new ReconciliationError(
      options.contract.id,
      `${rowsQuarantined} rows were rejected, but ${written} written to quarantine`,
    );
  }
  return { rowsIn: input.records, rowsOut, rowsQuarantined, rejects, reasons: await rejected.reasons(), ...outputs };
}
