import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Names } from "../../accounts/model/naming";
import { query, type Row, type RunsDocument, settle, type UploadDocument } from "./runs";
import { ENGINEER, type inOrder, type Sandbox, until } from "./sandbox";

const JOB = "sales/customers";
/** A rule of the contract that intake cannot see: a blank is a text in files, and no value in tables. */
const RULE = 'Completeness "customer_unique_id" = 1.0';
const HEADER = "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state";
const CUSTOMERS = "SELECT customer_id, customer_unique_id, customer_city FROM refined_sales.customers ORDER BY 1";

interface QualityDocument {
  readonly results: readonly {
    readonly rule: string;
    readonly outcome: string;
    readonly failedRows: number | null;
    readonly batchId: string;
  }[];
}

interface RunDocument {
  readonly jobs: readonly { readonly end?: { readonly status: string; readonly reason?: string } }[];
}

/** What becomes of rows that keep their columns' types and break a rule. */
export function qualityTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  const people = ["quality-1", "quality-2", "quality-3"];
  let before: Row[] = [];

  /** Uploads customers, each with what identifies the person behind it. */
  async function upload(name: string, identities: readonly string[]): Promise<UploadDocument["files"]> {
    const { files } = await sandbox.succeed<UploadDocument>("upload", write(name, identities), ...DATASET, "--wait");
    expect(files).toMatchObject([{ outcome: "loaded" }]);
    return files;
  }

  function write(name: string, identities: readonly string[]): string {
    const folder = join(sandbox.home, "customers");
    mkdirSync(folder, { recursive: true });
    const rows = people.map((id, index) => `${id},${identities[index]},01310,sao paulo,SP`);
    writeFileSync(join(folder, name), `${[HEADER, ...rows].join("\n")}\n`);
    return join(folder, name);
  }

  step("a batch that breaks a rule is held, changes nothing, and people are told of rule and rows", async () => {
    before = await query(sandbox, CUSTOMERS);
    let files: UploadDocument["files"] = [];
    const message = await heardOnTopic(sandbox, async () => {
      files = await upload("blank.csv", ["person-1", " ", " "]);
      await settle(sandbox, files, JOB);
    });
    const runs = await sandbox.lake<RunsDocument>("runs", JOB);
    const [run] = runs.document.runs;
    const batch = run?.batchId ?? "none";
    expect(runs.code).toBe(3);
    expect(runs.document.held).toEqual([{ job: JOB, batch, objects: 1 }]);
    expect(run).toMatchObject({ status: "refused", attempt: 1, rows: { in: 3, inserted: 0, refused: 3 } });
    for (const text of [run?.reason, message]) expect(text).toContain(`${RULE} does not hold for 2 rows`);
    expect(message).toContain(`${JOB}, batch ${batch}`);

    const quality = await sandbox.lake<QualityDocument>("quality", JOB);
    expect(quality.code).toBe(3);
    expect(quality.document.results).toContainEqual(
      expect.objectContaining({ rule: RULE, outcome: "Failed", failedRows: 2, batchId: batch }),
    );
    expect(await query(sandbox, CUSTOMERS)).toEqual(before);
    expect(await lengthsOf(sandbox, files)).toEqual([expect.any(Number)]);
  });

  step("asked for again, what is held is refused again, and stays", async () => {
    const { code, document } = await sandbox.lake<RunDocument>("run", JOB, "--retry-held", "--wait");
    expect(code).toBe(3);
    expect(document.jobs).toMatchObject([{ end: { status: "refused", reason: expect.stringContaining(RULE) } }]);
    const { held } = (await sandbox.lake<RunsDocument>("runs", JOB)).document;
    expect(held).toMatchObject([{ job: JOB, objects: 1 }]);
    expect(await query(sandbox, CUSTOMERS)).toEqual(before);
  });

  step("a corrected file goes on, beside what is held", async () => {
    await settle(sandbox, await upload("right.csv", ["person-1", "person-2", "person-2"]), JOB);
    const added = (await query(sandbox, CUSTOMERS)).filter(({ customer_id }) => people.includes(String(customer_id)));
    const [first, second, third] = added.map(({ customer_unique_id }) => customer_unique_id);
    expect(added).toHaveLength(people.length);
    expect(second).toBe(third);
    expect(first).not.toBe(second);
    const { code, document } = await sandbox.lake<RunsDocument>("runs", JOB);
    expect({ code, held: document.held.length }).toEqual({ code: 3, held: 1 });
    expect((await sandbox.lake("quality", JOB)).code).toBe(0);
  });
}

const DATASET = ["--dataset", "customers"];

/** Sizes of the files in the zone where rows are loaded. */
async function lengthsOf(sandbox: Sandbox, files: UploadDocument["files"]): Promise<(number | undefined)[]> {
  return sandbox.clients(ENGINEER, (clients) =>
    Promise.all(
      files
        .flatMap(({ outputs = [] }) => outputs)
        .map(async (address) => {
          const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(address) ?? [];
          const { ContentLength, Body } = await clients.s3.send(new GetObjectCommand({ Bucket, Key }));
          await Body?.transformToByteArray();
          return ContentLength;
        }),
    ),
  );
}

/** The first message of the topic of alarms that comes of some work, as a subscriber gets it. */
async function heardOnTopic(sandbox: Sandbox, work: () => Promise<void>): Promise<string> {
  const account = sandbox.inside.lakeAccount("prod");
  const names = new Names(sandbox.inside.accounts.organization, account);
  const sqs = new SQSClient(await sandbox.administrator(account));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "subscriber" }));
  const TopicArn = names.arn("sns", names.of("alarms"));
  const subscribe = { Action: "Subscribe", TopicArn, Protocol: "sqs", Endpoint: names.arn("sqs", "subscriber") };
  const answer = await sns(sandbox, names.accountId, { ...subscribe, ReturnSubscriptionArn: "true" });
  const [, SubscriptionArn = ""] = /<SubscriptionArn>(.+)<\/SubscriptionArn>/.exec(answer) ?? [];
  try {
    await work();
    let text = "";
    await until(async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
      text = Messages.map(({ Body = "{}" }) => (JSON.parse(Body) as { Message: string }).Message).join("\n");
      return text !== "";
    }, 60);
    return text;
  } finally {
    await sns(sandbox, names.accountId, { Action: "Unsubscribe", SubscriptionArn });
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    sqs.destroy();
  }
}

/** A call of SNS by the root of an account: no client of it is among the libraries of this project. */
async function sns(sandbox: Sandbox, accountId: string, parameters: Record<string, string>): Promise<string> {
  const credential = `${accountId}/20260101/eu-west-1/sns/aws4_request`;
  const response = await fetch(`${sandbox.server()?.endpoint}/`, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    },
    body: new URLSearchParams({ ...parameters, Version: "2010-03-31" }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
