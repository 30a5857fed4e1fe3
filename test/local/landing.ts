import { GetCrawlerCommand, GetTablesCommand, GlueClient, StartCrawlerCommand } from "@aws-sdk/client-glue";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { LANDING_NAMES } from "../../accounts/model/landing";
import { Names } from "../../accounts/model/naming";
import { roleEntry, roleSettings } from "../../cli/aws";
import type { LakeStatus } from "../../cli/status";
import { landing, landingPrefix } from "../../contracts";
import { type inOrder, type Sandbox, until } from "./sandbox";

type Row = Readonly<Record<string, string | number | null>>;

/** Files that no contract declares: a crawler makes tables of their folders. */
export function landingTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  const { organization } = sandbox.inside.accounts;
  const account = sandbox.inside.lakeAccount("prod");
  const names = new Names(organization, account);
  const Name = names.of(LANDING_NAMES.crawler);

  /** Works as the operator. */
  async function asOperator<T>(work: (glue: GlueClient) => Promise<T>): Promise<T> {
    const target = await sandbox.inside.target();
    const glue = new GlueClient(roleSettings(target, organization, roleEntry(organization, account, "operator")));
    return work(glue).finally(() => glue.destroy());
  }

  const put = (name: string, Body: string) =>
    sandbox.clients("producer", ({ s3 }) =>
      s3.send(
        new PutObjectCommand({
          Bucket: names.bucket(account.zones[0]?.name ?? ""),
          Key: `${landingPrefix}${name}`,
          Body,
        }),
      ),
    );

  const waiting = async () => {
    const { document } = await sandbox.lake<{ lakes: LakeStatus[] }>("status");
    return document.lakes[0]?.queues.find(({ zone }) => zone === LANDING_NAMES.crawler)?.waiting;
  };

  /** Crawls once the events of so many files are there, and waits for the end. */
  const crawl = async (events: number) => {
    await until(async () => (await waiting()) === events, 60);
    await asOperator(async (glue) => {
      await glue.send(new StartCrawlerCommand({ Name }));
      await until(async () => (await glue.send(new GetCrawlerCommand({ Name }))).Crawler?.State === "READY", 60);
      const { Crawler } = await glue.send(new GetCrawlerCommand({ Name }));
      expect(Crawler?.LastCrawl).toMatchObject({ Status: "SUCCEEDED" });
    });
  };

  const columns = async () => {
    const { TableList = [] } = await asOperator((glue) => glue.send(new GetTablesCommand({ DatabaseName: landing })));
    return Object.fromEntries(
      TableList.map(({ Name: table = "", StorageDescriptor, PartitionKeys = [] }) => [
        table,
        [...(StorageDescriptor?.Columns ?? []), ...PartitionKeys].map((column) => `${column.Name} ${column.Type}`),
      ]),
    );
  };

  const query = async (sql: string) => (await sandbox.succeed<{ rows: Row[] }>("query", sql, "--landing")).rows;

  step("each folder of undeclared files becomes a table that explorers ask about", async () => {
    await put("visits/2026/first.csv", "id,page\n1,home\n2,shop\n");
    await put("readings/a.json", '{"sensor": "s-1", "value": 1.5}\n');
    await crawl(2);
    expect(await columns()).toEqual({
      visits: ["id bigint", "page string", "partition_0 string"],
      readings: ["sensor string", "value double"],
    });
    expect(await query("SELECT id, page FROM landing.visits ORDER BY id")).toEqual([
      { id: 1, page: "home" },
      { id: 2, page: "shop" },
    ]);
    expect(await query("SELECT sensor, value FROM landing.readings")).toEqual([{ sensor: "s-1", value: 1.5 }]);
    const { tables } = await sandbox.succeed<{ tables: { table: string }[] }>("tables", "--landing");
    expect(tables.map(({ table }) => table)).toEqual(["landing.readings", "landing.visits"]);
  });

  step("a further column is added to its table", async () => {
    await put("readings/b.json", '{"sensor": "s-2", "value": 2.5, "unit": "C"}\n');
    await crawl(1);
    expect((await columns()).readings).toEqual(["sensor string", "value double", "unit string"]);
    expect(await query("SELECT sensor, unit FROM landing.readings ORDER BY sensor")).toEqual([
      { sensor: "s-1", unit: null },
      { sensor: "s-2", unit: "C" },
    ]);
  });

  step("the intake neither loads nor refuses such files", async () => {
    const { files } = await sandbox.succeed<{ files: { object: string }[] }>("quarantine");
    expect(JSON.stringify(files)).not.toContain(landingPrefix);
    const { document } = await sandbox.lake<{ lakes: LakeStatus[] }>("status");
    expect(JSON.stringify(document.lakes[0]?.datasets)).not.toContain(landingPrefix);
    expect(await waiting()).toBe(0);
  });
}
