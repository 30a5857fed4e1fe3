import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Names } from "../../accounts/model/naming";
import { MACHINE_ROLE } from "../../modules/identity/machines";
import { projectRoot } from "../../tools/setup/paths";
import { processesOf } from "./processes";
import { query, type Row } from "./runs";
import { type inOrder, type Sandbox, until } from "./sandbox";

const TABLE = "freight/freight/shipments";
const ROWS = 2000;

interface Attempt {
  readonly status: string;
  readonly attempt: number;
  readonly window_start?: string;
  readonly window_stop?: string;
  readonly rows_database?: number;
  readonly rows_written?: number;
  readonly error?: string;
}

interface HistoryDocument {
  readonly attempts: readonly Attempt[];
}

/** Tables of a real database, brought in in windows by a cluster of their own. */
export function ingestionTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  const account = sandbox.inside.lakeAccount("prod");
  const names = new Names(sandbox.inside.accounts.organization, account);

  /** The database as the user who reads sees it, without the lake. */
  function inDatabase(): Row[] {
    const role = `arn:aws:iam::${account.id}:role/${names.of(MACHINE_ROLE)}`;
    const args = [account.id, account.region, role, names.databaseReader, names.database, "shipments"];
    const endpoint = sandbox.server()?.endpoint ?? "";
    const script = join(projectRoot, "test", "local", "database_rows.py");
    const printed = execFileSync(sandbox.paths.python, [script, endpoint, ...args], { maxBuffer: 2 ** 28 });
    return JSON.parse(String(printed)) as Row[];
  }

  /** The refined table without what the lake adds. */
  async function inLake(): Promise<Row[]> {
    const rows = await query(sandbox, "SELECT * FROM refined_freight.shipments ORDER BY shipment_id");
    return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith("_"))));
  }

  async function attempts(): Promise<readonly Attempt[]> {
    return (await sandbox.succeed<HistoryDocument>("source", "history", TABLE)).attempts;
  }

  /** As both sides write a value. */
  const plain = (rows: readonly Row[]) =>
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row)
          .map(
            ([name, value]) =>
              [
                name,
                typeof value === "string" && /^\d{4}-.*\d:\d/.test(value)
                  ? `${value}000000`.slice(0, 23)
                  : value === null
                    ? null
                    : String(value),
              ] as const,
          )
          .sort(([one], [other]) => (one < other ? -1 : 1)),
      ),
    );

  step("the first window brings the whole table, row by row", async () => {
    await sandbox.succeed("source", "add-sample", "--rows", String(ROWS));
    await sandbox.succeed("ingest", "freight");
    const rows = inDatabase();
    expect(rows).toHaveLength(ROWS);
    expect(plain(await inLake())).toEqual(plain(rows));
    // The schedule may have asked before there was a user to read: what failed then is the same window.
    expect((await attempts()).filter(({ status }) => status === "succeeded")).toMatchObject([
      { rows_database: ROWS, rows_written: ROWS },
    ]);
  });

  step("a read that is killed leaves its window, and the next run reads the very same", async () => {
    await sandbox.succeed("source", "add-sample", "--rows", String(ROWS), "--round", "1");
    await sandbox.succeed("source", "run", "freight");
    const reading = () => clustersAlive().flatMap((cluster) => processesOf("--token", "shipments", cluster));
    await until(() => reading().length > 0, 120);
    for (const group of reading()) process.kill(-group, "SIGKILL");
    await until(async () => (await attempts())[0]?.status === "failed", 120);
    const { code } = await sandbox.lake("source", "list");
    expect(code).toBe(3);
    await until(() => clustersAlive().length === 0, 60);
    await sandbox.succeed("ingest", "freight");
    const rows = inDatabase();
    expect(rows).toHaveLength(ROWS * 1.05);
    expect(plain(await inLake())).toEqual(plain(rows));
    const all = await attempts();
    const [first, second] = all.filter(({ status }) => status === "succeeded").reverse();
    expect(all.find(({ status }) => status === "failed")).toMatchObject({ attempt: 1 });
    expect(second).toMatchObject({ attempt: 2, window_start: first?.window_stop });
  });

  step("no cluster is left, and nothing waits", async () => {
    expect(clustersAlive()).toEqual([]);
    expect((await sandbox.lake("source", "list")).code).toBe(0);
    expect(await sandbox.lake("runs", "freight/shipments")).toMatchObject({ code: 0, document: { held: [] } });
  });

  /** Ids of the clusters that have not ended. */
  function clustersAlive(): string[] {
    const states = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"];
    const script = `import boto3, sys
s = boto3.Session(aws_access_key_id=sys.argv[2], aws_secret_access_key="local", region_name=sys.argv[3])
for cluster in s.client("emr", endpoint_url=sys.argv[1]).list_clusters(ClusterStates=${JSON.stringify(states)})["Clusters"]:
    print(cluster["Id"])`;
    const args = [sandbox.server()?.endpoint ?? "", account.id, account.region];
    return String(execFileSync(sandbox.paths.python, ["-c", script, ...args]))
      .split("\n")
      .filter(Boolean);
  }
}
