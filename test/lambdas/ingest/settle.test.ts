import { regularWindow, type SettleRequest } from "../../../contracts/ingestion";
import { claim } from "../../../lambdas/ingest/claim";
import { settle } from "../../../lambdas/ingest/settle";
import { sweep } from "../../../lambdas/ingest/sweep";
import { Bench, executionOf, id, source, table } from "./support";

let bench: Bench;
beforeEach(async () => {
  bench = new Bench().deploy();
  await claim({ action: "claim", source, execution: bench.begin("one") }, bench.ingest);
});

const ask = (more: Partial<SettleRequest> = {}) =>
  settle(
    { action: "settle", source, table, token: 1, outcome: "succeeded", execution: executionOf("one"), ...more },
    bench.ingest,
  );

/** The job finishes, with its own word. */
function finish(status: "succeeded" | "empty" = "succeeded", rows = 12): void {
  const { holder, lease_until, ...state } = bench.state() ?? {};
  bench.put({ ...state, committed_stop: "2026-01-01T05:58:00.000000Z" } as never);
  bench.aws.items.delete(`state#${id} ${regularWindow}`);
  bench.put({ ...bench.history()[0], status, rows_written: rows } as never);
}

const failed = { Error: "States.TaskFailed", Cause: '{"ErrorMessage":"SchemaRefusedError: price is a text"}' };

test.each(["succeeded", "failed"] as const)("the job's own word counts, though its run %s", async (outcome) => {
  finish();
  const answered = { table, outcome: "succeeded", reason: "", rows: 12 };
  expect(await ask({ outcome, error: failed, cluster: "j-1", step: "s-1" })).toEqual(answered);
  expect(bench.history()).toMatchObject([{ status: "succeeded", cluster_id: "j-1", step_id: "s-1" }]);
  expect(await ask({ outcome })).toEqual(answered);
});

test("a window without anything in it is one, too", async () => {
  finish("empty", 0);
  expect(await ask()).toEqual({ table, outcome: "empty", reason: "", rows: 0 });
});

test("a failure is recorded and frees the table; the window stays, with the next attempt", async () => {
  expect(await ask({ outcome: "failed", error: failed, cluster: "j-1" })).toEqual({
    ...{ table, outcome: "failed", reason: "SchemaRefusedError: price is a text", rows: 0 },
  });
  const state = bench.state();
  expect([state?.holder, state?.lease_until, state?.token]).toEqual([undefined, undefined, 1]);
  expect(bench.window()).toMatchObject({ attempts: 1 });
  expect(bench.history()).toMatchObject([
    {
      ...{ status: "failed", error_name: "SchemaRefusedError", error: "SchemaRefusedError: price is a text" },
      ...{ cluster_id: "j-1", finished_at: "2026-01-01T06:00:02.000000Z" },
    },
  ]);
});

test("asked again, it says the same and changes nothing", async () => {
  const first = await ask({ outcome: "failed", error: failed });
  const items = structuredClone([...bench.aws.items]);
  expect(await ask({ outcome: "failed", error: { Error: "States.Timeout" } })).toEqual(first);
  expect([...bench.aws.items]).toEqual(items);
});

test("an attempt that a sweep has given up stays lost", async () => {
  bench.end("one");
  await sweep(bench.ingest);
  const reason = `its execution ${executionOf("one")} ended without a word`;
  expect(await ask({ outcome: "failed", error: failed })).toMatchObject({ outcome: "failed", reason });
  expect(bench.history()).toMatchObject([{ status: "lost", error: reason }]);
});

test("what the job has said of its failure is kept, and where it ran is added", async () => {
  const said = { status: "failed", error_name: "CountRefusedError", error: "3 of 4 rows", finished_at: "2026-01-01" };
  bench.put({ ...bench.history()[0], ...said } as never);
  const Cause = '{"Step":{"Id":"s-2AB","Status":{"State":"FAILED","FailureDetails":{"Message":"exit code 1"}}}}';
  const answered = await ask({ outcome: "failed", error: { Error: "States.TaskFailed", Cause }, cluster: "j-1" });
  expect(answered).toMatchObject({ outcome: "failed", reason: "CountRefusedError: 3 of 4 rows" });
  expect(bench.history()).toMatchObject([{ ...said, step_id: "s-2AB", cluster_id: "j-1" }]);
  expect(bench.state()?.holder).toBeUndefined();
});

test("a job that ended well without a word has failed", async () => {
  expect(await ask()).toMatchObject({
    outcome: "failed",
    reason: "NoWord: the job ended well and left no word of its window",
  });
});

test("a table that somebody else has by now is left alone", async () => {
  bench.end("one");
  await claim({ action: "claim", source, execution: bench.begin("two") }, bench.ingest);
  const items = structuredClone([...bench.aws.items]);
  expect(await ask({ outcome: "failed", error: failed })).toEqual({
    ...{ table, outcome: "fenced", reason: "the table was taken over: its token is 2 by now, and was 1", rows: 0 },
  });
  expect([...bench.aws.items]).toEqual(items);
  expect(await ask({ token: 7 })).toMatchObject({ outcome: "fenced", reason: "nothing is known of token 7" });
});

test("a job that had finished before its table went to another has succeeded", async () => {
  finish();
  await claim({ action: "claim", source, execution: bench.begin("two") }, bench.ingest);
  expect(await ask({ outcome: "failed", error: failed })).toMatchObject({ outcome: "succeeded", rows: 12 });
});

test("a table that is taken over, or finished, while it is being freed is not freed", async () => {
  const meanwhile = (happens: () => Promise<unknown>) => {
    bench.aws.before = async (name) => {
      if (name !== "TransactWriteItems") return;
      bench.aws.before = () => {};
      await happens();
    };
  };
  bench.end("one");
  const other = new Bench(bench.aws);
  meanwhile(() => claim({ action: "claim", source, execution: bench.begin("two") }, other.ingest));
  expect(await ask({ outcome: "failed", error: failed })).toMatchObject({ outcome: "fenced" });
  expect(bench.state()).toMatchObject({ token: 2, holder: executionOf("two") });
  meanwhile(async () => bench.put({ ...bench.history()[1], status: "succeeded", rows_written: 3 } as never));
  expect(await ask({ token: 2, outcome: "failed", error: failed })).toMatchObject({ outcome: "succeeded", rows: 3 });
});

test("a failure that the job has noted itself frees nobody else's table", async () => {
  bench.put({ ...bench.history()[0], status: "failed", error: "no" } as never);
  bench.end("one");
  const other = new Bench(bench.aws);
  bench.aws.before = async (name) => {
    if (name !== "TransactWriteItems") return;
    bench.aws.before = () => {};
    await claim({ action: "claim", source, execution: bench.begin("two") }, other.ingest);
  };
  expect(await ask({ outcome: "failed", error: failed })).toMatchObject({ outcome: "fenced" });
  expect(bench.state()).toMatchObject({ token: 2, holder: executionOf("two") });
});
