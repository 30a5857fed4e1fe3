import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SFNClient } from "@aws-sdk/client-sfn";
import { quality } from "../../cli/commands/quality";
import { run } from "../../cli/commands/run";
import { runs } from "../../cli/commands/runs";
import { Lake } from "../../cli/lake";
import type { DispatchRequest, RunResult } from "../../contracts/runs";
import { finish } from "../../lambdas/dispatch/finish";
import { answer } from "../../lambdas/dispatch/requests";
import { startIfDue } from "../../lambdas/dispatch/start";
import { pathsOf } from "../../tools/setup/paths";
import { Bench } from "../lambdas/dispatch/support";
import { recordingStep } from "./support";

const job = "sales/orders";
const mart = "sales/seller_performance";
const refused: Partial<RunResult> = {
  status: "refused",
  reason: 'IsPrimaryKey "order_id" failed for 2 rows',
  quality: [{ rule: 'IsPrimaryKey "order_id"', outcome: "Failed", failedRows: 2, reason: "2 rows share a key" }],
};

let refine: Bench;
let curate: Bench;
/** How the next executions end. */
let endings: Partial<RunResult>[];
let lake: Lake;

beforeEach(() => {
  refine = new Bench();
  curate = new Bench("curate", refine.aws);
  endings = [];
  const progress = {
    say: () => {},
    step: <T>(_title: string, work: (step: never) => Promise<T>) => work(recordingStep() as never),
  };
  lake = new Lake(pathsOf({}), { LAKE_LOCAL_ENDPOINT: "http://127.0.0.1:9" }, progress);
  const send = (command: object) => refine.aws.send(command);
  jest.spyOn(DynamoDBClient.prototype, "send").mockImplementation(send as never);
  jest.spyOn(SFNClient.prototype, "send").mockImplementation((async (command: object) => {
    await end();
    return refine.aws.send(command);
  }) as never);
  jest.spyOn(LambdaClient.prototype, "send").mockImplementation((async ({ input }: InvokeCommand) => {
    const bench = input.FunctionName === "lake-prod-dispatch-refine" ? refine : curate;
    const answered = await answer(JSON.parse(String(input.Payload)) as DispatchRequest, bench.dispatch);
    return { Payload: Buffer.from(JSON.stringify(answered)) };
  }) as never);
});

afterEach(() => jest.restoreAllMocks());

/** Ends every execution that runs. */
async function end(): Promise<void> {
  for (const execution of refine.aws.executions.values()) {
    if (execution.status !== "RUNNING") continue;
    const bench = execution.name.startsWith("sales-seller_performance-") ? curate : refine;
    const { job: name, batchId } = execution.input as { job: string; batchId: string };
    bench.writeResult(name, batchId, endings.shift() ?? {});
    const { next } = await finish({ action: "finish", job: name, batchId, outcome: "succeeded" }, bench.dispatch);
    execution.status = next === "done" ? "SUCCEEDED" : "FAILED";
  }
}

/** A file arrives and its run ends so. */
async function load(name: string, ending: Partial<RunResult> = {}, dataset = job): Promise<void> {
  await refine.note(dataset, name);
  await startIfDue(dataset, refine.dispatch);
  endings.push(ending);
  await end();
}

test("without runs there is nothing to show", async () => {
  expect(await runs.run(lake, [], { limit: 20 })).toMatchObject({ text: "Nothing has run yet.", exitCode: 0 });
  expect((await runs.run(lake, [], { limit: 20, failed: true })).text).toBe("No run has failed.");
  expect(await quality.run(lake, [], {})).toMatchObject({ text: "No rule has been evaluated yet.", exitCode: 0 });
});

test("runs are shown with their rows, the latest first, and what is held with the way on", async () => {
  await load("a");
  await load("b", refused);
  await load("c", {}, "sales/sellers");
  const { document, text, exitCode } = await runs.run(lake, [], { limit: 20 });
  expect(exitCode).toBe(3);
  const { runs: shown, held } = document as {
    runs: { job: string; batchId: string; status: string }[];
    held: object[];
  };
  expect(shown.map(({ job: name, status }) => `${name} ${status}`)).toEqual([
    "sales/sellers succeeded",
    "sales/orders refused",
    "sales/orders succeeded",
  ]);
  expect(shown[0]).toMatchObject({
    rows: { in: 10, inserted: 4, updated: 3, unchanged: 2, superseded: 1 },
    glueRun: "jr_1",
    attempt: 1,
    objects: 1,
  });
  expect(held).toEqual([{ job, batch: shown[1]?.batchId, objects: 1 }]);
  expect(text).toMatch(/sales\/sellers +[0-9a-f]{20} +succeeded +10 +4 +3 +- +2 +1 +- +\d+\.\d s/);
  expect(text).toContain("refused");
  expect(text).toContain('IsPrimaryKey "order_id" failed for 2 rows');
  expect(text).toContain("sales/orders: 1 object of batch");
  expect(text).toContain("`npm run lake -- run sales/orders --retry-held`");
});

test("runs of one job, and failed ones only", async () => {
  await load("a");
  await load("b", refused);
  await load("c", {}, "sales/sellers");
  const shown = async (name: string | undefined, failed: boolean) => {
    const { document } = await runs.run(lake, [name], { limit: 20, failed });
    return (document as { runs: { job: string; status: string }[] }).runs.map((one) => `${one.job} ${one.status}`);
  };
  expect(await shown("orders", false)).toEqual(["sales/orders refused", "sales/orders succeeded"]);
  expect(await shown(undefined, true)).toEqual(["sales/orders refused"]);
  expect((await runs.run(lake, ["sales/sellers"], { limit: 20 })).exitCode).toBe(0);
  const { document } = await runs.run(lake, [job], { limit: 1 });
  expect(document).toMatchObject({ runs: [{ status: "refused" }] });
});

test("quality shows the last outcome of each rule", async () => {
  await load("a", refused);
  expect(await quality.run(lake, [job], {})).toMatchObject({
    document: { results: [{ job, rule: 'IsPrimaryKey "order_id"', outcome: "Failed", failedRows: 2 }] },
    text: expect.stringMatching(
      /IsPrimaryKey "order_id" +Failed +2 +[0-9a-f]{20} +2 rows share a key\n\n1 rule, 1 not passed/,
    ),
    exitCode: 3,
  });
  await load("b");
  expect(await quality.run(lake, [job], {})).toMatchObject({
    document: { results: [{ outcome: "Passed" }] },
    exitCode: 0,
  });
  // A run that has looked at no rule tells nothing new.
  await load("c", { quality: [] });
  expect(await quality.run(lake, [job], {})).toMatchObject({ document: { results: [{ outcome: "Passed" }] } });
});

describe("run", () => {
  const options = { timeout: 60_000 };

  test("starts what waits and says so", async () => {
    await refine.note(job, "a");
    const { text, exitCode } = await run.run(lake, ["orders"], options);
    expect(text).toMatch(/^sales\/orders runs as sales-orders-[0-9a-f]{20}-1$/);
    expect(exitCode).toBe(0);
  });

  test("says why nothing was started", async () => {
    expect((await run.run(lake, [job], options)).text).toBe("sales/orders was not started: nothing waits");
    expect((await run.run(lake, [mart], options)).text).toMatch(/was not started: sales\/orders does not exist yet/);
  });

  test("waits for the end, also of a run that was there already", async () => {
    await refine.note(job, "a");
    await startIfDue(job, refine.dispatch);
    const { text, exitCode, document } = await run.run(lake, [job], { ...options, wait: true });
    expect(text).toMatch(/sales\/orders +[0-9a-f]{20} +succeeded/);
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({ jobs: [{ job, end: { status: "succeeded", run: { status: "succeeded" } } }] });
  });

  test("a run that fails shows its reason, and what was held runs again when asked", async () => {
    await refine.note(job, "a");
    endings.push(refused);
    const failed = await run.run(lake, [job], { ...options, wait: true });
    expect(failed.exitCode).toBe(3);
    expect(failed.text).toContain('sales/orders refused: IsPrimaryKey "order_id" failed for 2 rows');
    expect((await run.run(lake, [job], options)).text).toContain(
      "1 held since they failed: retry them with --retry-held",
    );
    const again = await run.run(lake, [job], { ...options, wait: true, retryHeld: true });
    expect(again.exitCode).toBe(0);
    expect(refine.pending(job)).toEqual([]);
  });

  test("all runs datasets and, when their end is waited for, marts after them", async () => {
    await refine.note(job, "a");
    await refine.note("sales/order_items", "b");
    const { document } = await run.run(lake, ["all"], { ...options, wait: true });
    const { jobs } = document as { jobs: { job: string; end?: { status: string } }[] };
    expect(jobs.filter(({ end: ended }) => ended !== undefined)).toMatchObject([
      { job: "sales/order_items", end: { status: "succeeded" } },
      { job: "sales/orders", end: { status: "succeeded" } },
      { job: mart, end: { status: "succeeded" } },
    ]);
  });

  test("all without waiting leaves marts to themselves when datasets are loaded first", async () => {
    await refine.note(job, "a");
    const { document } = await run.run(lake, ["all"], options);
    expect((document as { jobs: { job: string }[] }).jobs.map(({ job: name }) => name)).not.toContain(mart);
  });

  test("a function that fails is told with its words", async () => {
    jest.spyOn(LambdaClient.prototype, "send").mockImplementation((async () => ({
      FunctionError: "Unhandled",
      Payload: Buffer.from(JSON.stringify({ errorMessage: "Broken" })),
    })) as never);
    await expect(run.run(lake, [job], options)).rejects.toThrow(
      "lake-prod-dispatch-refine could not start sales/orders: Broken",
    );
  });
});
