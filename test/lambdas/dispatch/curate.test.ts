import { curateWork } from "../../../lambdas/dispatch/curate";
import { refineWork } from "../../../lambdas/dispatch/refine";
import { answer } from "../../../lambdas/dispatch/requests";
import { startAsked, startIfDue } from "../../../lambdas/dispatch/start";
import { sweep } from "../../../lambdas/dispatch/sweep";
import { config, contracts, pipelineOf } from "../../contracts/pipelines/fixtures";
import { Bench } from "./support";

const mart = "sales/seller_performance";
const inputs = ["sales/orders", "sales/order_items"];
const dayMs = 24 * 3600 * 1000;

let refine: Bench;
let curate: Bench;

beforeEach(() => {
  refine = new Bench();
  curate = new Bench("curate", refine.aws);
});

function execution(bench: Bench) {
  const prefix = bench === curate ? "sales-seller_performance-" : "sales-order";
  const found = [...bench.aws.executions.values()].findLast(({ name }) => name.startsWith(prefix));
  if (found === undefined) throw new Error("nothing was started");
  return { ...found, batchId: String(found.input.batchId) };
}

const started = () => [...refine.aws.executions.keys()].filter((name) => name.startsWith("sales-seller_performance-"));

/** A file of the dataset is refined; the commit is noted by curate before the run is over, as it happens. */
async function load(dataset: string, name = "a"): Promise<void> {
  await refine.note(dataset, name);
  await startIfDue(dataset, refine.dispatch);
  await commit(dataset, name);
  const { batchId } = execution(refine);
  refine.writeResult(dataset, batchId);
  await answer({ action: "finish", job: dataset, batchId, outcome: "succeeded" }, refine.dispatch);
  // Clocks go together.
  curate.time = Math.max(curate.time, refine.time);
}

async function commit(dataset: string, name: string): Promise<void> {
  const uri = `s3://refined/masked/${dataset}/metadata/00001-${name}.metadata.json`;
  for (const job of curate.dispatch.work.jobsOf(uri.replace("s3://refined/", ""))) {
    await curate.dispatch.runs.note(job, { uri, versionId: "v1" }, curate.dispatch.now());
  }
}

async function finish(): Promise<void> {
  const { batchId } = execution(curate);
  curate.writeResult(mart, batchId);
  await answer({ action: "finish", job: mart, batchId, outcome: "succeeded" }, curate.dispatch);
}

test("a mart starts when all inputs are there and at rest, once for all their changes", async () => {
  await load("sales/orders");
  expect(await startIfDue(mart, curate.dispatch)).toEqual({
    started: null,
    reason: "sales/order_items does not exist yet: none of its files has been refined",
  });
  await load("sales/order_items");
  expect(await answer({ action: "settled", job: "sales/order_items" }, curate.dispatch)).toEqual({ started: 1 });
  const { input, batchId } = execution(curate);
  expect(input).toEqual({
    job: mart,
    jobName: "lake-curate-sales-seller-performance",
    batchId,
    attempt: 1,
    arguments: {
      "--pipeline": mart,
      "--curated_bucket": "curated",
      "--batch_id": batchId,
      "--manifest": `s3://curated/_meta/${mart}/batches/${batchId}.json`,
      "--result": `s3://curated/_meta/${mart}/runs/${batchId}.json`,
    },
  });
  expect(curate.manifest(mart, batchId)).toMatchObject({ inputs, objects: [{}, {}] });
  await finish();
  expect(await startIfDue(mart, curate.dispatch)).toEqual({ started: null, reason: "nothing waits" });
});

test("it waits for inputs that are being refined or have files that wait", async () => {
  for (const dataset of inputs) await load(dataset);
  await refine.note("sales/orders", "b");
  expect((await startIfDue(mart, curate.dispatch)).reason).toBe("sales/orders has files that wait to be refined");
  await startIfDue("sales/orders", refine.dispatch);
  expect((await startIfDue(mart, curate.dispatch)).reason).toBe("sales/orders is being refined");
});

test("held files of an input do not keep it waiting", async () => {
  for (const dataset of inputs) await load(dataset);
  await refine.note("sales/orders", "b");
  await startIfDue("sales/orders", refine.dispatch);
  const error = { Error: "States.TaskFailed", Cause: '{"ErrorMessage":"QualityRefusedError: no"}' };
  const { batchId } = execution(refine);
  await answer({ action: "finish", job: "sales/orders", batchId, outcome: "failed", error }, refine.dispatch);
  expect((await startIfDue(mart, curate.dispatch)).started).not.toBeNull();
});

test("an input that is older than its contract's freshness holds it back, until it is asked for", async () => {
  for (const dataset of inputs) await load(dataset);
  curate.time += dayMs + 60_000;
  const { reason } = await startIfDue(mart, curate.dispatch);
  expect(reason).toContain("sales/orders is older than 24h, its contract's freshness");
  expect((await startAsked(mart, curate.dispatch)).started).not.toBeNull();
});

test("asked for, it runs whatever its inputs do, as often as it is asked", async () => {
  for (const dataset of inputs) await load(dataset);
  await refine.note("sales/orders", "b");
  await startAsked(mart, curate.dispatch);
  await finish();
  // Nothing has changed: a batch of its own all the same.
  await startAsked(mart, curate.dispatch);
  const { batchId } = execution(curate);
  expect(curate.manifest(mart, batchId)).toMatchObject({ objects: [] });
  await finish();
  await startAsked(mart, curate.dispatch);
  expect(execution(curate).batchId).not.toBe(batchId);
  expect(started()).toHaveLength(3);
});

test("asked for, it does not run while an input does not exist", async () => {
  await load("sales/orders");
  expect(await startAsked(mart, curate.dispatch)).toMatchObject({
    started: null,
    reason: "sales/order_items does not exist yet: none of its files has been refined",
  });
});

test("an input that changes while it runs makes it run again", async () => {
  for (const dataset of inputs) await load(dataset);
  await startIfDue(mart, curate.dispatch);
  await load("sales/orders", "b");
  expect(started()).toHaveLength(1);
  await finish();
  expect(started()).toHaveLength(2);
});

test("a sweep starts what has been forgotten", async () => {
  for (const dataset of inputs) await load(dataset);
  await sweep(curate.dispatch);
  expect(started()).toHaveLength(1);
});

test("a pipeline that starts by the clock does not start by changes", async () => {
  const scheduled = pipelineOf(`${config}start: { on: schedule, schedule: { cron: "rate(1 hour)" } }\n`);
  const work = curateWork({
    contracts,
    pipelines: [scheduled],
    bucket: "curated",
    refineRuns: refine.dispatch.runs,
  });
  curate = new Bench("curate", refine.aws, { work });
  for (const dataset of inputs) await load(dataset);
  expect(await startIfDue(mart, curate.dispatch)).toMatchObject({ reason: "it starts by its schedule only" });
  expect((await startAsked(mart, curate.dispatch)).started).not.toBeNull();
});

test("only commits to masked tables of inputs concern a pipeline", () => {
  const { work } = curate.dispatch;
  expect(work.jobsOf("masked/sales/orders/metadata/00001-x.metadata.json")).toEqual([mart]);
  for (const key of [
    "masked/sales/geolocation/metadata/00001-x.metadata.json",
    "clear/sales/orders/metadata/00001-x.metadata.json",
    "masked/sales/orders/data/x.parquet",
    "masked/sales/orders/metadata/snap-1.avro",
    "_meta/sales/orders/runs/b.json",
  ]) {
    expect(work.jobsOf(key)).toEqual([]);
  }
});

test("only Parquet files of datasets concern a refine job", () => {
  const work = refineWork({ contracts, bucket: "refined", maskingKey: "alias/x" });
  expect(work.jobsOf("sales/orders/ingest_date=2026-01-01/x.parquet")).toEqual(["sales/orders"]);
  for (const key of ["sales/nothing/x.parquet", "sales/orders/_SUCCESS", "_meta/sales/orders/x.json", "x.parquet"]) {
    expect(work.jobsOf(key)).toEqual([]);
  }
  expect(work.jobsAfter("sales/orders")).toEqual([]);
});
