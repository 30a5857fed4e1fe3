import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DescribeExecutionCommand, SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";
import { ingest } from "../../cli/commands/ingest";
import { sourceAddSample } from "../../cli/commands/source/add-sample";
import { sourceBackfill } from "../../cli/commands/source/backfill";
import { sourceHistory } from "../../cli/commands/source/history";
import { sourceList } from "../../cli/commands/source/list";
import { sourceRun } from "../../cli/commands/source/run";
import { Lake } from "../../cli/lake";
import type { ClaimAnswer, HistoryItem, IngestRequest } from "../../contracts/ingestion";
import { historyKey } from "../../contracts/ingestion";
import { answer } from "../../lambdas/ingest/requests";
import { pathsOf } from "../../tools/setup/paths";
import { Bench, id, source, table } from "../lambdas/ingest/support";
import { recordingStep } from "./support";

const LANDING = { schedule: "cron(0 * * * ? *)" };

let bench: Bench;
let lake: Lake;
/** How the executions that nobody has ended yet will end. */
let endings: (Partial<HistoryItem> | "never")[];

beforeEach(() => {
  bench = new Bench().deploy();
  endings = [];
  const progress = {
    say: () => {},
    step: <T>(_title: string, work: (step: never) => Promise<T>) => work(recordingStep() as never),
  };
  lake = new Lake(pathsOf({}), { LAKE_LOCAL_ENDPOINT: "http://127.0.0.1:9" }, progress);
  const database = { name: "freight", minCapacity: 0, maxCapacity: 4, instances: 1, backupDays: 1 };
  jest.spyOn(lake, "lakeAccount").mockReturnValue({ ...lake.lakeAccount(undefined), database, landing: LANDING });
  const { dynamodb, stepFunctions } = bench.aws.clients();
  jest.spyOn(DynamoDBClient.prototype, "send").mockImplementation(dynamodb.send.bind(dynamodb) as never);
  jest.spyOn(SFNClient.prototype, "send").mockImplementation((async (command: object) => {
    if (command instanceof DescribeExecutionCommand) await end();
    return stepFunctions.send(command as never);
  }) as never);
  let requests = 0;
  jest.spyOn(LambdaClient.prototype, "send").mockImplementation((async ({ input }: InvokeCommand) => {
    expect(input.FunctionName).toBe("lake-prod-ingest");
    try {
      const request = JSON.parse(String(input.Payload)) as IngestRequest;
      return { Payload: Buffer.from(JSON.stringify(await answer(request, `r${requests++}`, bench.ingest))) };
    } catch (error) {
      const { message: errorMessage } = error as Error;
      return { FunctionError: "Unhandled", Payload: Buffer.from(JSON.stringify({ errorMessage })) };
    }
  }) as never);
});

afterEach(() => jest.restoreAllMocks());

/** Does what a state machine does with each execution: claims, lets a job end in some way, and settles. */
async function end(): Promise<void> {
  for (const execution of bench.aws.executions.values()) {
    if (execution.status !== "RUNNING") continue;
    const ending = endings.shift() ?? {};
    if (ending === "never") return;
    const arn = `arn:aws:states:eu-west-1:111111111111:execution:lake-ingest-emr:${execution.name}`;
    const { tables } = (await answer(
      { action: "claim", ...(execution.input as { source: string }), execution: arn },
      "claim",
      bench.ingest,
    )) as ClaimAnswer;
    for (const { token } of tables) {
      const state = bench.state();
      const { pk, sk } = historyKey(id, state?.started_at ?? "", token);
      const attempt = { ...bench.aws.items.get(`${pk} ${sk}`), status: "succeeded", seconds: 12.5, ...ending };
      bench.aws.items.set(`${pk} ${sk}`, attempt as never);
      if (attempt.status === "failed") {
        await answer(
          { action: "settle", source, table, token, outcome: "failed", execution: arn },
          "settle",
          bench.ingest,
        );
        continue;
      }
      const { holder: _holder, lease_until: _lease, ...free } = state ?? {};
      const committed = { committed_stop: ending.window_stop ?? "2026-01-01T06:00:00.000000Z" };
      bench.aws.items.set(`${pk.replace("history#", "state#")} state`, { ...free, ...committed } as never);
    }
    execution.status = tables.length === 0 || endings.length >= 0 ? "SUCCEEDED" : "FAILED";
    if (ending.status === "failed")
      Object.assign(execution, { status: "FAILED", error: "IngestFailed", cause: "1 of 1 tables failed" });
  }
}

const wait = { wait: true, timeout: 60_000 };
const read = { rows_database: 1234, rows_written: 1234, bytes: 56_000, window_stop: "2026-01-01T05:58:00.000000Z" };

test("before the first run, a table is declared and has never been read", async () => {
  const { text, document, exitCode } = await sourceList.run(lake, [], {});
  expect(text).toMatch(/freight\/freight\/shipments +freight\/shipments +updated_at +emr +never +-/);
  expect(document).toMatchObject({ tables: [{ table: id, dataset: "freight/shipments", compute: "emr" }] });
  expect(exitCode).toBe(0);
  expect((await sourceHistory.run(lake, [], { limit: 20 })).text).toBe("Nothing has been read yet.");
  expect((await sourceHistory.run(lake, [], { limit: 20, failed: true })).text).toBe("No attempt has failed.");
});

test("a run that is not waited for says what reads the source", async () => {
  const { text, exitCode } = await sourceRun.run(lake, ["freight"], { timeout: 60_000 });
  expect(text).toMatch(/^freight\/freight is read by \S+$/);
  expect(exitCode).toBe(0);
});

test("a run that is waited for shows its window and rows, and so do list and history", async () => {
  endings.push(read);
  const { text, exitCode, document } = await sourceRun.run(lake, ["freight"], wait);
  expect(text).toMatch(/the beginning +2026-01-01 05:58:00 +1 +succeeded +1,234 +1,234 +56\.0 kB +12\.5 s/);
  expect(text).toMatch(/freight\/freight succeeded, 1 table$/);
  expect(document).toMatchObject({
    status: "succeeded",
    tables: [{ table: id, status: "succeeded", rows_written: 1234 }],
  });
  expect(exitCode).toBe(0);
  expect((await sourceList.run(lake, [], {})).text).toMatch(/emr +2026-01-01 05:58:00 +succeeded +1,234/);
  expect((await sourceHistory.run(lake, ["shipments"], { limit: 5 })).document).toMatchObject({
    attempts: [{ table: id, status: "succeeded", attempt: 1 }],
  });
});

test("a failed table is named with its reason, and needs attention until it has been read", async () => {
  endings.push({ status: "failed", error_name: "SecretRefusedError", error: "the password of lake_reader is wrong" });
  const { text, exitCode } = await sourceRun.run(lake, ["freight/freight"], wait);
  expect(exitCode).toBe(3);
  expect(text).toContain("freight/freight failed, 1 table");
  expect(text).toContain(`  ${id} failed: SecretRefusedError: the password of lake_reader is wrong`);
  expect(await sourceList.run(lake, [], {})).toMatchObject({ exitCode: 3 });
  endings.push(read);
  await sourceRun.run(lake, ["freight"], wait);
  expect(await sourceList.run(lake, [], {})).toMatchObject({ exitCode: 0 });
  const failed = await sourceHistory.run(lake, [], { limit: 20, failed: true });
  expect((failed.document as { attempts: object[] }).attempts).toHaveLength(1);
  expect((await sourceHistory.run(lake, [], { limit: 1 })).document).toMatchObject({
    attempts: [{ status: "succeeded" }],
  });
});

test("a run that does not end in time is said to go on", async () => {
  endings.push("never", "never");
  const { text, exitCode } = await sourceRun.run(lake, ["freight"], { wait: true, timeout: 0 });
  expect(text).toContain("freight/freight waiting, 1 table");
  expect(exitCode).toBe(3);
});

test("a backfill reads the range that was typed", async () => {
  const range = { from: "2025-01-01T00:00:00.000000Z", to: "2025-02-01T00:00:00.000000Z" };
  endings.push(read);
  const { exitCode, document } = await sourceBackfill.run(lake, [id], { ...range, ...wait });
  expect({ exitCode, document }).toMatchObject({ exitCode: 0, document: { tables: [{ kind: "backfill" }] } });
  const [execution] = bench.aws.executions.values();
  expect(execution?.input).toMatchObject({ backfill: { table, start: range.from, stop: range.to } });
});

test.each([
  [{ from: "2025-02-01T00:00:00.000000Z", to: "2025-01-01T00:00:00.000000Z" }, "is not before 2025-01-01"],
  [
    { from: "2025-02-01T00:00:00.000000Z", to: "2999-01-01T00:00:00.000000Z" },
    "2999-01-01T00:00:00.000000Z lies in the future",
  ],
])("a range that makes no sense is refused together with a table that is none: %j", async (range, complaint) => {
  const refused = sourceBackfill.run(lake, ["shipment"], { ...range, timeout: 1 });
  await expect(refused).rejects.toThrow(complaint);
  await expect(sourceBackfill.run(lake, ["shipment"], { ...range, timeout: 1 })).rejects.toMatchObject({
    message: expect.stringContaining("There is no table of a source shipment."),
    fix: expect.stringContaining("Did you mean shipments?"),
  });
});

test("a source or table that is none is refused with the nearest", async () => {
  await expect(sourceRun.run(lake, ["frieght"], { timeout: 1 })).rejects.toMatchObject({
    fix: "Did you mean freight?",
  });
  await expect(sourceRun.run(lake, ["freight"], { table: ["shipmnts"], timeout: 1 })).rejects.toMatchObject({
    fix: "Did you mean shipments?",
  });
});

test("what the function refuses is told, with where to look", async () => {
  bench.aws.items.clear();
  await expect(sourceRun.run(lake, ["freight"], { timeout: 1 })).rejects.toMatchObject({
    message: expect.stringContaining("freight/freight could not be read"),
    fix: expect.stringContaining("lake-prod-ingest"),
  });
});

test("ingest reads every source and says when nothing follows", async () => {
  endings.push(read);
  const Attributes = { ApproximateNumberOfMessages: "0", ApproximateNumberOfMessagesNotVisible: "0" };
  jest.spyOn(SQSClient.prototype, "send").mockImplementation((async () => ({ QueueUrl: "q", Attributes })) as never);
  expect(await ingest.run(lake, [], { timeout: 60_000 })).toMatchObject({ exitCode: 0 });
  endings.push({ status: "failed", error: "no" });
  expect(await ingest.run(lake, ["freight"], { timeout: 60_000 })).toMatchObject({ exitCode: 3 });
});

test("a source on a database that the lake does not have is told apart from one that is not known", async () => {
  jest.spyOn(lake, "lakeAccount").mockReturnValue({ ...lake.lakeAccount(undefined), database: false });
  await expect(sourceRun.run(lake, ["freight"], { timeout: 1 })).rejects.toMatchObject({
    message: "freight/freight is read from the lake's own database, and prod has none.",
  });
  expect(await sourceList.run(lake, [], {})).toMatchObject({
    text: "No database is read into the lake prod.",
  });
});

test("samples need a database, and on AWS a yes", async () => {
  jest.spyOn(lake, "lakeAccount").mockReturnValue({ ...lake.lakeAccount(undefined), database: false });
  await expect(sourceAddSample.run(lake, [], { rows: 10, round: 0 })).rejects.toThrow(/has no database of its own/);
  const onAws = new Lake(pathsOf({}), { LAKE_TARGET: "aws" }, lake.progress);
  await expect(sourceAddSample.run(onAws, [], { rows: 10, round: 0 })).rejects.toMatchObject({
    fix: "Add --yes, or leave LAKE_TARGET out.",
  });
});
