import { claim } from "../../../lambdas/ingest/claim";
import { sweep } from "../../../lambdas/ingest/sweep";
import { Bench, executionOf, id, source, tableOf } from "./support";

let bench: Bench;
beforeEach(async () => {
  bench = new Bench().deploy();
  await claim({ action: "claim", source, execution: bench.begin("one") }, bench.ingest);
});

const minutes = 60_000;
const cluster = (name: string, age: number) => ({
  ...{ id: `j-${name}`, execution: name, createdAt: new Date(bench.time - age) },
});

test("what goes on is left alone, though its lease were over", async () => {
  bench.time += 120 * minutes;
  expect(await sweep(bench.ingest)).toEqual({ released: [], terminated: [] });
  expect(bench.state()).toMatchObject({ token: 1, holder: executionOf("one") });
});

test("a table whose execution has ended is freed, and its attempt is lost", async () => {
  bench.end("one");
  expect(await sweep(bench.ingest)).toEqual({ released: [id], terminated: [] });
  expect(bench.state()?.holder).toBeUndefined();
  expect(bench.history()).toMatchObject([
    { status: "lost", error: `its execution ${executionOf("one")} ended without a word` },
  ]);
  expect(bench.window()).toMatchObject({ attempts: 1 });
  expect(await sweep(bench.ingest)).toEqual({ released: [], terminated: [] });
});

test("what the job has said of its failure is kept", async () => {
  bench.put({ ...bench.history()[0], status: "failed", error: "no" } as never);
  bench.end("one");
  expect(await sweep(bench.ingest)).toEqual({ released: [id], terminated: [] });
  expect(bench.history()).toMatchObject([{ status: "failed", error: "no" }]);
});

test("a table that is claimed meanwhile is not freed", async () => {
  bench.end("one");
  const other = new Bench(bench.aws);
  bench.aws.before = async (name) => {
    if (name !== "TransactWriteItems") return;
    bench.aws.before = () => {};
    await claim({ action: "claim", source, execution: bench.begin("two") }, other.ingest);
  };
  expect(await sweep(bench.ingest)).toEqual({ released: [], terminated: [] });
  expect(bench.state()).toMatchObject({ token: 2, holder: executionOf("two") });
});

test("clusters whose execution has ended, or that are too old, are ended", async () => {
  bench.begin("old");
  bench.end("one");
  bench.begin("two");
  bench.clusters.push(cluster("one", 0), cluster("two", 0), cluster("old", 13 * 60 * minutes));
  // Step Functions may not know at once of an execution that has just been started.
  bench.clusters.push(cluster("new", 4 * minutes), cluster("gone", 6 * minutes));
  expect((await sweep(bench.ingest)).terminated).toEqual(["j-one", "j-old", "j-gone"]);
  expect(bench.terminated).toEqual(["j-one", "j-old", "j-gone"]);
});

test("what goes wrong with one does not keep the others from being looked after", async () => {
  bench.deploy([tableOf("other")]);
  await claim({ action: "claim", source, execution: bench.begin("two"), tables: ["other"] }, bench.ingest);
  bench.end("one");
  bench.end("two");
  let first = true;
  bench.aws.before = (name) => {
    if (name === "DescribeExecution" && first) {
      first = false;
      throw new Error("throttled");
    }
  };
  await expect(sweep(bench.ingest)).rejects.toThrow("The sweep failed for 1 tables or clusters");
  const holders = [bench.state(), bench.state(`${source}/other`)].filter((state) => state?.holder !== undefined);
  expect(holders).toHaveLength(1);
});

test("sources that the deployment has not listed are listed by their first claim", async () => {
  bench.aws.items.delete(`sources ${source}`);
  await claim({ action: "claim", source, execution: executionOf("one") }, bench.ingest);
  bench.end("one");
  expect((await sweep(bench.ingest)).released).toEqual([id]);
});
