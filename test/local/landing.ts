import { isDeepStrictEqual } from "node:util";
import { GetCrawlerCommand, GetTablesCommand, GlueClient, StartCrawlerCommand } from "@aws-sdk/client-glue";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { LANDING_NAMES } from "../../accounts/model/landing";
import { Names } from "../../accounts/model/naming";
import { roleEntry, roleSettings } from "../../cli/aws";
import type { LakeStatus } from "../../cli/status";
import { classificationTag, landing, landingPrefix, type Persona } from "../../contracts";
import { type inOrder, type Sandbox, until } from "./sandbox";

type Row = Readonly<Record<string, string | number | null>>;

/** Files that no contract declares: a crawler makes tables of their folders. */
export function landingTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  const { organization } = sandbox.inside.accounts;
  const account = sandbox.inside.lakeAccount("prod");
  const names = new Names(organization, account);
  const visits = ["id bigint", "page string", "partition_0 string"];
  const Name = names.of(LANDING_NAMES.crawler);

  /** Works as an engineer, who has crawls made, or as a scientist, who sees what nobody has classified. */
  async function as<T>(persona: Persona, work: (glue: GlueClient) => Promise<T>): Promise<T> {
    const target = await sandbox.inside.target();
    const entry = roleEntry(organization, account, persona, "secret");
    const glue = new GlueClient(roleSettings(target, organization, entry));
    return work(glue).finally(() => glue.destroy());
  }

  const put = (name: string, Body: string) =>
    sandbox.clients("producer", ({ s3 }) =>
      s3.send(
        new PutObjectCommand({
          Bucket: names.bucket(account.zones[0]?.name ?? ""),
          Key: `${landingPrefix}${name}`,
          Body,
          Tagging: `${classificationTag}=secret`,
        }),
      ),
    );

  const waiting = async () => {
    const { document } = await sandbox.lake<{ lakes: LakeStatus[] }>("status");
    return document.lakes[0]?.queues.find(({ zone }) => zone === LANDING_NAMES.crawler)?.waiting;
  };

  const columns = async () => {
    const { TableList = [] } = await as("data-scientist", (glue) =>
      glue.send(new GetTablesCommand({ DatabaseName: landing })),
    );
    return Object.fromEntries(
      TableList.map(({ Name: table = "", StorageDescriptor, PartitionKeys = [] }) => [
        table,
        [...(StorageDescriptor?.Columns ?? []), ...PartitionKeys].map((column) => `${column.Name} ${column.Type}`),
      ]),
    );
  };

  /** Crawls until the tables have these columns: events take a moment, and the crawler's own schedule may come in between. */
  const crawl = async (wanted: Record<string, readonly string[]>) => {
    const attempt = async () => {
      await as("data-engineer", async (glue) => {
        const isRunning = (error: Error) => error.name === "CrawlerRunningException";
        await glue.send(new StartCrawlerCommand({ Name })).catch((error) => isRunning(error) || Promise.reject(error));
        const crawler = async () => (await glue.send(new GetCrawlerCommand({ Name }))).Crawler;
        await until(async () => (await crawler())?.State === "READY", 60);
        expect((await crawler())?.LastCrawl).toMatchObject({ Status: "SUCCEEDED" });
      });
      return isDeepStrictEqual(await columns(), wanted);
    };
    await until(attempt, 30).catch(() => {});
    expect(await columns()).toEqual(wanted);
  };

  const query = async (sql: string) => (await sandbox.succeed<{ rows: Row[] }>("query", sql, "--landing")).rows;

  step("each folder of undeclared files becomes a table that scientists ask about", async () => {
    await put("visits/2026/first.csv", "id,page\n1,home\n2,shop\n");
    await put("readings/a.json", '{"sensor": "s-1", "value": 1.5}\n');
    await crawl({ visits, readings: ["sensor string", "value double"] });
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
    await crawl({ visits, readings: ["sensor string", "value double", "unit string"] });
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
