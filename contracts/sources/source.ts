/** Databases whose tables are brought into the lake in windows, as the rest of the program sees them: read from YAML and checked. */
import type { Schedule } from "../pipelines/pipeline";

export const engines = ["postgresql", "mysql"] as const;
export type Engine = (typeof engines)[number];

/** On what the Spark jobs of a source run: a cluster of its own for each run, or a service without servers. */
export const computes = ["emr", "emr-serverless", "glue"] as const;
export type Compute = (typeof computes)[number];

/** The host of the account's own database cluster, whose endpoint and secret only the deployment knows. */
export const managedHost = "managed";

/** How to reach a database. The name and the authority of its certificate are always verified: there is no switch. */
export interface Connection {
  readonly engine: Engine;
  /** A host name, or {@link managedHost} until the deployment fills in the endpoint. */
  readonly host: string;
  /** The engine's own when the file names none; of a managed host, until the deployment fills in the cluster's. */
  readonly port: number;
  readonly database: string;
  /**
   * Where user and password are, as JSON `{"username","password"}`: `secretsmanager:<name or ARN>`, or `ssm:<name>` for a
   * SecureString. Absent for a managed host until the deployment fills it in.
   */
  readonly secret?: string;
  /** Path of a PEM file from the repository's root: authorities that are trusted besides those of RDS. */
  readonly ca?: string;
}

/** Which rows a run reads: those whose column has moved into the window since the last one. */
export interface WindowColumn {
  /** A timestamp column of the contract, which grows whenever a row changes. */
  readonly column: string;
  /** How far before the window's start is read again, for rows that were committed late: e.g. `15m`. */
  readonly overlap: string;
  /** How far the window's stop stays behind the database's clock: e.g. `2m`. */
  readonly lag: string;
  /** The IANA time zone of a column that has none itself. */
  readonly timezone?: string;
}

/** How one read is split among parallel connections: by ranges of a column, or by a hash of columns. */
export type Partition =
  | { readonly column: string; readonly count: number }
  | { readonly hash: readonly string[]; readonly count: number };

/** One table of a source. */
export interface SourceTable {
  /** As in the database: any text without control characters. */
  readonly name: string;
  /** The schema; with MySQL, the database. */
  readonly schema: string;
  /** Id of the dataset that it fills: `<domain>/<dataset>`. */
  readonly dataset: string;
  /** Absent exactly when each run reads the whole table. */
  readonly window?: WindowColumn;
  readonly full_load: boolean;
  readonly partition: Partition;
  /** Rows that the driver fetches at once. */
  readonly fetch_size: number;
  /** 1 is read first, 100 last. */
  readonly priority: number;
  /** How deleted rows are noticed: by the column that marks them, and by reading all keys so often, e.g. `24h`. */
  readonly deletes?: { readonly column?: string; readonly compare?: string };
}

export interface Source {
  /** `<domain>/<source>`, unique among sources. */
  readonly id: string;
  readonly domain: string;
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly connection: Connection;
  readonly compute: Compute;
  /** How many tables are read at the same time. */
  readonly concurrency: number;
  /** When it runs by itself; without one, only when somebody asks. */
  readonly schedule?: Schedule;
  /** In the order of their priority, then of their names. */
  readonly tables: readonly SourceTable[];
}

/** What the deployment writes down of a source: its tables have items of their own. */
export type SourceDefinition = Omit<Source, "tables">;

/** For the build, which carries checked sources with it instead of the means to check them. */
export function serializeSources(sources: readonly Source[]): string {
  return `${JSON.stringify(sources, undefined, 1)}\n`;
}

/** The inverse of {@link serializeSources}. */
export function deserializeSources(json: string): readonly Source[] {
  const sources: unknown = JSON.parse(json);
  if (!Array.isArray(sources)) throw new TypeError("The sources are not a list: was the file written by the build?");
  return sources as Source[];
}
