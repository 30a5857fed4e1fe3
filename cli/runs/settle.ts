import { setTimeout as sleep } from "node:timers/promises";
import {
  type PendingItem,
  pendingKey,
  type RunItem,
  type StateItem,
  stateKey,
  type TakenItem,
  takenKey,
} from "../../contracts/runs";
import { checkInterrupted } from "../../tools/setup/process";
import type { Step } from "../../tools/setup/progress";
import { inParallel } from "../in-parallel";
import type { LakeClients } from "../lake-clients";
import { queueDepth } from "../queues";
import { plural } from "../table";
import { isTroubled, recordAt, recordsOf, runOf } from "./history";
import type { Job } from "./jobs";

/** What there is to do for a job. */
interface Activity {
  readonly job: Job;
  readonly isRunning: boolean;
  /** Objects that it has still to work on, but for those that are held. */
  readonly waiting: number;
  /** Addresses of what it is done with: in its target, or held. */
  readonly done: ReadonlySet<string>;
  readonly lastBatch?: string;
}

export interface SettleOptions {
  readonly timeoutMs: number;
  /** Files of the zone where rows are loaded that have to be in the next, or held. */
  readonly outputs: readonly string[];
}

/** How the jobs came to rest. */
export interface Settled {
  /** The last run of each job that ever ran. */
  readonly runs: readonly RunItem[];
  /** Jobs that have still work, and nothing works on it. */
  readonly stuck: readonly string[];
}

/** Why jobs that came to rest have not done all that they had to. */
export function unfinished({ runs, stuck }: Settled): string[] {
  return [
    ...stuck.map((job) => `${job} has work that nobody has done; see \`npm run lake -- runs ${job}\``),
    ...runs.filter(isTroubled).map(({ job, status, reason }) => `${job} ${status}: ${reason}`),
  ];
}

const pollMs = 1000;
const questionsAtOnce = 8;
/** Work that nobody has begun after this time will not begin by itself: longer than any batching of events. */
const patienceMs = 60_000;

/** Waits until nothing runs and nothing waits, whatever has set it off. */
export async function waitUntilSettled(
  clients: LakeClients,
  jobs: readonly Job[],
  { timeoutMs, outputs }: SettleOptions,
  step: Step,
): Promise<Settled> {
  const deadline = Date.now() + timeoutMs;
  for (let idleSince = Date.now(); ; await sleep(pollMs)) {
    checkInterrupted();
    // First the queues: what leaves them is among the activities that are looked at next.
    const isHeard = await areQueuesEmpty(clients);
    const activities = await inParallel(questionsAtOnce, jobs, (job) => activityOf(clients, job));
    const missing = outputs.filter((uri) => !activities.some(({ done }) => done.has(uri)));
    const running = activities.filter(({ isRunning }) => isRunning).map(({ job }) => job.id);
    const waiting = activities.filter((activity) => activity.waiting > 0).map(({ job }) => job.id);
    if (running.length > 0 || !isHeard) idleSince = Date.now();
    const isSettled = isHeard && running.length + waiting.length + missing.length === 0;
    if (isSettled || Date.now() > Math.min(deadline, idleSince + patienceMs)) {
      return { runs: await lastRuns(clients, activities), stuck: [...new Set([...running, ...waiting])] };
    }
    const unfinished = new Set([...running, ...waiting]).size;
    step.say(`${plural(unfinished, "job")} to go${running.length === 0 ? "" : `, now ${running.join(", ")}`}`);
  }
}

async function areQueuesEmpty(clients: LakeClients): Promise<boolean> {
  const depths = await Promise.all(clients.account.zones.map(({ name }) => queueDepth(clients, name)));
  // Nobody takes anything from the queue of the last zone.
  return depths.slice(0, -1).every(({ waiting, inFlight }) => waiting + inFlight === 0);
}

async function activityOf(clients: LakeClients, job: Job): Promise<Activity> {
  const { layer, id } = job;
  const state = await recordAt<StateItem>(clients, stateKey(layer, id));
  const done = new Set<string>();
  let waiting = 0;
  for await (const { held_by, uri } of recordsOf<PendingItem>(clients, pendingKey(layer, id))) {
    if (held_by === undefined) waiting++;
    else done.add(uri);
  }
  for await (const { uri } of recordsOf<TakenItem>(clients, takenKey(layer, id))) done.add(uri);
  return {
    job,
    isRunning: state !== undefined && state.status !== "idle",
    waiting,
    done,
    ...(state === undefined ? {} : { lastBatch: state.batch_id }),
  };
}

async function lastRuns(clients: LakeClients, activities: readonly Activity[]): Promise<RunItem[]> {
  const runs = await inParallel(questionsAtOnce, activities, async ({ job, lastBatch }) =>
    lastBatch === undefined ? undefined : runOf(clients, job, lastBatch),
  );
  return runs.filter((run) => run !== undefined);
}
