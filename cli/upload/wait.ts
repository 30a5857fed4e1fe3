import { setTimeout as sleep } from "node:timers/promises";
import type { LedgerItem } from "../../contracts/ledger";
import { checkInterrupted } from "../../tools/setup/process";
import type { Step } from "../../tools/setup/progress";
import { inParallel } from "../in-parallel";
import type { LakeClients } from "../lake-clients";
import { findEntry, type ObjectVersion } from "../ledger";
import { deadObjects, queueDepth } from "../queues";
import { plural } from "../table";

/** What became of an object; `dead`: its event is in the dead-letter queue; `pending`: the time was up. */
export interface Outcome {
  readonly state: "loaded" | "quarantined" | "dead" | "pending";
  readonly entry?: LedgerItem;
}

export interface WaitOptions {
  readonly zone: string;
  readonly timeoutMs: number;
  /** @default 1 second */
  readonly pollMs?: number;
}

const POLL_MS = 1000;
const QUESTIONS_AT_ONCE = 16;
/** Looking into the dead-letter queue hides its messages for a moment: it is done seldom. */
const LOOKS_APART = 5;

/** Waits until each object has a final entry in the ledger, or its event is among those that failed for good. */
export async function waitForOutcomes(
  clients: LakeClients,
  objects: readonly ObjectVersion[],
  { zone, timeoutMs, pollMs = POLL_MS }: WaitOptions,
  step: Step,
): Promise<Outcome[]> {
  const outcomes = new Map<ObjectVersion, Outcome>();
  const deadline = Date.now() + timeoutMs;
  for (let round = 0; ; round++) {
    checkInterrupted();
    const open = objects.filter((object) => (outcomes.get(object)?.state ?? "pending") === "pending");
    await inParallel(QUESTIONS_AT_ONCE, open, async (object) => {
      outcomes.set(object, outcomeOf(await findEntry(clients, object)));
    });
    const pending = open.filter((object) => outcomes.get(object)?.state === "pending");
    step.say(`${objects.length - pending.length} of ${plural(objects.length, "file")}`);
    if (pending.length > 0 && round % LOOKS_APART === LOOKS_APART - 1) await markDead(clients, zone, pending, outcomes);
    const isDone = pending.every((object) => outcomes.get(object)?.state !== "pending");
    if (isDone || Date.now() > deadline) return objects.map((object) => outcomes.get(object) ?? { state: "pending" });
    await sleep(pollMs);
  }
}

function outcomeOf(entry: LedgerItem | undefined): Outcome {
  const isFinal = entry?.status === "loaded" || entry?.status === "quarantined";
  return { state: isFinal ? entry.status : "pending", ...(entry === undefined ? {} : { entry }) };
}

async function markDead(
  clients: LakeClients,
  zone: string,
  pending: readonly ObjectVersion[],
  outcomes: Map<ObjectVersion, Outcome>,
): Promise<void> {
  if ((await queueDepth(clients, zone)).deadLetters === 0) return;
  const dead = new Set((await deadObjects(clients, zone)).map(identity));
  for (const object of pending) {
    if (dead.has(identity(object))) outcomes.set(object, { ...outcomes.get(object), state: "dead" });
  }
}

function identity({ bucket, key, versionId }: ObjectVersion): string {
  return JSON.stringify([bucket, key, versionId ?? "null"]);
}
