import type { FinishRequest, RunResult } from "../../../contracts/runs";
import { finish } from "../../../lambdas/dispatch/finish";
import { answer } from "../../../lambdas/dispatch/requests";
import { startIfDue } from "../../../lambdas/dispatch/start";
import { sweep } from "../../../lambdas/dispatch/sweep";
import type { FakeExecution } from "./fake-aws";
import { Bench, uriOf } from "./support";

const job = "sales/orders";
const refusal = { Error: "States.TaskFailed", Cause: '{"ErrorMessage":"QualityRefusedError: no key"}' };
const crash = { Error: "States.TaskFailed", Cause: '{"ErrorMessage":"MemoryError"}' };

let bench: Bench;

beforeEach(async () => {
  bench = new Bench();
  await bench.note(job, "a");
  await bench.note(job, "b");
  await startIfDue(job, bench.dispatch);
});

function execution(index = 0): FakeExecution & { readonly batchId: string } {
  const found = [...bench.aws.executions.values()][index];
  if (found === undefined) throw new Error("nothing was started");
  return Object.assign(found, { batchId: String(found.input.batchId) });
}

function end(changes: Partial<FinishRequest> = {}, index = 0) {
  const { name, batchId } = execution(index);
  const request = {
    action: "finish",
    job,
    batchId,
    outcome: "succeeded",
    attempt: 1,
    execution: name,
    ...changes,
  } as const;
  return answer(request, bench.dispatch);
}

function writeResult(changes: Partial<RunResult> = {}, index = 0): RunResult {
  return bench.writeResult(job, execution(index).batchId, changes);
}

const failed = (error: FinishRequest["error"], attempt = 1) => end({ outcome: "failed", error, attempt });

test("a good run: objects are taken, the result is recorded, the job is free", async () => {
  const result = writeResult();
  expect(await end()).toEqual({ next: "done", attempt: 1, waitSeconds: 0, reason: "" });
  expect(bench.taken(job)).toEqual([uriOf(job, "a"), uriOf(job, "b")]);
  expect(bench.pending(job)).toEqual([]);
  expect(bench.run(job, execution().batchId)).toMatchObject({
    status: "succeeded",
    rows: result.rows,
    quality: result.quality,
    run_id: "jr_1",
    objects: 2,
    finished_at: expect.any(String),
  });
  expect(bench.state(job)).toMatchObject({ status: "idle", succeeded_at: result.finishedAt });
  expect(bench.counts).toMatchObject({ RunsSucceeded: 1, RowsIn: 10, RowsInserted: 4, RowsUpdated: 3 });
  expect(bench.settled).toEqual([job]);
  expect(bench.aws.executions.size).toBe(1);
});

test("an object that was taken is ignored when it comes again", async () => {
  writeResult();
  await end();
  await bench.note(job, "a");
  expect(await startIfDue(job, bench.dispatch)).toMatchObject({ started: null, reason: "nothing waits" });
  // Even if its message was read before and written after it was taken.
  const late = { ...pendingOfTaken(), pk: `pending#refine#${job}` };
  bench.aws.items.set(`${late.pk} ${late.sk}`, late);
  expect(bench.pending(job)).toHaveLength(1);
  expect((await startIfDue(job, bench.dispatch)).started).toBeNull();
  expect(bench.pending(job)).toEqual([]);
});

function pendingOfTaken(): { sk: string; uri: string } {
  const [, taken] = [...bench.aws.items].find(([id]) => id.startsWith("taken#")) ?? [];
  return taken as { sk: string; uri: string };
}

test("what arrived meanwhile starts at the end", async () => {
  await bench.note(job, "c");
  writeResult();
  await end();
  expect(bench.aws.executions.size).toBe(2);
  expect(bench.manifest(job, execution(1).batchId).objects).toEqual([{ uri: uriOf(job, "c"), versionId: "v1" }]);
  expect(bench.state(job)).toMatchObject({ status: "running", generation: 2 });
});

test("unchanged counts as done", async () => {
  writeResult({ status: "unchanged", rows: { in: 2, inserted: 0, updated: 0, unchanged: 2, superseded: 0 } });
  expect(await end()).toMatchObject({ next: "done" });
  expect(bench.run(job, execution().batchId)).toMatchObject({ status: "unchanged" });
  expect(bench.pending(job)).toEqual([]);
});

test("asked twice, it answers the same and does nothing twice", async () => {
  await bench.note(job, "c");
  writeResult();
  const first = await end();
  expect(await end()).toEqual(first);
  expect(bench.aws.executions.size).toBe(2);
  expect(bench.counts.RunsSucceeded).toBe(1);
  // Nor does it end a later run.
  expect(bench.state(job)).toMatchObject({ status: "running", generation: 2 });
});

test("success without a result is tried again, then held", async () => {
  const reason = "the run succeeded, but it left no result";
  expect(await end()).toEqual({ next: "retry", attempt: 2, waitSeconds: 60, reason });
  expect(bench.run(job, execution().batchId)).toMatchObject({ status: "retrying", attempt: 1, reason });
  expect(bench.state(job)).toMatchObject({ status: "running" });
  expect(await end({ attempt: 2 })).toMatchObject({ next: "retry", attempt: 3, waitSeconds: 120 });
  expect(await end({ attempt: 3 })).toEqual({ next: "failed", attempt: 3, waitSeconds: 0, reason });
  expect(bench.run(job, execution().batchId)).toMatchObject({ status: "failed", attempt: 3, reason });
  expect(bench.state(job)).toMatchObject({ status: "idle" });
  expect(bench.pending(job)).toHaveLength(2);
});

test("the result of an earlier run of the same batch does not count", async () => {
  const { locked_at = "" } = bench.state(job) ?? {};
  writeResult({ finishedAt: new Date(Date.parse(locked_at) - 1).toISOString() });
  expect(await end()).toMatchObject({ next: "retry" });
  expect(bench.taken(job)).toEqual([]);
});

test("rows that do not add up are a failure and a metric, and the batch is held", async () => {
  writeResult({ rows: { in: 11, inserted: 4, updated: 3, unchanged: 2, superseded: 1 } });
  expect(await end()).toMatchObject({ next: "failed", reason: expect.stringContaining("11 rows came in, and 10") });
  expect(bench.counts).toMatchObject({ RunsFailed: 1, ReconciliationFailures: 1 });
  expect(bench.taken(job)).toEqual([]);
  expect(await bench.dispatch.runs.held(job)).toHaveLength(2);
});

test("a refusal is not tried again: the batch is held, and later files go on", async () => {
  await bench.note(job, "c");
  expect(await failed(refusal)).toEqual({
    next: "failed",
    attempt: 1,
    waitSeconds: 0,
    reason: "QualityRefusedError: no key",
  });
  expect(bench.run(job, execution().batchId)).toMatchObject({ status: "refused" });
  expect(bench.counts).toMatchObject({ RunsRefused: 1 });
  expect(bench.manifest(job, execution(1).batchId).objects.map(({ uri }) => uri)).toEqual([uriOf(job, "c")]);
});

test("the job's own words count, and what it found is recorded", async () => {
  const quality = [{ rule: "RowCount > 0", outcome: "Failed" as const, failedRows: null, reason: "0 rows" }];
  writeResult({ status: "refused", reason: "RowCount > 0 failed", quality });
  expect(await failed({ Error: "States.TaskFailed", Cause: "Exit code 1" })).toMatchObject({
    next: "failed",
    reason: "RowCount > 0 failed",
  });
  expect(bench.run(job, execution().batchId)).toMatchObject({ status: "refused", quality });
});

test("what was published is taken even if the run failed after it", async () => {
  writeResult();
  expect(await failed({ Error: "States.Timeout" })).toMatchObject({
    next: "done",
    reason: "the batch was published before the run failed: States.Timeout",
  });
  expect(bench.pending(job)).toEqual([]);
});

test("other failures are tried again with longer and longer waits, then held", async () => {
  expect(await failed(crash)).toEqual({ next: "retry", attempt: 2, waitSeconds: 60, reason: "MemoryError" });
  // Its answer was lost.
  expect(await failed(crash)).toMatchObject({ next: "retry", attempt: 2 });
  expect(await failed(crash, 2)).toMatchObject({ next: "retry", attempt: 3, waitSeconds: 120 });
  expect(await failed(crash, 3)).toMatchObject({ next: "failed", reason: "MemoryError" });
  expect(await failed(crash, 3)).toMatchObject({ next: "failed", reason: "MemoryError" });
  expect(bench.counts).toMatchObject({ RunsFailed: 1 });
});

test("waits have a limit", async () => {
  const patient = { ...bench.dispatch, maxAttempts: 20 };
  const request = { action: "finish", job, batchId: execution().batchId, outcome: "failed", error: crash } as const;
  expect(await finish({ ...request, attempt: 12 }, patient)).toMatchObject({ next: "retry", waitSeconds: 900 });
});

describe("held objects", () => {
  beforeEach(async () => {
    await failed(refusal);
    execution().status = "FAILED";
  });

  test("do not start by events, sweeps or requests", async () => {
    await bench.note(job, "a");
    await startIfDue(job, bench.dispatch);
    await sweep(bench.dispatch);
    expect(await answer({ action: "run", job }, bench.dispatch)).toEqual({
      started: null,
      reason: "nothing waits; 2 held since they failed: retry them with --retry-held",
    });
    expect(bench.aws.executions.size).toBe(1);
  });

  test("start again when asked, as the same batch in a new execution", async () => {
    const { started } = (await answer({ action: "run", job, retryHeld: true }, bench.dispatch)) as { started: string };
    expect(started).toContain(`${execution().batchId}-2`);
    expect(bench.run(job, execution().batchId)).toMatchObject({ status: "running", generation: 2 });
    // A late word on the first execution does not end the second.
    expect(await end({}, 0)).toMatchObject({ next: "failed" });
    expect(bench.state(job)).toMatchObject({ status: "running", generation: 2 });
    writeResult();
    expect(await end({}, 1)).toMatchObject({ next: "done" });
    expect(bench.pending(job)).toEqual([]);
  });

  test("let go while a run is under way start after it", async () => {
    await bench.note(job, "c");
    await startIfDue(job, bench.dispatch);
    const asked = await answer({ action: "run", job, retryHeld: true }, bench.dispatch);
    expect(asked).toMatchObject({
      started: null,
      running: expect.stringContaining("-2"),
      reason: expect.stringMatching(/^it runs already/),
    });
    writeResult({}, 1);
    await end({}, 1);
    expect(bench.manifest(job, execution(2).batchId).objects).toHaveLength(2);
  });
});

test.each(["GetObject", "PutItem", "DeleteItem", "UpdateItem"])(
  "cut off at %s, it is done by the next call",
  async (request) => {
    for (const moment of ["before", "after"] as const) {
      for (const nth of [1, 2, 3]) {
        bench = new Bench();
        await bench.note(job, "a");
        await bench.note(job, "b");
        await startIfDue(job, bench.dispatch);
        await bench.note(job, "c");
        writeResult();
        let seen = 0;
        bench.aws[moment] = (name) => {
          if (name === request && ++seen === nth) throw new Error("cut off");
        };
        await end().catch(() => {});
        bench.aws[moment] = () => {};
        expect(await end()).toMatchObject({ next: "done" });
        expect(bench.taken(job)).toEqual([uriOf(job, "a"), uriOf(job, "b")]);
        await sweep(bench.dispatch);
        expect(bench.aws.executions.size).toBe(2);
      }
    }
  },
);

test("cut off between the end of a run and the start of the next, the next call starts it", async () => {
  await bench.note(job, "c");
  writeResult();
  bench.aws.before = () => {
    if (bench.state(job)?.status === "idle") throw new Error("cut off");
  };
  await end().catch(() => {});
  bench.aws.before = () => {};
  expect(bench.aws.executions.size).toBe(1);
  expect(await end()).toMatchObject({ next: "done" });
  expect(bench.aws.executions.size).toBe(2);
});

test("a batch of which nothing is known is an end", async () => {
  expect(await end({ batchId: "unknown" })).toMatchObject({ next: "failed", reason: "nothing is known of this run" });
});

test("requests that nobody should make are refused", async () => {
  await expect(answer({ action: "stop" } as never, bench.dispatch)).rejects.toThrow("its action must be run, finish");
  expect(await answer({ action: "run", job: "sales/nothing" }, bench.dispatch)).toEqual({
    started: null,
    reason: "refine has no job sales/nothing",
  });
});
