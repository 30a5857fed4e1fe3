import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Names } from "../../accounts/model/naming";
import { entriesOf } from "../../cli/ledger";
import { classificationTag } from "../../contracts";
import type { LedgerItem } from "../../contracts/ledger";
import { follow, markedBlocks } from "../docs/blocks";
import { copyProject } from "./project";
import { ENGINEER, type inOrder, type Sandbox, until } from "./sandbox";

/** What a team that wants to hear of photos adds to the zone in which files arrive. */
const PHOTOS = { name: "photos", prefix: "photos/", suffix: ".jpg" };

/** Longer than an event takes to its queue. */
const SETTLED_MS = 3000;

/** The contributor's guide, as far as it needs a lake that runs. */
export function guideTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  const project = join(sandbox.home, "project");

  step("a stranger adds a dataset by following the guide", async () => {
    copyProject(project);

    // One deployment for both: what a reader of the guide would change as well.
    const account = join(project, "accounts", "prod.ts");
    const before = readFileSync(account, "utf8");
    const after = before.replace('{ name: "drop", ', `{ name: "drop", streams: [${JSON.stringify(PHOTOS)}], `);
    expect(after).not.toBe(before);
    writeFileSync(account, after);

    const blocks = markedBlocks("CONTRIBUTING.md");
    const last = blocks.findIndex(({ run }) => run === "local");
    expect(last).toBeGreaterThan(0);
    for (const block of blocks.slice(0, last + 1).filter(({ run }) => run !== "here")) {
      follow(block, project, sandbox.env);
    }
    const entries: LedgerItem[] = [];
    await sandbox.clients(ENGINEER, async (clients) => {
      for await (const entry of entriesOf(clients, "sales/returns")) entries.push(entry);
    });
    expect(entries).toMatchObject([{ status: "loaded", rows_in: 2, rows_out: 1, rows_quarantined: 1 }]);
  });

  // Messages are for the stream's consumer alone: an administrator sees how many there are.
  step("a stream of a zone hears of its own files only", async () => {
    const account = sandbox.inside.lakeAccount("prod");
    const names = new Names(sandbox.inside.accounts.organization, account);
    const sqs = new SQSClient(await sandbox.administrator(account));
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: names.of(`drop-${PHOTOS.name}`) }));
    const waiting = async () => {
      const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] });
      const { Attributes } = await sqs.send(asked);
      return Number(Attributes?.ApproximateNumberOfMessages);
    };
    const put = (Key: string) =>
      sandbox.clients(ENGINEER, ({ s3 }) =>
        s3.send(
          new PutObjectCommand({
            Bucket: names.bucket("drop"),
            Key,
            Body: "x",
            Tagging: `${classificationTag}=proprietary`,
          }),
        ),
      );
    try {
      await put("other/a.jpg");
      await put("photos/b.txt");
      await sleep(SETTLED_MS);
      expect(await waiting()).toBe(0);
      await put("photos/São Paulo.jpg");
      await until(async () => (await waiting()) === 1, 30);
    } finally {
      sqs.destroy();
    }
  });

  step("the guide's extension is applied beside its lake by stock Terraform, and removed again", async () => {
    const extension = markedBlocks("CONTRIBUTING.md").find(({ file }) => file?.startsWith("stacks/extensions/"));
    expect(extension).toBeDefined();
    if (extension !== undefined) follow(extension, project);
    const run = async (command: string, ...args: string[]) => {
      const { code, output } = await sandbox.withEnvironment(command, args);
      if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}\n${output}`);
    };
    const terraform = (...args: string[]) =>
      run("terraform", `-chdir=${join(sandbox.outdir, "stacks", "prod-reports")}`, ...args);
    const roles = async () => (await sandbox.resources()).filter(({ id }) => id.includes("lake-prod-x-reports-"));
    await run(process.execPath, join(project, "tools", "synth.mjs"));
    await terraform("init", "-input=false");
    await terraform("apply", "-auto-approve", "-input=false");
    expect((await roles()).length).toBeGreaterThan(0);
    await terraform("destroy", "-auto-approve", "-input=false");
    expect(await roles()).toEqual([]);
  });
}
