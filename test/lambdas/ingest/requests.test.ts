import type { IngestRequest } from "../../../contracts/ingestion";
import { answer } from "../../../lambdas/ingest/requests";
import { Bench, executionOf, source, table, tableOf } from "./support";

let bench: Bench;
beforeEach(() => {
  bench = new Bench().deploy([tableOf(), tableOf("carriers"), tableOf("codes", { full_load: true })]);
});

const requestId = "c0ffee00-0000-4000-8000-000000000001";
const ask = (request: unknown) => answer(request as IngestRequest, requestId, bench.ingest);
const inputs = () => [...bench.aws.executions.values()].map(({ input }) => input);

test("a run is an execution of the compute's state machine, once for each request", async () => {
  const execution = executionOf(`freight-freight-${requestId}`);
  expect(await ask({ action: "run", source })).toEqual({ execution });
  expect(await ask({ action: "run", source })).toEqual({ execution });
  expect(inputs()).toEqual([{ source }]);
});

test("a run may be of some tables only", async () => {
  await ask({ action: "run", source, tables: [table] });
  expect(inputs()).toEqual([{ source, tables: [table] }]);
});

test("names of executions have 80 characters at most", async () => {
  const long = `freight/${"f".repeat(60)}`;
  bench.deploy([tableOf()], { id: long });
  const { execution } = (await ask({ action: "run", source: long })) as { execution: string };
  expect(execution.split(":").at(-1)).toHaveLength(80);
  expect(execution.endsWith(requestId)).toBe(true);
});

test("a backfill is an execution with its moments in full", async () => {
  await ask({ action: "backfill", source, table, start: "2025-12-01T00:00Z", stop: "2025-12-02T10:00:00.25Z" });
  const backfill = { table, start: "2025-12-01T00:00:00.000000Z", stop: "2025-12-02T10:00:00.250000Z" };
  expect(inputs()).toEqual([{ source, backfill }]);
});

const from = "2025-12-01T00:00:00Z";

test.each([
  [{ action: "run", source: "freight/frieght" }, "there is no source freight/frieght: write freight/freight"],
  [{ action: "run", source: "web/clicks" }, "there is no source web/clicks: there are freight/freight"],
  [{ action: "run", source, tables: ["shipment", "x"] }, "has no table shipment: write shipments; freight/freight has"],
  [{ action: "run", source, tables: ["x"] }, "freight/freight has no table x: there are carriers, codes, shipments"],
  [{ action: "run", source, tables: [] }, "the list of tables is empty"],
  [{ action: "claim", source: "web/clicks", execution: "e" }, "there is no source web/clicks"],
  [{ action: "backfill", source, table: "x", start: from, stop: from }, "has no table x"],
  [{ action: "backfill", source, table, start: from, stop: from }, `start ${from} is not before stop ${from}`],
  [
    { action: "backfill", source, table, start: from, stop: "2026-01-02T00:00:00Z" },
    "stop 2026-01-02T00:00:00Z is in the future",
  ],
  [
    { action: "backfill", source, table, start: "2025-12-01T00:00:00+01:00", stop: "2025-02-30T00:00:00Z" },
    "start 2025-12-01T00:00:00+01:00 is no moment: write it in UTC as 2026-01-31T10:00:00Z; stop 2025-02-30T00:00:00Z is no moment",
  ],
  [{ action: "backfill", source, table, start: "2025-12-01", stop: "now" }, "start 2025-12-01 is no moment"],
  [
    { action: "backfill", source, table: "codes", start: from, stop: "2025-12-02T00:00:00Z" },
    "codes is read whole each time: run it instead",
  ],
  [{ action: "claim", source, execution: "e", backfill: { table, start: from, stop: from } }, "is not before stop"],
  [{ action: "settle", source }, "the request to settle has no table, token, outcome"],
  [{ action: "walk" }, "its action must be one of run, backfill, claim, settle, summarize, sweep"],
  [{}, "is no request"],
])("%j is refused with what is wrong and the way out", async (request, message) => {
  await expect(ask(request)).rejects.toThrow(message);
  expect(inputs()).toEqual([]);
});

test("a source on a compute without a state machine is refused", async () => {
  bench.deploy([], { compute: "glue" });
  await expect(ask({ action: "run", source })).rejects.toThrow("is to be read by glue, which was not deployed");
});

test("sources are told when none is deployed", async () => {
  bench = new Bench();
  await expect(ask({ action: "run", source })).rejects.toThrow(
    "there is no source freight/freight: no source is deployed",
  );
});

test("the requests of the state machine and of the clock are answered", async () => {
  const execution = bench.begin("one");
  expect(await ask({ action: "claim", source, execution, tables: null })).toMatchObject({ tables: { length: 3 } });
  const settled = await ask({ action: "settle", source, table, token: 1, outcome: "succeeded", execution });
  expect(settled).toMatchObject({ outcome: "failed" });
  expect(await ask({ action: "sweep" })).toEqual({ released: [], terminated: [] });
  expect(bench.counts).toMatchObject({ TablesClaimed: 3, TablesFailed: 1 });
});

describe("a summary", () => {
  const summarize = (results: unknown[], skipped: unknown[] = []) =>
    ask({ action: "summarize", source, execution: "arn:e", results, skipped });

  test("tells what became of each table", async () => {
    const results = [
      { table, outcome: "succeeded", reason: "", rows: 1 },
      { table: "carriers", outcome: "failed", reason: "CountRefusedError: 3 of 4", rows: 0 },
      { table: "日本", outcome: "empty", reason: "", rows: 0 },
    ];
    expect(await summarize(results, [{ table: "codes", reason: "x reads it" }])).toEqual({
      failed: 1,
      subject: "freight/freight: 1 of 3 tables failed, 1 skipped",
      message: [
        "shipments: succeeded, 1 row",
        "carriers: failed: CountRefusedError: 3 of 4",
        "日本: empty",
        "codes: skipped, as x reads it",
        "Execution: arn:e",
      ].join("\n"),
    });
  });

  test("has a subject that SNS takes", async () => {
    const long = `${"d".repeat(63)}/${"s".repeat(63)}`;
    const answered = await ask({ action: "summarize", source: long, execution: "e", results: [], skipped: [] });
    expect((answered as { subject: string }).subject.length).toBeLessThan(100);
    expect(await summarize([{ table, outcome: "fenced", reason: "taken", rows: 0 }])).toMatchObject({
      ...{ failed: 0, subject: "freight/freight: 1 table read" },
    });
  });
});
