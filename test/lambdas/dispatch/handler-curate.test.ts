import { created, Deployed } from "./deployed";

const mart = "sales/seller_performance";
const commit = (dataset: string) => `masked/sales/${dataset}/metadata/00001-x.metadata.json`;

let deployed: Deployed;

beforeAll(() => {
  deployed = new Deployed({
    LAYER: "curate",
    STATE_MACHINE_ARN: "arn:aws:states:eu-central-1:111111111111:stateMachine:lake-curate",
    META_BUCKET: "curated",
    JOB_PREFIX: "lake-curate-",
  });
});
afterAll(() => deployed.end());

test("commits of inputs are noted, and the mart starts when the last of them has settled", async () => {
  expect(await deployed.send(created("refined", [commit("orders")]), created("refined", [commit("sellers")]))).toEqual(
    [],
  );
  expect(deployed.started()).toEqual([]);
  for (const dataset of ["orders", "order_items"]) {
    const pk = `job#refine#sales/${dataset}`;
    const succeeded_at = new Date().toISOString();
    deployed.aws.items.set(`${pk} state`, { pk, sk: "state", status: "idle", generation: 1, succeeded_at });
  }
  expect(await deployed.ask({ action: "settled", job: "sales/order_items" })).toEqual({ started: 1 });
  expect(deployed.started()).toMatchObject([{ job: mart, jobName: "lake-curate-sales-seller-performance" }]);
  expect(deployed.manifest(deployed.started()[0]).objects).toHaveLength(1);
});
