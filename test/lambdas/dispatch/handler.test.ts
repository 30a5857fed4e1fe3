import { contracts } from "../../contracts/pipelines/fixtures";
import { created, Deployed } from "./deployed";

const key = (dataset: string, name: string) => `sales/${dataset}/ingest_date=2026-01-01/${name}.parquet`;

let deployed: Deployed;

beforeAll(() => {
  deployed = new Deployed({
    LAYER: "refine",
    MASKING_KEY: "alias/lake-masking",
    STATE_MACHINE_ARN: "arn:aws:states:eu-central-1:111111111111:stateMachine:lake-refine",
    META_BUCKET: "refined",
    JOB_PREFIX: "lake-refine-",
    NEXT_FUNCTION: "lake-dispatch-curate",
  });
});
beforeEach(() => deployed.reset());
afterAll(() => deployed.end());

test("what arrives together is one batch for each dataset, with one run", async () => {
  const failed = await deployed.send(
    created("raw", [key("orders", "a"), key("orders", "São Paulo +1")]),
    created("raw", [key("orders", "a")]),
    created("raw", [key("sellers", "a")]),
  );
  expect(failed).toEqual([]);
  expect(deployed.started().map(({ job }) => job)).toEqual(["sales/orders", "sales/sellers"]);
  const uris = deployed.manifest(deployed.started()[0]).objects.map(({ uri }) => uri);
  expect(uris.sort()).toEqual([`s3://raw/${key("orders", "São Paulo +1")}`, `s3://raw/${key("orders", "a")}`]);
  expect(deployed.metrics[0]).toMatchObject({ RunsStarted: 1, job: "sales/orders" });
});

test.each([
  ["the test event of a new notification", JSON.stringify({ Event: "s3:TestEvent" })],
  ["a deletion", created("raw", [key("orders", "a")], "ObjectRemoved:Delete")],
  ["a folder of the console's", created("raw", ["sales/orders/"])],
  ["an object of no dataset", created("raw", [key("nothing", "a")])],
  ["what lies beside the data", created("raw", ["_meta/sales/orders/runs/b.json"])],
  ["what ingestion stages", created("raw", ["_staging/sales/orders/orders/7/0f3c/data/part-00000.snappy.parquet"])],
  ["what is no Parquet", created("raw", ["sales/orders/ingest_date=2026-01-01/_SUCCESS"])],
])("%s is ignored", async (_what, body) => {
  expect(await deployed.send(body)).toEqual([]);
  expect(deployed.aws.items.size).toBe(0);
  expect(deployed.started()).toEqual([]);
});

test("a message that is none of S3's fails, and the others beside it do not", async () => {
  expect(await deployed.send("{}", created("raw", [key("orders", "a")]), "cut o")).toEqual(["m0", "m2"]);
  expect(deployed.started()).toHaveLength(1);
});

test("when a run cannot be started, the messages of its dataset come again, and those of others do not", async () => {
  deployed.aws.before = (name) => {
    if (name === "StartExecution") {
      deployed.aws.before = () => {};
      throw new Error("throttled");
    }
  };
  const messages = [
    created("raw", [key("orders", "a")]),
    created("raw", [key("orders", "b"), key("sellers", "a")]),
    created("raw", [key("sellers", "b")]),
  ];
  expect(await deployed.send(...messages)).toEqual(["m0", "m1"]);
  expect(deployed.started().map(({ job }) => job)).toEqual(["sales/sellers"]);
  expect(await deployed.send(...messages.slice(0, 2))).toEqual([]);
  expect(deployed.started().map(({ job }) => job)).toEqual(["sales/sellers", "sales/orders"]);
});

test("the end of a run is told to the next layer", async () => {
  await deployed.send(created("raw", [key("orders", "a")]));
  const [input] = deployed.started();
  const error = { Error: "States.TaskFailed", Cause: '{"ErrorMessage":"QualityRefusedError: no"}' };
  const job = "sales/orders";
  const batchId = String(input?.batchId);
  expect(await deployed.ask({ action: "finish", job, batchId, outcome: "failed", error })).toEqual({
    next: "failed",
    attempt: 1,
    waitSeconds: 0,
    reason: "QualityRefusedError: no",
  });
  expect(deployed.invoked).toEqual([{ function: "lake-dispatch-curate", request: { action: "settled", job } }]);
});

test("requests are answered", async () => {
  expect(await deployed.ask({ action: "run", job: "sales/orders" })).toEqual({
    started: null,
    reason: "nothing waits",
  });
  expect(await deployed.ask({ action: "sweep" })).toEqual({ swept: contracts.length });
});
