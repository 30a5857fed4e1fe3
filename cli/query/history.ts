import type { Analyst } from "./analyst";
import { execute } from "./execution";

/** One state of an Iceberg table. */
export interface Snapshot {
  readonly id: string;
  /** As Athena writes it, in UTC. */
  readonly when: string;
  /** `append`, `overwrite`, `replace` or `delete`. */
  readonly operation: string;
  readonly addedRows: number;
  readonly removedRows: number;
  /** Undefined where the writer did not count them. */
  readonly rows?: number;
  /** The batch that made it. */
  readonly batch?: string;
}

const SUMMARY = ["added-records", "deleted-records", "total-records", "lake.batch-id"];

/**
 * The snapshots of a table, the latest first. Athena reads them: an analyst needs no way to the bucket of his own.
 * @param table `database.table`
 */
export async function snapshotsOf(analyst: Analyst, table: string, most?: number): Promise<Snapshot[]> {
  const [database = "", name = ""] = table.split(".");
  const { rows } = await execute(analyst, snapshotQuery(database, name, most));
  return rows.map(([when, id, operation, added, removed, total, batch]) => ({
    id: id ?? "",
    when: when ?? "",
    operation: operation ?? "",
    addedRows: Number(added ?? 0),
    removedRows: Number(removed ?? 0),
    ...(total === null || total === undefined ? {} : { rows: Number(total) }),
    ...(batch === null || batch === undefined ? {} : { batch }),
  }));
}

function snapshotQuery(database: string, name: string, most: number | undefined): string {
  const summary = SUMMARY.map((key) => `element_at(summary, '${key}')`).join(", ");
  const limit = most === undefined ? "" : ` LIMIT ${most}`;
  const quoted = `"${database.replaceAll('"', '""')}"."${name.replaceAll('"', '""')}$snapshots"`;
  return `SELECT committed_at, snapshot_id, operation, ${summary} FROM ${quoted} ORDER BY committed_at DESC${limit}`;
}
