/** The ledger in DynamoDB: conditional writes decide who may work on an object. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { objectUri } from "../../contracts/layout";
import type { LedgerItem } from "../../contracts/ledger";
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

/** The lease is over; or the message for which the object was held is here again, which happens only after its end. */
const deadHolder = "lease_until < :now OR (message_id = :message_id AND receive_count < :receive_count)";

export class LedgerStore {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly table: string,
  ) {}

  /** Takes the object on, unless it is done or held by a function that lives. */
  async claim(object: ArrivedObject, claimant: Claimant, details: Details, now: Date): Promise<Claim> {
    const time = now.toISOString();
    const update = updateOf({
      ...details,
      status: "processing",
      claimed_by: claimant.claimedBy,
      message_id: claimant.messageId,
      receive_count: claimant.receiveCount,
      lease_until: claimant.leaseUntil,
      started_at: time,
      updated_at: time,
    });
    try {
      const { Attributes } = await this.client.send(
        new UpdateItemCommand({
          ...this.#key(object),
          UpdateExpression: [
            `SET ${update.set}, #attempt = if_not_exists(#attempt, :none) + :one`,
            "#first = if_not_exists(#first, :first) REMOVE finished_at, duration_ms",
          ].join(", "),
          ConditionExpression: `attribute_not_exists(pk) OR #status = :failed OR (#status = :status AND (${deadHolder}))`,
          ExpressionAttributeNames: { ...update.names, "#attempt": "attempt", "#first": "first_seen_at" },
          ExpressionAttributeValues: {
            ...update.values,
            ...marshall({ ":none": 0, ":one": 1, ":first": time, ":failed": "failed", ":now": now.getTime() }),
          },
          ReturnValues: "ALL_OLD",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      const old = Attributes === undefined ? undefined : (unmarshall(Attributes) as LedgerItem);
      return { outcome: "claimed", attempt: (old?.attempt ?? 0) + 1, interrupted: old?.status === "processing" };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const item = unmarshall(error.Item ?? {}) as LedgerItem;
      if (item.status !== "processing") return { outcome: "done", item };
      return { outcome: "held", leaseUntil: item.lease_until ?? 0 };
    }
  }

  /** Writes how it ended, provided that the object is still ours. */
  async finish(object: ArrivedObject, claimedBy: string, attempt: number, details: Details): Promise<void> {
    const update = updateOf(details);
    const unset = details.reason === undefined ? " REMOVE lease_until, reason" : " REMOVE lease_until";
    try {
      await this.client.send(
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
    return { TableName: this.table, Key: marshall(key) };
  }
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
