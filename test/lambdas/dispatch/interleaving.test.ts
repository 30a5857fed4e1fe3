/** Whatever happens in whatever order, and wherever a function is cut off: nothing is lost, taken twice or run side by side. */
import fc from "fast-check";
import type { DispatchRequest, FinishAnswer } from "../../../contracts/runs";
import { answer } from "../../../lambdas/dispatch/requests";
import { startIfDue } from "../../../lambdas/dispatch/start";
import type { FakeExecution } from "./fake-aws";
import { Bench } from "./support";

const job = "sales/orders";
const names = ["a", "b", "c", "d", "e"];

/** How a Glue run ends; `lost`: nobody hears of its end; `published`: nor of that, but it had published. */
type Ending = "succeeded" | "refused" | "crashed" | "lost" | "published";

type Step =
  /** A message with these objects is received. */
  | { readonly kind: "message"; readonly objects: readonly string[] }
  | { readonly kind: "end"; readonly ending: Ending }
  | { readonly kind: "sweep" }
  | { readonly kind: "run"; readonly retryHeld: boolean };

/** What befalls a call of the function. */
interface Mishap {
  /** Cut off before or after this request of the step, if it makes so many. */
  readonly cut: number;
  readonly moment: "before" | "after";
  /** Sleeps before this request, until so many further actions have begun: meanwhile others do its work. */
  readonly sleep?: { readonly at: number; readonly turns: number } | undefined;
}

interface Action extends Mishap {
  readonly step: Step;
  /** Goes on with the next action before this one has ended. */
  readonly alongside: boolean;
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("message" as const), objects: fc.subarray(names, { minLength: 1 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      ending: fc.constantFrom<Ending>("succeeded", "succeeded", "refused", "crashed", "lost", "published"),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "sweep" }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("run" as const), retryHeld: fc.boolean() }) },
);

const actions = fc.array(
  fc.record<Action>({
    step,
    cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.integer({ min: 1, max: 14 }) }),
    moment: fc.constantFrom("before", "after"),
    sleep: fc.option(fc.record({ at: fc.integer({ min: 1, max: 14 }), turns: fc.integer({ min: 1, max: 6 }) }), {
      nil: undefined,
      freq: 3,
    }),
    alongside: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);

class CutOff extends Error {}

/** One dataset's queue, state machine and Glue job, around the real functions and a table in memory. */
class World {
  readonly bench: Bench;
  /** Objects of which a message was received. */
  readonly arrived = new Set<string>();
  /** What each run has published, by its execution. */
  readonly published = new Map<string, readonly string[]>();
  readonly #messages: (readonly string[])[] = [];
  #sleepers: { left: number; readonly wake: () => void }[] = [];
  /** Calls that Step Functions no longer waits for. */
  readonly zombies: Promise<unknown>[] = [];
  /** Glue runs that go on now, by execution: the number of the attempt. */
  readonly #glue = new Map<string, number>();

  constructor(private readonly turn: (what: string) => Promise<void>) {
    this.bench = new Bench("refine", undefined, { batchLimit: 3 });
  }

  /** A call of the function which is cut off at one of its requests; others may come in between. */
  async #call<T>(work: (bench: Bench) => Promise<T>, { cut, moment, sleep }: Mishap): Promise<T> {
    let requests = 0;
    const clients = this.bench.aws.clients(async (command, send) => {
      const mine = ++requests;
      await this.turn(command.constructor.name);
      if (mine === sleep?.at) await new Promise<void>((wake) => this.#sleepers.push({ left: sleep.turns, wake }));
      if (cut > 0 && (mine > cut || (mine === cut && moment === "before"))) throw new CutOff();
      const answered = await send();
      this.#look();
      if (mine === cut) throw new CutOff();
      return answered;
    });
    return work(new Bench("refine", this.bench.aws, { batchLimit: 3, now: this.bench.dispatch.now }, clients));
  }

  /** An action has begun: who has slept long enough wakes up. */
  tick(turns = 1): void {
    for (const sleeper of this.#sleepers) sleeper.left -= turns;
    const awake = this.#sleepers.filter(({ left }) => left <= 0);
    this.#sleepers = this.#sleepers.filter(({ left }) => left > 0);
    for (const { wake } of awake) wake();
  }

  get isAnybodyAsleep(): boolean {
    return this.#sleepers.length > 0;
  }

  /** Executions that were just started run their Glue job: never two at once. */
  #look(): void {
    for (const { name, status } of this.bench.aws.executions.values()) {
      if (status === "RUNNING" && !this.#ended.has(name) && !this.#glue.has(name)) this.#glue.set(name, 1);
    }
    if (this.#glue.size > 1) throw new Error(`side by side: ${[...this.#glue.keys()].join(", ")}`);
  }

  /** Executions whose Glue run has ended. */
  readonly #ended = new Set<string>();

  async act({ step: what, ...cut }: Action): Promise<void> {
    if (what.kind === "message") await this.#receive(what.objects, cut);
    else if (what.kind === "end") await this.#end(what.ending, cut);
    else
      await this.#ask(
        what.kind === "run" ? { action: "run", job, retryHeld: what.retryHeld } : { action: "sweep" },
        cut,
      );
  }

  async #receive(objects: readonly string[], cut: Mishap): Promise<void> {
    try {
      await this.#call(async (bench) => {
        for (const name of objects) await bench.note(job, name);
        await startIfDue(job, bench.dispatch);
      }, cut);
      for (const name of objects) this.arrived.add(name);
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
      // It comes again.
      this.#messages.push(objects);
    }
  }

  async #ask(request: DispatchRequest, cut: Mishap): Promise<void> {
    try {
      await this.#call((bench) => answer(request, bench.dispatch), cut);
    } catch (error) {
      if (!(error instanceof CutOff) && !(error instanceof AggregateError)) throw error;
    }
  }

  /** The Glue run that goes on ends, and the state machine does what follows. */
  async #end(ending: Ending, cut: Mishap): Promise<void> {
    const [[name, attempt] = []] = this.#glue;
    if (name === undefined || attempt === undefined) return;
    const execution = this.bench.aws.executions.get(name) as FakeExecution;
    const batchId = String(execution.input.batchId);
    this.#glue.delete(name);
    this.#ended.add(name);
    if (ending === "succeeded" || ending === "published") {
      this.bench.writeResult(job, batchId);
      const before = this.published.get(batchId);
      const objects = this.bench.manifest(job, batchId).objects.map(({ uri }) => uri);
      if (before === undefined) this.published.set(batchId, objects);
    }
    if (ending === "lost" || ending === "published") {
      execution.status = "FAILED";
      return;
    }
    const error = { Error: "States.TaskFailed", Cause: ending === "refused" ? "DataRefusedError: no" : "MemoryError" };
    const outcome = ending === "succeeded" ? "succeeded" : "failed";
    const request = { action: "finish", job, batchId, attempt, execution: name, outcome, error } as const;
    await this.#finish(execution, request, cut);
  }

  /** Step Functions calls again after a failure, and gives up after some. */
  async #finish(execution: FakeExecution, request: DispatchRequest, cut: Mishap): Promise<void> {
    for (const attempt of [1, 2]) {
      try {
        if (attempt === 1 && cut.sleep !== undefined) {
          this.zombies.push(this.#ask(request, cut));
          continue;
        }
        const cutNow: Mishap = attempt === 1 ? cut : { cut: Math.floor(cut.cut / 2), moment: cut.moment };
        const { next, attempt: number } = (await this.#call(
          (bench) => answer(request, bench.dispatch),
          cutNow,
        )) as FinishAnswer;
        if (next === "retry") {
          this.#ended.delete(execution.name);
          this.#glue.set(execution.name, number);
          this.#look();
        } else execution.status = next === "done" ? "SUCCEEDED" : "FAILED";
        return;
      } catch (error) {
        if (!(error instanceof CutOff)) throw error;
      }
    }
    execution.status = "FAILED";
  }

  #isSettled(): boolean {
    const isFree = (this.bench.state(job)?.status ?? "idle") === "idle";
    return isFree && this.#messages.length === 0 && this.bench.pending(job).length === 0;
  }

  /** From now on all goes well, until nothing is left to do. */
  async settle(): Promise<void> {
    const well = { cut: 0, moment: "before" as const };
    for (let round = 0; round < 40 && !this.#isSettled(); round++) {
      for (const message of this.#messages.splice(0)) await this.#receive(message, well);
      await this.#ask({ action: "run", job, retryHeld: true }, well);
      await this.#ask({ action: "sweep" }, well);
      await this.#end("succeeded", well);
    }
  }
}

async function play(all: readonly Action[], turn: (what: string) => Promise<void>): Promise<World> {
  const world = new World(turn);
  const open: Promise<void>[] = [];
  let isOver = false;
  for (const action of all) {
    const done = world.act(action);
    open.push(done);
    if (!action.alongside && action.sleep === undefined) await done;
    world.tick();
  }
  const over = Promise.all(open).then(async () => {
    await Promise.all(world.zombies);
    isOver = true;
  });
  for (;;) {
    await new Promise(setImmediate);
    if (isOver) break;
    if (world.isAnybodyAsleep) world.tick(Number.POSITIVE_INFINITY);
  }
  await over;
  await world.settle();
  return world;
}

function expectAllTakenOnce({ bench, arrived, published }: World): void {
  const taken = bench.taken(job);
  expect(taken.map((uri) => uri.replace(/^.*\/(.*)\.parquet$/, "$1"))).toEqual([...arrived].sort());
  expect(bench.pending(job)).toEqual([]);
  expect(bench.state(job)?.status ?? "idle").toBe("idle");
  expect([...published.values()].flat().sort()).toEqual(taken);
}

test("one after the other, cut off anywhere", async () => {
  await fc.assert(
    fc.asyncProperty(actions, async (all) => {
      expectAllTakenOnce(
        await play(
          all.map((action) => ({ ...action, alongside: false })),
          async () => {},
        ),
      );
    }),
    { numRuns: 100 },
  );
});

test("side by side, in any order of their requests", async () => {
  await fc.assert(
    fc.asyncProperty(actions, fc.scheduler(), async (all, scheduler) => {
      const playing = play(all, (what) => scheduler.schedule(Promise.resolve(), what));
      await scheduler.waitFor(playing);
      expectAllTakenOnce(await playing);
    }),
    { numRuns: 100 },
  );
});
