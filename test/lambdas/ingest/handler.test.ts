import type { Context } from "aws-lambda";
import { Deployed, settings } from "./deployed";
import { machine, source } from "./support";

const context = { awsRequestId: "c0ffee00-0000-4000-8000-000000000001" } as Context;

afterAll(() => jest.restoreAllMocks());

test("requests are answered, by the table of the deployment", async () => {
  const { handler, metrics, bench, emr } = new Deployed();
  const execution = `${machine.replace("stateMachine", "execution")}:freight-freight-${context.awsRequestId}`;
  expect(await handler({ action: "run", source }, context)).toEqual({ execution });
  expect(metrics[0]).toMatchObject({ IngestionsStarted: 1, source });
  expect(await handler({ action: "claim", source, execution }, context)).toMatchObject({ tables: { length: 1 } });
  expect(bench.history()[0]?.expires_at).toBeGreaterThan(Date.now() / 1000);
  expect(await handler({ action: "sweep" }, context)).toEqual({ released: [], terminated: [] });
  expect(emr).toHaveBeenCalledTimes(1);
  await expect(handler({ action: "run", source: "x/y" }, context)).rejects.toThrow("there is no source x/y");
});

test.each([
  [{ INGESTION_TABLE: "" }, "The environment variable INGESTION_TABLE is not set"],
  [{ LEASE_SECONDS: "soon" }, "The environment variable LEASE_SECONDS is soon, which is no number above 0"],
  [{ HISTORY_DAYS: "0" }, "The environment variable HISTORY_DAYS is 0"],
])("%j is noticed at once", (changes, message) => {
  Object.assign(process.env, settings, changes);
  const load = () => jest.isolateModules(() => require("../../../lambdas/ingest/handler"));
  expect(load).toThrow(message);
});
