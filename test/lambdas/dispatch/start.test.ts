import { startAsked, startIfDue } from "../../../lambdas/dispatch/start";
import { Bench, uriOf } from "./support";

const job = "sales/order_items";

function onlyExecution({ aws }: Bench) {
  expect([...aws.executions.values()]).toHaveLength(1);
  const [execution] = aws.executions.values();
  if (execution === undefined) throw new Error("nothing was started");
  return execution;
}

test("what arrived together is one batch: manifest, lock, record and execution speak of the same", async () => {
  const bench = new Bench();
  await bench.note(job, "a", "v1");
  await bench.note(job, "b", "v2");
  const { started } = await startIfDue(job, bench.dispatch);
  const { name, input } = onlyExecution(bench);
  const batchId = String(input.batchId);
  expect(started).toBe(`arn:aws:states:eu-west-1:111111111111:execution:lake-refine:${name}`);
  expect(name).toBe(`sales-order_items-${batchId}-1`);
  expect(input).toEqual({
    job,
    jobName: "lake-refine-sales",
    batchId: expect.stringMatching(/^[0-9a-f]{20}$/),
    attempt: 1,
    arguments: {
      "--dataset": job,
      "--refined_bucket": "refined",
      "--masking_key": "alias/lake-masking",
      "--batch_id": batchId,
      "--manifest": `s3://refined/_meta/${job}/batches/${batchId}.json`,
      "--result": `s3://refined/_meta/${job}/runs/${batchId}.json`,
    },
  });
  const { objects, ...manifest } = bench.manifest(job, batchId);
  expect(manifest).toEqual({ job, batchId });
  expect([...objects].sort((a, b) => (a.uri < b.uri ? -1 : 1))).toEqual([
    { uri: uriOf(job, "a"), versionId: "v1" },
    { uri: uriOf(job, "b"), versionId: "v2" },
  ]);
  expect(bench.state(job)).toMatchObject({ status: "running", generation: 1, batch_id: batchId, execution_name: name });
  expect(bench.run(job, batchId)).toMatchObject({ status: "running", layer: "refine", objects: 2, attempt: 1 });
  expect(bench.counts).toEqual({ RunsStarted: 1 });
});

test("an object noted twice waits once, and a second version of it waits beside it", async () => {
  const bench = new Bench();
  for (const version of ["v1", "v1", "v2"]) await bench.note(job, "a", version);
  await startIfDue(job, bench.dispatch);
  const { objects } = bench.manifest(job, String(onlyExecution(bench).input.batchId));
  expect(objects.map(({ versionId }) => versionId).sort()).toEqual(["v1", "v2"]);
});

test("the same objects are the same batch, whatever their order", async () => {
  const batchOf = async (...names: string[]) => {
    const bench = new Bench();
    for (const name of names) await bench.note(job, name);
    await startIfDue(job, bench.dispatch);
    return onlyExecution(bench).input.batchId;
  };
  expect(await batchOf("a", "b", "c")).toBe(await batchOf("c", "a", "b"));
  expect(await batchOf("a", "b")).not.toBe(await batchOf("a", "c"));
});

test("a job that runs is not started again, and nothing starts without work", async () => {
  const bench = new Bench();
  expect(await startAsked(job, bench.dispatch)).toEqual({ started: null, reason: "nothing waits" });
  await bench.note(job, "a");
  const { started } = await startIfDue(job, bench.dispatch);
  await bench.note(job, "b");
  expect(await startIfDue(job, bench.dispatch)).toEqual({
    started: null,
    running: started,
    reason: expect.any(String),
  });
  expect(bench.aws.executions.size).toBe(1);
  // Another job is not concerned.
  await bench.note("sales/orders", "a");
  expect((await startIfDue("sales/orders", bench.dispatch)).started).not.toBeNull();
});

test("a backlog goes in several runs", async () => {
  const bench = new Bench("refine", undefined, { batchLimit: 4 });
  for (const name of "abcdefghij") await bench.note(job, name);
  await startIfDue(job, bench.dispatch);
  expect(bench.manifest(job, String(onlyExecution(bench).input.batchId)).objects).toHaveLength(4);
});

test("of two that start at once, one does", async () => {
  const bench = new Bench();
  await bench.note(job, "a");
  const answers = await Promise.all([startIfDue(job, bench.dispatch), startIfDue(job, bench.dispatch)]);
  expect(bench.aws.executions.size).toBe(1);
  expect(answers.filter(({ started }) => started !== null).length).toBeGreaterThan(0);
});

test.each(["PutObject", "UpdateItem", "PutItem", "StartExecution"])(
  "cut off at %s, the next one to look starts what was begun, and only once",
  async (request) => {
    for (const moment of ["before", "after"] as const) {
      const bench = new Bench();
      await bench.note(job, "a");
      bench.aws[moment] = (name) => {
        if (name === request) throw new Error("cut off");
      };
      await expect(startIfDue(job, bench.dispatch)).rejects.toThrow("cut off");
      bench.aws[moment] = () => {};
      await startIfDue(job, bench.dispatch);
      expect(onlyExecution(bench).input.batchId).toBe(bench.state(job)?.batch_id);
      expect(bench.state(job)).toMatchObject({ status: "running", generation: 1 });
    }
  },
);

test.each([0, 3])("whoever was overtaken between looking and locking starts nothing (after %d runs)", async (runs) => {
  const bench = new Bench();
  const state = `job#refine#${job} state`;
  const idle = () => bench.aws.items.set(state, { ...bench.state(job), status: "idle" });
  await bench.note(job, "a");
  for (let run = 0; run < runs; run++) {
    await startIfDue(job, bench.dispatch);
    idle();
  }
  bench.aws.before = async (name) => {
    if (name !== "PutObject") return;
    bench.aws.before = () => {};
    expect((await startIfDue(job, bench.dispatch)).started).not.toBeNull();
    idle();
  };
  expect(await startIfDue(job, bench.dispatch)).toEqual({ started: null, reason: "it has just been started" });
  expect(bench.aws.executions.size).toBe(runs + 1);
});
