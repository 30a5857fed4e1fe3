/** A function that was overtaken by a later run has no say any more. */
import type { RunningState, RunRecord } from "../../../lambdas/dispatch/ports";
import { idOf } from "../../../lambdas/dispatch/run-store";
import { Bench, uriOf } from "./support";

const job = "sales/orders";
const time = new Date("2026-01-01T00:00:00Z");
const begin = (batch: string) => ({ batch_id: batch, execution_name: `e-${batch}`, locked_at: time.toISOString() });
const running = (generation: number): RunningState => ({ ...begin("b"), status: "running", generation });

let bench: Bench;
const runs = () => bench.dispatch.runs;

beforeEach(() => {
  bench = new Bench();
});

test("a job is locked by one, in turn", async () => {
  expect(await Promise.all([runs().lock(job, 0, begin("a")), runs().lock(job, 0, begin("b"))])).toEqual([true, false]);
  expect(await runs().lock(job, 1, begin("b"))).toBe(false);
  await runs().release(job, running(1), {});
  expect(await runs().lock(job, 0, begin("b"))).toBe(false);
  expect(await runs().lock(job, 2, begin("b"))).toBe(false);
  expect(await runs().lock(job, 1, begin("b"))).toBe(true);
  expect(bench.state(job)).toMatchObject({ status: "starting", generation: 2, ...begin("b") });
});

test("only the run that goes on is noted as started, and ended", async () => {
  await runs().lock(job, 0, begin("a"));
  await runs().release(job, running(1), { succeededAt: "2026-01-01", lost: 1 });
  await runs().lock(job, 1, begin("b"));
  await runs().started(job, running(1));
  expect(bench.state(job)).toMatchObject({ status: "starting" });
  await runs().release(job, running(1), { succeededAt: "2027-01-01", lost: 2 });
  expect(bench.state(job)).toMatchObject({ status: "starting", succeeded_at: "2026-01-01", lost: 1 });
  await runs().started(job, running(2));
  await runs().started(job, running(2));
  expect(bench.state(job)).toMatchObject({ status: "running" });
  await runs().release(job, running(2), {});
  await runs().release(job, running(2), { lost: 3 });
  expect(bench.state(job)).toMatchObject({ status: "idle", succeeded_at: "2026-01-01" });
  expect(bench.state(job)?.lost).toBeUndefined();
});

test("what is recorded of a run is replaced by its end and by a later run of its batch, not the other way round", async () => {
  const of = (generation: number, status: RunRecord["status"]): RunRecord => ({
    ...{ job, batch_id: "b", execution_name: "e", attempt: 1, objects: 1, started_at: time.toISOString() },
    ...{ generation, status },
  });
  const record = async (generation: number, status: RunRecord["status"]) => {
    await runs().record(of(generation, status), time);
    const { generation: found, status: now } = bench.run(job, "b") ?? {};
    return `${found} ${now}`;
  };
  expect(await record(1, "running")).toBe("1 running");
  expect(await record(1, "refused")).toBe("1 refused");
  expect(await record(1, "running")).toBe("1 refused");
  expect(await record(2, "running")).toBe("2 running");
  expect(await record(1, "refused")).toBe("2 running");
  expect(await record(2, "succeeded")).toBe("2 succeeded");
});

test("holding and letting go brings back nothing that is taken", async () => {
  const object = { uri: uriOf(job, "a"), versionId: "v1" };
  const waiting = { ...object, id: idOf(object) };
  await runs().note(job, object, time);
  await runs().hold(job, [waiting], "b");
  expect(await runs().waiting(job, 10)).toEqual([]);
  expect(await runs().held(job)).toEqual([waiting]);
  // Noted again, it stays held.
  await runs().note(job, object, time);
  expect(await runs().held(job)).toEqual([waiting]);
  await runs().letGo(job);
  expect(await runs().waiting(job, 10)).toEqual([waiting]);
  await runs().take(job, [waiting], "b");
  await runs().hold(job, [waiting], "b");
  await runs().note(job, object, time);
  expect(bench.pending(job)).toEqual([]);
});

test("what is taken is passed over, however much of it is in the way", async () => {
  for (const name of "abcdefghijkl") await bench.note(job, name);
  const all = await runs().waiting(job, 12);
  expect(all).toHaveLength(12);
  const pending = new Map(bench.aws.items);
  const [free, ...others] = all.toReversed();
  await runs().take(job, others, "b");
  // Messages that came late have noted them again.
  for (const [id, item] of pending) bench.aws.items.set(id, item);
  expect(await runs().waiting(job, 1)).toEqual([free]);
});
