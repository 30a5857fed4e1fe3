import { backfillWindow, type ClaimAnswer, type ClaimRequest, regularWindow } from "../../../contracts/ingestion";
import { claim } from "../../../lambdas/ingest/claim";
import { Bench, executionOf, id, source, table, tableOf } from "./support";

let bench: Bench;
beforeEach(() => {
  bench = new Bench().deploy();
});

const ask = (execution: string, more: Partial<ClaimRequest> = {}): Promise<ClaimAnswer> =>
  claim({ action: "claim", source, execution, ...more }, bench.ingest);

const wait = (ms: number) => {
  bench.time += ms;
};

test("a table is claimed with a token, a lease, a window and an attempt", async () => {
  const execution = bench.begin("one");
  expect(await ask(execution)).toEqual({
    source,
    tables: [
      {
        ...{ table, token: 1, kind: "regular", window: regularWindow },
        arguments: [
          ...["--source", source, "--table", table],
          ...["--token", "1", "--kind", "regular", "--window", regularWindow],
        ],
      },
    ],
    skipped: [],
    concurrency: 2,
  });
  expect(bench.state()).toEqual({
    ...{ pk: `state#${id}`, sk: "state", token: 1, holder: execution },
    ...{ lease_until: "2026-01-01T07:00:01.000000Z", started_at: "2026-01-01T06:00:01.000000Z" },
  });
  expect(bench.window()).toEqual({ pk: `state#${id}`, sk: regularWindow, kind: "regular", attempts: 1 });
  expect(bench.history()).toEqual([
    {
      ...{ pk: `history#${id}`, sk: "2026-01-01T06:00:01.000000Z#1", status: "running", kind: "regular" },
      ...{ attempt: 1, token: 1, execution, started_at: "2026-01-01T06:00:01.000000Z" },
    },
  ]);
});

test("history is forgotten after so many days, where it is", async () => {
  bench = new Bench(undefined, { historyDays: 30 }).deploy();
  await ask(bench.begin("one"));
  expect(bench.history()[0]?.expires_at).toBe(Date.parse("2026-01-31T06:00:01Z") / 1000);
});

test("asked again by the same execution, it says the same and changes nothing", async () => {
  const execution = bench.begin("one");
  const first = await ask(execution);
  const items = structuredClone([...bench.aws.items]);
  expect(await ask(execution)).toEqual(first);
  expect([...bench.aws.items]).toEqual(items);
});

test("a table that somebody has is skipped, with the reason", async () => {
  await ask(bench.begin("one"));
  expect(await ask(bench.begin("two"))).toMatchObject({
    tables: [],
    skipped: [{ table, reason: `${executionOf("one")} reads it and holds it until 2026-01-01T07:00:01.000000Z` }],
  });
  expect(bench.state()?.token).toBe(1);
});

test.each([
  ["whose execution has ended", () => bench.end("one"), /ended without a word/],
  ["whose lease is over", () => wait(3_600_000), /its lease ended at 2026-01-01T07:00:01/],
])("a table %s is taken over, with the very same window", async (_what, happens, reason) => {
  await ask(bench.begin("one"));
  bench.put({ ...bench.window(), stop: "2026-01-01T05:58:00.000000Z" } as never);
  happens();
  const two = bench.begin("two");
  expect((await ask(two)).tables).toMatchObject([{ token: 2, kind: "regular" }]);
  expect(bench.state()).toMatchObject({ token: 2, holder: two });
  expect(bench.window()).toMatchObject({ attempts: 2, stop: "2026-01-01T05:58:00.000000Z" });
  expect(bench.history()).toMatchObject([
    { status: "lost", error: expect.stringMatching(reason) },
    { status: "running", attempt: 2, window_stop: "2026-01-01T05:58:00.000000Z" },
  ]);
});

test("an execution that Step Functions does not know yet is not taken for one that has ended", async () => {
  await ask(executionOf("unknown"));
  expect((await ask(bench.begin("two"))).skipped).toHaveLength(1);
  wait(5 * 60_000);
  expect((await ask(bench.begin("two"))).tables).toHaveLength(1);
});

test("what the job has said of its end is kept when its table is taken over", async () => {
  await ask(bench.begin("one"));
  bench.put({ ...bench.history()[0], status: "failed", error: "SchemaRefusedError: no" } as never);
  bench.end("one");
  await ask(bench.begin("two"));
  expect(bench.history()).toMatchObject([{ status: "failed", error: "SchemaRefusedError: no" }, { status: "running" }]);
});

test("the next window begins where the last one ended; a window that is read whole has no beginning", async () => {
  const committed_stop = "2026-01-01T05:00:00.000000Z";
  const state = { token: 4, started_at: "2026-01-01T04:00:00.000000Z", committed_stop };
  bench.put({ pk: `state#${id}`, sk: "state", ...state } as never);
  await ask(bench.begin("one"));
  expect(bench.window()).toEqual(expect.objectContaining({ kind: "regular", start: committed_stop }));
  expect(bench.state()).toMatchObject({ token: 5, committed_stop });
  bench.end("one");
  // By now the table is read whole: nothing of the open window was published.
  bench.deploy([tableOf(table, { full_load: true })]);
  expect((await ask(bench.begin("two"))).tables).toMatchObject([{ kind: "full", token: 6 }]);
  expect(bench.window()).toEqual({ pk: `state#${id}`, sk: regularWindow, kind: "full", attempts: 1 });
});

test("a window that was decided stays what it is, however the table is read by now", async () => {
  await ask(bench.begin("one"));
  const decided = { token: 1, manifest: "m", rows: 1, bytes: 1 };
  bench.put({ ...bench.window(), stop: "2026-01-01T05:58:00.000000Z", decided } as never);
  bench.end("one");
  bench.deploy([tableOf(table, { full_load: true })]);
  expect((await ask(bench.begin("two"))).tables).toMatchObject([{ kind: "regular", token: 2 }]);
  expect(bench.window()).toMatchObject({ kind: "regular", attempts: 2, decided });
});

test("a backfill has a window of its own and leaves the regular one alone", async () => {
  await ask(bench.begin("one"));
  bench.end("one");
  const [start, stop] = ["2025-12-01T00:00:00.000000Z", "2025-12-02T00:00:00.000000Z"];
  const window = backfillWindow(start, stop);
  const backfill = { table, start: "2025-12-01T00:00Z", stop: "2025-12-02T00:00:00.0Z" };
  expect((await ask(bench.begin("two"), { backfill })).tables).toMatchObject([{ kind: "backfill", window, token: 2 }]);
  expect(bench.window(window)).toMatchObject({ kind: "backfill", start, stop, attempts: 1 });
  expect(bench.window()).toMatchObject({ kind: "regular", attempts: 1 });
  bench.end("two");
  await ask(bench.begin("three"), { backfill });
  expect(bench.window(window)).toMatchObject({ attempts: 2 });
});

test("tables come in the order of their priority, all of them or those that are asked for", async () => {
  bench.deploy([tableOf("b"), tableOf("a"), tableOf("last", { priority: 60 }), tableOf("first", { priority: 1 })]);
  const named = async (execution: string, tables?: string[]) =>
    (await ask(bench.begin(execution), tables && { tables })).tables.map(({ table: name }) => name);
  expect(await named("some", ["last", "first"])).toEqual(["first", "last"]);
  bench.end("some");
  expect(await named("all")).toEqual(["first", "a", "b", table, "last"]);
});

test("names are taken as they are", async () => {
  const odd = '"; DROP TABLE x --/#~\\ 日本';
  bench.deploy([tableOf(odd)]);
  const { tables } = await ask(bench.begin("one"), { tables: [odd] });
  expect(tables[0]?.arguments).toContain(odd);
  expect(bench.state(`${source}/${odd}`)).toMatchObject({ token: 1 });
});

describe("what changes between the look and the claim", () => {
  /** Something happens just before the first transaction. */
  function meanwhile(happens: () => void): void {
    bench.aws.before = (name) => {
      if (name !== "TransactWriteItems") return;
      bench.aws.before = () => {};
      happens();
    };
  }

  test("somebody else claims it: it is skipped", async () => {
    const other = bench.begin("other");
    const competitor = new Bench(bench.aws);
    let theirs: Promise<ClaimAnswer> | undefined;
    bench.aws.before = async (name) => {
      if (name !== "TransactWriteItems") return;
      bench.aws.before = () => {};
      theirs = claim({ action: "claim", source, execution: other }, competitor.ingest);
      await theirs;
    };
    expect((await ask(bench.begin("one"))).skipped).toHaveLength(1);
    expect((await theirs)?.tables).toHaveLength(1);
    expect(bench.history()).toHaveLength(1);
  });

  test("a job that was given up finishes: the next window is claimed, and not the same again", async () => {
    await ask(bench.begin("one"));
    bench.put({ ...bench.window(), stop: "2026-01-01T05:58:00.000000Z" } as never);
    bench.end("one");
    meanwhile(() => {
      const { holder, lease_until, ...state } = bench.state() ?? {};
      bench.put({ ...state, committed_stop: "2026-01-01T05:58:00.000000Z" } as never);
      bench.aws.items.delete(`state#${id} ${regularWindow}`);
      bench.put({ ...bench.history()[0], status: "succeeded" } as never);
    });
    expect((await ask(bench.begin("two"))).tables).toMatchObject([{ token: 2 }]);
    expect(bench.window()).toMatchObject({ start: "2026-01-01T05:58:00.000000Z", attempts: 1 });
    expect(bench.history()).toMatchObject([{ status: "succeeded" }, { status: "running" }]);
  });

  /** Something happens when the state has been read, and the window has not. */
  function inBetween(happens: () => Promise<unknown>): void {
    let reads = 0;
    bench.aws.before = async (name) => {
      if (name !== "GetItem" || ++reads < 2) return;
      bench.aws.before = () => {};
      await happens();
    };
  }

  test.each([
    ["first", {}],
    ["next", { committed_stop: "2026-01-01T04:58:00.000000Z" }],
  ])("a job finishes the %s window after its state was read: that time is not read again", async (_which, before) => {
    await ask(bench.begin("one"));
    bench.put({ ...bench.state(), ...before } as never);
    bench.end("one");
    inBetween(async () => {
      const { holder, lease_until, ...state } = bench.state() ?? {};
      bench.put({ ...state, committed_stop: "2026-01-01T05:58:00.000000Z" } as never);
      bench.aws.items.delete(`state#${id} ${regularWindow}`);
      bench.put({ ...bench.history()[0], status: "succeeded" } as never);
    });
    await ask(bench.begin("two"));
    expect(bench.window()).toMatchObject({ start: "2026-01-01T05:58:00.000000Z" });
  });

  test("somebody else claims it after its state was read: no token is given twice", async () => {
    await ask(bench.begin("one"));
    bench.end("one");
    const competitor = new Bench(bench.aws);
    inBetween(() => claim({ action: "claim", source, execution: bench.begin("other") }, competitor.ingest));
    expect((await ask(bench.begin("two"))).skipped).toHaveLength(1);
    expect(bench.state()).toMatchObject({ token: 2, holder: executionOf("other") });
  });

  test("a job notes why it has failed: that is kept", async () => {
    await ask(bench.begin("one"));
    bench.end("one");
    meanwhile(() => bench.put({ ...bench.history()[0], status: "failed", error: "CountRefusedError: no" } as never));
    await ask(bench.begin("two"));
    expect(bench.history()).toMatchObject([{ status: "failed", error: "CountRefusedError: no" }, { attempt: 2 }]);
  });

  test("a job decides a window that was to be replaced: it stays", async () => {
    await ask(bench.begin("one"));
    bench.end("one");
    bench.deploy([tableOf(table, { full_load: true })]);
    const decided = { token: 1, manifest: "m", rows: 1, bytes: 1 };
    meanwhile(() => bench.put({ ...bench.window(), decided } as never));
    expect((await ask(bench.begin("two"))).tables).toMatchObject([{ kind: "regular" }]);
    expect(bench.window()).toMatchObject({ decided, attempts: 2 });
  });

  test("it changes again and again: the request fails, to be made again", async () => {
    await ask(bench.begin("one"));
    bench.end("one");
    bench.aws.before = (name) => {
      const attempts = (bench.window()?.attempts ?? 0) + 1;
      if (name === "TransactWriteItems") bench.put({ ...bench.window(), attempts } as never);
    };
    await expect(ask(bench.begin("two"))).rejects.toThrow("changed 5 times while it was being claimed");
  });
});
