/** The shape of a source's file; everything that needs more than one place to decide is in rules.ts. */
import { z } from "zod";
import { timeZoneFault } from "../pipelines/schedule";
import { checkedBy, scheduleSchema } from "../pipelines/schema";
import { authorityName } from "./authorities";
import { computes, engines } from "./source";

/** As freshness in contracts; nothing at all is a duration, too. */
const duration = z.string().regex(/^(0|[1-9]\d*)[mhd]$/, "must be a duration such as 15m, 24h or 7d");

/** Also keeps everything out of a connection's address that would mean something there. */
const hostPattern = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

const connection = z.strictObject({
  engine: z.enum(engines).describe("Which kind of database it is."),
  host: z
    .string()
    .regex(hostPattern, "must be a host name, or `managed`")
    .describe("Its host name, or managed: the account's own database cluster, whose endpoint the deployment fills in."),
  port: z.int().min(1).max(65_535).optional().describe("The engine's own when absent: 5432 or 3306."),
  database: z.string().describe("The name of the database on its host."),
  secret: z
    .string()
    .optional()
    .describe(
      "Where user and password are, as JSON with username and password: secretsmanager:<name>, or ssm:<name> of a SecureString. A managed host has its own.",
    ),
  ca: z
    .string()
    .regex(authorityName, "must be the name of a .pem file beside this one")
    .optional()
    .describe("A PEM file beside this one: authorities that are trusted besides those of RDS."),
});

const window = z.strictObject({
  column: z.string().describe("A timestamp column of the contract that grows whenever a row changes."),
  overlap: duration
    .default("15m")
    .describe("How far before the window's start is read again, for rows that were committed late."),
  lag: duration.default("2m").describe("How far the window's stop stays behind the database's clock."),
  timezone: checkedBy(timeZoneFault)
    .optional()
    .describe("The IANA time zone of a column that has none itself, e.g. Europe/Berlin."),
});

const partition = z.strictObject({
  column: z.string().optional().describe("A column with numbers or times, whose ranges are read in parallel."),
  hash: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("Columns whose hash decides which connection reads a row; the contract's key when nothing is said."),
  count: z.int().min(1).max(64).default(4).describe("How many connections read at the same time."),
});

const table = z.strictObject({
  schema: z.string().optional().describe("The table's schema; public when absent, and with MySQL the database."),
  dataset: z.string().optional().describe("The dataset that it fills; <domain>/<table> when absent."),
  window: window.optional().describe("Which rows a run reads: those that have changed since the last one."),
  full_load: z.boolean().default(false).describe("Whether each run reads the whole table instead."),
  partition: partition.optional().describe("How one read is split among parallel connections."),
  fetch_size: z.int().min(1).max(1_000_000).default(10_000).describe("Rows that the driver fetches at once."),
  priority: z.int().min(1).max(100).default(50).describe("1 is read first, 100 last."),
  deletes: z
    .strictObject({
      column: z
        .string()
        .optional()
        .describe("The contract's deleted_by: the column by which the database marks deleted rows."),
      compare: duration
        .optional()
        .describe("How often all keys are read, e.g. 24h: what the database has no more leaves the refined tables."),
    })
    .refine(({ column, compare }) => column !== undefined || compare !== undefined, "must say column, compare, or both")
    .optional()
    .describe("How rows are noticed that are deleted in the database; when absent, they stay."),
});

/** The answer of a claim names all tables, and Step Functions carries 256 KiB. */
const mostTables = 200;

/** A whole file. */
export const sourceSchema = z
  .strictObject({
    description: z.string().min(1).describe("What the database is for, in a sentence."),
    owner: z.email().describe("The e-mail address of the team that answers for the database."),
    connection: connection.describe("How to reach it. Its certificate is always verified: there is no switch."),
    compute: z.enum(computes).describe("On what its tables are read."),
    concurrency: z.int().min(1).max(16).default(2).describe("How many tables are read at the same time."),
    schedule: scheduleSchema.optional().describe("When it runs by itself; when absent, only when somebody asks."),
    tables: z
      .record(z.string(), table)
      .refine((tables) => Object.keys(tables).length > 0, "must name at least one table")
      .refine((tables) => Object.keys(tables).length <= mostTables, `must name at most ${mostTables} tables`)
      .describe("The tables by their names in the database."),
  })
  .meta({ title: "Source", description: "One database that is read: domains/<domain>/sources/<source>.yml" });

/** The published JSON Schema with which editors complete and check sources. */
export function sourceJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(sourceSchema, { io: "input" }), undefined, 2)}\n`;
}
