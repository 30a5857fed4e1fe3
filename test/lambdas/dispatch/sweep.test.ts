import type { ExecutionStatus } from "@aws-sdk/client-sfn";
import { answer } from "../../../lambdas/dispatch/requests";
import { startIfDue } from "../../../lambdas/dispatch/start";
import { recover, sweep } from "../../../lambdas/dispatch/sweep";
import { Bench } from "./support";

const job = "sales/orders";
const tenMinutes = 600_000;

let bench: Bench;

beforeEach(async () => {
  bench = new Bench();
  await bench.note(job, "a");
  await startIfDue(job, bench.dispatch);
});

function last() {
  const found = [...bench.aws.executions.values()].at(-1);
  if (found === undefined) throw new Error("nothing was started");
  return found;
}

const batchId = () => String(last().input.batchId);

/** The execution ends, and nobody says so. */
function die(status: ExecutionStatus, cause?: string): void {
  Object.assign(last(), { status, cause, error: cause === undefined ? undefined : "States.TaskFailed" });
}

test("a run that goes on is left alone", async () => {
  await sweep(bench.dispatch);
  expect(bench.aws.executions.size).toBe(1);
  expect(bench.state(job)).toMatchObject({ status: "running", generation: 1 });
});

test("work that nobody has started is started", async () => {
  await bench.note("sales/sellers", "a");
  expect(await answer({ action: "sweep" }, bench.dispatch)).toEqual({ swept: bench.dispatch.work.jobs.length });
  expect(last().input.job).toBe("sales/sellers");
});

test.each(["FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED"] as const)(
  "a run that is %s without a word is done again",
  async (status) => {
    die(status);
    await bench.note(job, "b");
    await sweep(bench.dispatch);
    expect(bench.counts).toMatchObject({ RunsLost: 1, RunsStarted: 2 });
    expect(bench.state(job)).toMatchObject({ status: "running", generation: 2, lost: 1 });
    expect(bench.manifest(job, batchId()).objects).toHaveLength(2);
  },
);

test("a lost run is recorded with what is known of it", async () => {
  const first = batchId();
  die("FAILED", "out of memory");
  await bench.note(job, "b");
  await sweep(bench.dispatch);
  expect(bench.run(job, first)).toMatchObject({
    status: "lost",
    reason: expect.stringMatching(/^the execution sales-orders-\w+-1 ended without a word: out of memory$/),
  });
});

test("what it had published is taken", async () => {
  bench.writeResult(job, batchId());
  die("FAILED", "the function could not be reached");
  await sweep(bench.dispatch);
  expect(bench.pending(job)).toEqual([]);
  expect(bench.aws.executions.size).toBe(1);
  expect(bench.run(job, batchId())).toMatchObject({ status: "succeeded" });
  expect(bench.settled).toEqual([job]);
});

test("what it had refused is held", async () => {
  die("FAILED", '{"ErrorMessage":"QualityRefusedError: no key"}');
  await sweep(bench.dispatch);
  expect(bench.aws.executions.size).toBe(1);
  expect(bench.run(job, batchId())).toMatchObject({ status: "refused", reason: "QualityRefusedError: no key" });
});

test("what is lost again and again is held; a good run begins the count anew", async () => {
  for (const generation of [1, 2, 3]) {
    expect(bench.state(job)).toMatchObject({ generation, status: "running" });
    die("ABORTED");
    await sweep(bench.dispatch);
  }
  expect(bench.aws.executions.size).toBe(3);
  expect(bench.state(job)).toMatchObject({ status: "idle" });
  expect(bench.state(job)?.lost).toBeUndefined();
  expect(bench.run(job, batchId())).toMatchObject({
    status: "failed",
    reason: expect.stringContaining("without a word"),
  });
  expect(await bench.dispatch.runs.held(job)).toHaveLength(1);
});

test("an execution that Step Functions does not know is given up only after a while", async () => {
  bench.aws.executions.clear();
  await sweep(bench.dispatch);
  expect(bench.aws.executions.size).toBe(0);
  bench.time += tenMinutes;
  await sweep(bench.dispatch);
  expect(bench.aws.executions.size).toBe(1);
  expect(last().name).toMatch(/-2$/);
});

test("an execution that has not been asked for is asked for now", async () => {
  const state = bench.state(job);
  const { name } = last();
  bench.aws.items.set(`job#refine#${job} state`, { ...state, status: "starting" });
  bench.aws.executions.clear();
  await recover(job, bench.dispatch);
  expect(last().name).toBe(name);
  expect(bench.state(job)).toMatchObject({ status: "running", generation: 1 });
});

test("an execution that has ended before it was noted as started is settled by the next sweep", async () => {
  bench.aws.items.set(`job#refine#${job} state`, { ...bench.state(job), status: "starting" });
  bench.writeResult(job, batchId());
  die("FAILED");
  await sweep(bench.dispatch);
  expect(bench.aws.executions.size).toBe(1);
  await sweep(bench.dispatch);
  expect(bench.state(job)).toMatchObject({ status: "idle" });
  expect(bench.pending(job)).toEqual([]);
});

test("whoever asks for a run need not wait for the next sweep", async () => {
  die("ABORTED");
  const answered = await answer({ action: "run", job }, bench.dispatch);
  expect(answered).toMatchObject({ running: expect.stringMatching(/-2$/) });
});

test("what goes wrong with one job does not keep others from being looked after", async () => {
  await bench.note("sales/sellers", "a");
  bench.aws.before = (name) => {
    if (name === "DescribeExecution") throw new Error("throttled");
  };
  await expect(sweep(bench.dispatch)).rejects.toThrow("The sweep failed for 1 jobs");
  expect(last().input.job).toBe("sales/sellers");
});

test("what cannot be started after a recovery is told, and left to the next sweep", async () => {
  bench.writeResult(job, batchId());
  die("SUCCEEDED");
  await bench.note(job, "b");
  bench.aws.before = (name) => {
    if (name === "StartExecution") throw new Error("throttled");
  };
  await recover(job, bench.dispatch);
  expect(bench.warnings).toEqual([`What waited for ${job} could not be started`]);
  bench.aws.before = () => {};
  await sweep(bench.dispatch);
  expect(bench.state(job)).toMatchObject({ status: "running", generation: 2 });
});
