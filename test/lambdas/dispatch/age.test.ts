import { startIfDue } from "../../../lambdas/dispatch/start";
import { sweep } from "../../../lambdas/dispatch/sweep";
import { contracts } from "../../contracts/pipelines/fixtures";
import { created, Deployed } from "./deployed";
import { Bench } from "./support";

const job = "sales/orders";
const HOUR = 3_600_000;

/** A bench whose job has taken data. */
async function taken(): Promise<Bench> {
  const bench = new Bench();
  await bench.note(job, "a");
  await startIfDue(job, bench.dispatch);
  const [execution] = [...bench.aws.executions.values()];
  bench.writeResult(job, String(execution?.input.batchId));
  Object.assign(execution ?? {}, { status: "SUCCEEDED" });
  await sweep(bench.dispatch);
  return bench;
}

test("a sweep says how old the last data is that a job has taken", async () => {
  const bench = await taken();
  bench.time += 30 * HOUR;
  await sweep(bench.dispatch);
  expect(Math.round((bench.ages[job] ?? 0) / 3600)).toBe(30);
});

test("nothing is said of data that never came", async () => {
  const bench = await taken();
  await sweep(bench.dispatch);
  expect(Object.keys(bench.ages)).toEqual([job]);
});

test("nor of data of which no contract says how old it may be", async () => {
  const bench = await taken();
  Object.assign(bench.dispatch.work, { promised: bench.dispatch.work.promised.filter((id) => id !== job) });
  await sweep(bench.dispatch);
  expect(bench.ages).toEqual({});
});

test("a failing job does not hide how old its data is", async () => {
  const bench = await taken();
  await bench.note(job, "b");
  bench.aws.before = (name) => {
    if (name === "StartExecution") throw new Error("throttled");
  };
  await expect(sweep(bench.dispatch)).rejects.toThrow();
  expect(bench.ages[job]).toBeGreaterThan(0);
});

describe("the function", () => {
  let deployed: Deployed;
  beforeAll(() => {
    deployed = new Deployed({
      LAYER: "refine",
      MASKING_KEY: "alias/lake-masking",
      STATE_MACHINE_ARN: "arn:aws:states:eu-central-1:111111111111:stateMachine:lake-refine",
      META_BUCKET: "refined",
      JOB_PREFIX: "lake-refine-",
      POWERTOOLS_SERVICE_NAME: "lake-dispatch-refine",
    });
  });
  afterAll(() => deployed.end());

  test("publishes it with the dimensions that the alarm of the dataset has", async () => {
    await deployed.send(created("raw", ["sales/orders/ingest_date=2026-01-01/a.parquet"]));
    const key = `job#refine#${job} state`;
    const state = deployed.aws.items.get(key);
    const succeeded_at = new Date(Date.now() - HOUR).toISOString();
    deployed.aws.items.set(key, { ...state, status: "idle", succeeded_at });
    deployed.metrics.length = 0;
    await deployed.ask({ action: "sweep" });
    const found = deployed.metrics.find((metric) => "DataAge" in metric) as
      | { DataAge: number; service: string; job: string; _aws: { CloudWatchMetrics: { Dimensions: string[][] }[] } }
      | undefined;
    expect(found).toMatchObject({ service: "lake-dispatch-refine", job });
    expect(Math.round((found?.DataAge ?? 0) / 60)).toBe(60);
    expect(found?._aws.CloudWatchMetrics[0]?.Dimensions.map((set) => [...set].sort())).toEqual([["job", "service"]]);
    expect(contracts.find(({ id }) => id === job)?.freshness).toBe("24h");
  });
});
