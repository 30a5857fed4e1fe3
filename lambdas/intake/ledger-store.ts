/** The ledger in DynamoDB: conditional writes decide who may work on an object. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { objectUri } from "../../contracts/layout";
import { cutOffReason, type LedgerItem } from "../../contracts/ledger";
import type { ArrivedObject } from "./events";

/** Who wants to work on an object, and until when. */
export interface Claimant {
  readonly claimedBy: string;
  readonly messageId: string;
  readonly receiveCount: number;
  /** Milliseconds since 1970. */
  readonly leaseUntil: number;
}

export type Claim =
  /** Ours; `interrupted` when an earlier attempt ended without a word. */
  | { readonly outcome: "claimed"; readonly attempt: number; readonly interrupted: boolean }
  | { readonly outcome: "done"; readonly item: LedgerItem }
  /** Somebody else's until then. */
  | { readonly outcome: "held"; readonly leaseUntil: number };

type Details = Partial<Omit<LedgerItem, "pk" | "sk">>;

/** The claim was lost to another function, because the lease ran out: whatever this one still says does not count. */
export class LostClaim extends Error {
  override readonly name = "LostClaim";
}

/** DynamoDB refuses items beyond 400 kB, and nobody reads a reason of pages. */
const longestReasonBytes = 4096;

export class LedgerStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Takes the object on, unless it is done or held by a function that lives. */
  async claim(object: ArrivedObject, claimant: Claimant, details: Details, now: Date): Promise<Claim> {
    const mine = claimed(claimant, details, now);
    const first = await this.#begin(object, mine, "attribute_not_exists(pk) OR #status = :failed", {
      failed: "failed",
    });
    if (first.attempt !== undefined) return { outcome: "claimed", attempt: first.attempt, interrupted: false };
    const { item } = first;
    if (item.status !== "processing") return { outcome: "done", item };
    if (!isDead(item, claimant, now)) return { outcome: "held", leaseUntil: item.lease_until ?? 0 };
    // Now, because this attempt may be cut off by the same cause and then has no time to write it.
    const takenOver = { ...mine, reason: cutOffReason(item.attempt) };
    const second = await this.#begin(object, takenOver, "#status = :status AND #attempt = :seen", {
      seen: item.attempt,
    });
    if (second.attempt !== undefined) return { outcome: "claimed", attempt: second.attempt, interrupted: true };
    // Another function was faster: what counts is what that one has written.
    return this.claim(object, claimant, details, now);
  }

  /** Begins an attempt if the condition holds, and answers its number; otherwise the entry as it is. */
  async #begin(
    object: ArrivedObject,
    details: Details,
    condition: string,
    values: Record<string, unknown>,
  ): Promise<{ attempt: number; item?: undefined } | { attempt?: undefined; item: LedgerItem }> {
    const update = updateOf(details);
    const more = Object.entries(values).map(([name, value]) => [`:${name}`, value]);
    try {
      const { Attributes } = await this.#client.send(
        new UpdateItemCommand({
          ...this.#key(object),
          UpdateExpression: [
            `SET ${update.set}, #attempt = if_not_exists(#attempt, :none) + :one`,
            "#first = if_not_exists(#first, :first) REMOVE finished_at, duration_ms",
          ].join(", "),
          ConditionExpression: condition,
          ExpressionAttributeNames: { ...update.names, "#attempt": "attempt", "#first": "first_seen_at" },
          ExpressionAttributeValues: {
            ...update.values,
            ...marshall({ ":none": 0, ":one": 1, ":first": details.started_at, ...Object.fromEntries(more) }),
          },
          ReturnValues: "UPDATED_NEW",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      return { attempt: (unmarshall(Attributes ?? {}) as LedgerItem).attempt };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { item: unmarshall(error.Item ?? {}) as LedgerItem };
    }
  }

  /** Writes how it ended, provided that the object is still ours. */
  async finish(object: ArrivedObject, claimedBy: string, attempt: number, details: Details): Promise<void> {
    const { reason } = details;
    const update = updateOf({ ...details, reason: reason === undefined ? undefined : shortened(reason) });
    const unset = reason === undefined ? " REMOVE lease_until, reason" : " REMOVE lease_until";
    try {
      await this.#client.send(
        new UpdateItemCommand({
          ...this.#key(object),
          UpdateExpression: `SET ${update.set}${unset}`,
          ConditionExpression: "#status = :processing AND claimed_by = :me AND attempt = :attempt",
          ExpressionAttributeNames: { ...update.names, "#status": "status" },
          ExpressionAttributeValues: {
            ...update.values,
            ...marshall({ ":processing": "processing", ":me": claimedBy, ":attempt": attempt }),
          },
        }),
      );
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) throw new LostClaim("Another function holds the object");
      throw error;
    }
  }

  #key(object: ArrivedObject): Pick<UpdateItemCommandInput, "TableName" | "Key"> {
    const key = { pk: objectUri(object), sk: object.versionId ?? "null" };
    return { TableName: this.#table, Key: marshall(key) };
  }
}

function claimed(claimant: Claimant, details: Details, now: Date): Details {
  const time = now.toISOString();
  return {
    ...details,
    status: "processing",
    claimed_by: claimant.claimedBy,
    message_id: claimant.messageId,
    receive_count: claimant.receiveCount,
    lease_until: claimant.leaseUntil,
    started_at: time,
    updated_at: time,
  };
}

/** The lease is over; or the message for which the object was held is here again, which happens only after its end. */
function isDead(held: LedgerItem, { messageId, receiveCount }: Claimant, now: Date): boolean {
  if ((held.lease_until ?? 0) < now.getTime()) return true;
  return held.message_id === messageId && (held.receive_count ?? 0) < receiveCount;
}

/** The text, or so much of its beginning as the ledger takes. */
function shortened(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= longestReasonBytes) return text;
  let end = longestReasonBytes - "...".length;
  // Not within a character: all of its bytes but the first begin with the bits 10.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString("utf8", 0, end)}...`;
}

/** The parts of an update expression that set these attributes. */
function updateOf(details: Details) {
  const entries = Object.entries(details).filter(([, value]) => value !== undefined);
  return {
    set: entries.map(([name]) => `#${name} = :${name}`).join(", "),
    names: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
    values: marshall(Object.fromEntries(entries.map(([name, value]) => [`:${name}`, value]))),
  };
}
