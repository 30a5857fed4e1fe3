/** DuckDB, held within the memory and the folder that it is given. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { literal } from "./sql";

export interface DatabaseLimits {
  readonly memoryLimitMb: number;
  readonly threads?: number;
  /** Where DuckDB may put what does not fit into memory. */
  readonly directory: string;
}

/** Runs `work` with a database of its own, which is gone afterwards. */
export async function withDatabase<T>(limits: DatabaseLimits, work: (database: Database) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${limits.memoryLimitMb}MiB`,
    threads: String(limits.threads ?? Math.min(2, availableParallelism())),
    temp_directory: join(limits.directory, "spill"),
    home_directory: limits.directory,
    // Everything needed is built in; a function must not try to download the rest.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  try {
    const connection = await instance.connect();
    try {
      // Or filters would be computed below the casts, and each cast twice.
      await connection.run(`SET TimeZone = 'UTC'; SET disabled_optimizers = 'filter_pushdown';`);
      return await work(new Database(connection));
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

export class Database {
  constructor(private readonly connection: DuckDBConnection) {}

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  /** The rows of a query, with numbers beyond JavaScript's as texts. */
  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getRowObjectsJson() as Record<string, unknown>[];
  }

  /** The single number that a query answers. */
  async count(sql: string): Promise<number> {
    const [row] = await this.rows(sql);
    return Number(Object.values(row ?? {})[0]);
  }

  /** Writes the rows of a query to a file and answers how many there were. */
  async copy(query: string, path: string, options: string): Promise<number> {
    return this.count(`COPY (${query}) TO ${literal(path)} (${options})`);
  }
}
