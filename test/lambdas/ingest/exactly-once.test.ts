/** Whatever happens in whatever order, and wherever anybody is cut off: no window is lost, and none is read twice. */
import fc from "fast-check";
import { breakages } from "./breakages";
import { finalProblems, Watch } from "./invariants";
import {
  type Breakage,
  backfillOf,
  begin,
  type Fate,
  lagMs,
  leaseMs,
  minute,
  mostSkew,
  overlapMs,
  run,
  World,
} from "./world";

type Move =
  | { readonly kind: "run" }
  | { readonly kind: "sweep" }
  /** Minutes after the beginning, and from then on. */
  | { readonly kind: "backfill"; readonly from: number; readonly minutes: number }
  | { readonly kind: "write"; readonly key: number; readonly value: number; readonly commitsAfter: number }
  | { readonly kind: "wait"; readonly minutes: number }
  | { readonly kind: "abort"; readonly who: number }
  /** Somebody goes on; at the last of so many steps something may happen. */
  | { readonly kind: "steps"; readonly who: number; readonly steps: number; readonly fate: Fate };

const writing: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant("write"),
  key: fc.integer({ min: 1, max: 5 }),
  value: fc.nat(1000),
  commitsAfter: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: overlapMs + lagMs })),
});

const fate = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fate>("go") },
  { weight: 1, arbitrary: fc.constant<Fate>("before") },
  { weight: 1, arbitrary: fc.constant<Fate>("after") },
);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: writing },
  { weight: 3, arbitrary: fc.constant<Move>({ kind: "run" }) },
  { weight: 1, arbitrary: fc.constant<Move>({ kind: "sweep" }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("backfill" as const),
      from: fc.nat(90),
      minutes: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), minutes: fc.constantFrom(1, 5, 20, 45, 70) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("abort" as const), who: fc.nat(3) }) },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant("steps" as const),
      who: fc.nat(5),
      steps: fc.integer({ min: 1, max: 40 }),
      fate,
    }),
  },
);

interface Story {
  readonly moves: readonly Move[];
  /** Of the functions' clocks. */
  readonly skews: readonly number[];
}

const story: fc.Arbitrary<Story> = fc.record({
  moves: fc.array(move, { minLength: 5, maxLength: 40 }),
  skews: fc.array(fc.integer({ min: -mostSkew, max: mostSkew }), { minLength: 1, maxLength: 5 }),
});

async function play(world: World, moves: readonly Move[]): Promise<void> {
  for (const next of moves) {
    if (next.kind === "run") await world.ask(run);
    else if (next.kind === "sweep") await world.ask({ action: "sweep" });
    else if (next.kind === "write") world.database.write(next.key, next.value, next.commitsAfter);
    else if (next.kind === "wait") world.now += next.minutes * minute;
    else if (next.kind === "abort") {
      const name = world.running[next.who % Math.max(1, world.running.length)];
      if (name !== undefined) await world.abort(name);
    } else if (next.kind === "backfill") {
      const from = begin + next.from * minute;
      const stop = Math.min(from + next.minutes * minute, world.now - mostSkew);
      if (from < stop) await world.ask(backfillOf(from, stop));
    } else {
      const who = world.waiting[next.who % Math.max(1, world.waiting.length)];
      for (let left = next.steps; left > 0 && who?.waits; left--) {
        await world.step(who, left === 1 || next.fate === "go" ? next.fate : "go");
      }
    }
  }
}

/** Nothing happens any more: what was left behind is put right, and the table is read up to now. */
async function recover(world: World, zombies: World["zombies"]): Promise<void> {
  await world.finishAll(zombies);
  world.now += 2 * leaseMs;
  await world.ask({ action: "sweep" });
  await world.finishAll(zombies);
  // The first may have to end what an earlier one began; what was committed late is seen by the last.
  for (const _ of [1, 2, 3]) {
    world.now += overlapMs + lagMs;
    await world.ask(run);
    await world.finishAll(zombies);
    const last = world.bench.history().at(-1);
    if (last?.status !== "succeeded") world.problems.push(`a run that nothing befell ended as ${last?.status}`);
  }
}

async function problemsOf({ moves, skews }: Story, breakage: Breakage = {}): Promise<string[]> {
  const world = new World(skews, breakage);
  new Watch(world);
  await play(world, moves);
  await recover(world, world.zombies);
  const problems = finalProblems(world);
  // Those who have slept through all of it wake up: now they have to do no harm.
  await recover(world, new Set());
  return [...problems, ...finalProblems(world)];
}

/** A window with late rows is read, and then another one; something happens at one of the steps of the second. */
async function twoRuns(happens: (world: World, step: number) => Promise<"end" | "go">): Promise<number> {
  const world = new World();
  new Watch(world);
  for (const key of [1, 2, 3]) world.database.write(key, key, 0);
  world.now += 5 * minute;
  await world.ask(run);
  await world.finishAll();
  world.now += 10 * minute;
  for (const key of [1, 4, 5]) world.database.write(key, 10 * key, 10 * minute);
  world.now += 5 * minute;
  await world.ask(run);
  let steps = 0;
  for (let [worker] = world.waiting; worker !== undefined; [worker] = world.waiting) {
    steps += 1;
    if ((await happens(world, steps)) === "end") break;
    await world.step(worker);
  }
  await recover(world, world.zombies);
  const problems = finalProblems(world);
  await recover(world, new Set());
  expect([...problems, ...finalProblems(world)]).toEqual([]);
  return steps;
}

test("somebody is cut off, or falls asleep until all is over, at each single step", async () => {
  const all = await twoRuns(async () => "go");
  expect(all).toBeGreaterThan(25);
  for (let at = 1; at <= all; at++) {
    for (const fate of ["before", "after"] as const) {
      await twoRuns(async (world, step) => {
        const [worker] = world.waiting;
        if (step === at && worker !== undefined) await world.step(worker, fate);
        return step === at ? "end" : "go";
      });
    }
    await twoRuns(async (world, step) => {
      if (step !== at) return "go";
      for (const name of world.running) await world.abort(name);
      return "end";
    });
  }
});

test("whatever happens", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      expect(await problemsOf(told)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test.each(Object.entries(breakages))("it is noticed when %s", async (_what, breakage) => {
  const { failed } = await fc.check(
    fc.asyncProperty(story, async (told) => (await problemsOf(told, breakage)).length === 0),
    { numRuns: 200, endOnFailure: true, seed: 1 },
  );
  expect(failed).toBe(true);
});
