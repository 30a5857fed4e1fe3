/** Sends each row to one of two places: Parquet, or the list of the rejected with all reasons. */
import type { Contract } from "../../contracts/contract";
import { objectUri, type SourceObject } from "../../contracts/layout";
import type { Database } from "./database";
import type { Input } from "./inputs";
import { mergeRejected } from "./merge-rejected";
import { castExpression, checksOf, goodCondition, valueName } from "./rules";
import { identifier, literal } from "./sql";

export interface Lineage extends Pick<SourceObject, "bucket" | "key" | "versionId"> {
  readonly loadedAt: Date;
}

/**
 * Level 1 takes half the time of the default and a tenth more space. Dictionaries pay for columns with few values; for
 * the others, that is known after 5,000 values as well as after the 24,000 that DuckDB would try.
 */
const parquet = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 5000";
const rejectedType = `STRUCT("column" VARCHAR, "value" VARCHAR, reason VARCHAR)[]`;

/** The queries over one file. */
export class RowChecks {
  readonly #database: Database;
  readonly #contract: Contract;
  readonly #input: Input;
  readonly #rows: string;
  readonly #good: string;

  constructor(database: Database, contract: Contract, input: Input) {
    this.#database = database;
    this.#contract = contract;
    this.#input = input;
    const { format } = contract;
    const extra = input.extraChecks.length > 0 ? "unknown, " : "";
    const texts = input.columns.flatMap(({ column, text, typed }) => [
      `${text} AS ${identifier(column.name)}`,
      ...(typed === undefined ? [] : [`${typed} AS ${valueName(column)}`]),
    ]);
    const casts = input.columns
      .filter(({ typed }) => typed === undefined)
      .map(({ column }) => `${castExpression(column, format)} AS ${valueName(column)}`);
    const checked = `SELECT _source_row, ${input.lineNumber} AS _line_number, ${extra}${texts.join(", ")} FROM (${input.query})`;
    this.#rows = `(SELECT ${["*", ...casts].join(", ")} FROM (${checked}))`;
    const conditions = [
      ...input.columns.flatMap((source) => goodCondition(source, format) ?? []),
      ...input.extraChecks.map(({ broken }) => `NOT (${broken})`),
    ];
    this.#good = conditions.length === 0 ? "true" : `(${conditions.join(" AND ")})`;
  }

  /** Writes the valid rows and answers their number. */
  async writeValid(path: string, lineage: Lineage): Promise<number> {
    const columns = this.#contract.columns.map((column) => `${valueName(column)} AS ${identifier(column.name)}`);
    const loadedAt = lineage.loadedAt.toISOString().replace("T", " ").replace("Z", "");
    const version = lineage.versionId === undefined ? "NULL" : literal(lineage.versionId);
    const origin = [
      `${literal(objectUri(lineage))} AS _source_object`,
      `${version}::VARCHAR AS _source_version`,
      "_source_row",
      `TIMESTAMP ${literal(loadedAt)} AS _loaded_at`,
    ];
    const query = `SELECT ${[...columns, ...origin].join(", ")} FROM ${this.#rows} WHERE ${this.#good}`;
    const copied = await this.#reading(this.#database.copy(query, path, parquet));
    const written = await this.#database.count(`SELECT num_rows FROM parquet_file_metadata(${literal(path)})`);
    if (copied !== written) throw new Error(`DuckDB wrote ${written} rows, and says that it wrote ${copied}`);
    return written;
  }

  /** The numbers of the records that are not among the valid rows, in ascending order. */
  async missingRows(path: string): Promise<number[]> {
    // Rows are in the order of the file, so that whatever is missing leaves a gap.
    const numbers = `SELECT _source_row AS number FROM read_parquet(${literal(path)}) UNION ALL SELECT ${this.#input.records + 1}`;
    const gaps = await this.#database.rows(`SELECT before + 1 AS first, number - 1 AS last
      FROM (SELECT number, lag(number, 1, 0) OVER () AS before FROM (${numbers})) WHERE number <> before + 1`);
    return gaps.flatMap((gap) => {
      const [first, last] = [Number(gap.first), Number(gap.last)];
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
  }

  /** Finds the invalid rows and answers their number, broken records included. */
  async findRejected(): Promise<number> {
    const { format } = this.#contract;
    const error = (column: string, value: string, reason: string) =>
      `{'column': ${column}, 'value': ${value}, 'reason': ${literal(reason)}}`;
    const errors = [
      ...this.#input.columns.flatMap((source) => {
        const name = source.column.name;
        const given = identifier(name);
        return checksOf(source, format).map(
          ({ reason, broken }) => `CASE WHEN ${broken} THEN ${error(literal(name), given, reason)} END`,
        );
      }),
      ...this.#input.extraChecks.map(
        ({ reason, broken }) => `CASE WHEN ${broken} THEN ${error("NULL::VARCHAR", "unknown", reason)} END`,
      ),
    ];
    const record = this.#input.columns.map(({ column }) => `${literal(column.name)}: ${identifier(column.name)}`);
    const all = errors.length === 0 ? "[]" : `list_filter([${errors.join(", ")}], lambda e: e IS NOT NULL)`;
    const invalid = `SELECT _source_row AS "row", _line_number AS line_number, {${record.join(", ")}} AS record, NULL::VARCHAR AS line,
      (${all})::${rejectedType} AS errors FROM ${this.#rows} WHERE NOT ${this.#good}`;
    await this.#reading(this.#database.run(`CREATE TEMP TABLE rejected AS ${invalid}`));
    const unexplained = await this.#database.count("SELECT count(*) FROM rejected WHERE len(errors) = 0");
    if (unexplained > 0) throw new Error(`${unexplained} rows were rejected without a reason`);
    return this.#input.broken + (await this.#database.count("SELECT count(*) FROM rejected"));
  }

  /** Writes the rejected rows, broken records included, in the order of the file, and answers how many there are. */
  async writeRejected(path: string): Promise<number> {
    const { brokenPath } = this.#input;
    const toGzip = (target: string) =>
      this.#database.copy("SELECT * FROM rejected", target, "FORMAT json, COMPRESSION gzip");
    if (brokenPath === undefined) return toGzip(path);
    const valuesPath = `${brokenPath}.values.gz`;
    await toGzip(valuesPath);
    return mergeRejected(valuesPath, brokenPath, path);
  }

  /** The most frequent reasons with the number of rows. */
  async reasons(): Promise<string[]> {
    const { brokenPath } = this.#input;
    const broken =
      brokenPath === undefined
        ? ""
        : `UNION ALL SELECT errors FROM read_json(${literal(brokenPath)}, format = 'newline_delimited',
            columns = {errors: ${literal(rejectedType)}})`;
    const rows = await this.#database.rows(`SELECT e."column" AS name, e.reason AS reason, count(*) AS n
      FROM (SELECT unnest(errors) AS e FROM (SELECT errors FROM rejected ${broken}))
      GROUP BY ALL ORDER BY n DESC, name NULLS FIRST, reason LIMIT 5`);
    return rows.map(
      ({ name, reason, n }) => `${name === null ? "" : `${String(name)}: `}${String(reason)} (${String(n)})`,
    );
  }

  /** Waits for a query over the file. */
  async #reading<T>(query: Promise<T>): Promise<T> {
    try {
      return await query;
    } catch (error) {
      throw this.#input.explain(error);
    }
  }
}
