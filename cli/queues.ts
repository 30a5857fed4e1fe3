import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import { LANDING_NAMES } from "../accounts/model/landing";
import type { LakeAccount } from "../accounts/model/schema";
import type { LakeClients } from "./lake-clients";
import type { ObjectVersion } from "./ledger";

/** The zones, and the crawler of undeclared files if there is one: whatever has a queue of the lake's own. */
export function queueOwners({ zones, landing }: Pick<LakeAccount, "zones" | "landing">): string[] {
  return [...zones.map(({ name }) => name), ...(landing === false ? [] : [LANDING_NAMES.crawler])];
}

/** How full the queues of a zone are. */
export interface QueueDepth {
  /** Its name, or {@link LANDING_NAMES}.crawler. */
  readonly zone: string;
  readonly waiting: number;
  readonly inFlight: number;
  readonly deadLetters: number;
}

/** Name of a zone's queue, or of the queue of what failed there. */
export function queueName(clients: LakeClients, zone: string, isDeadLetters = false): string {
  return `${clients.names.of(zone)}${isDeadLetters ? "-dlq" : ""}`;
}

export async function queueUrl(clients: LakeClients, name: string): Promise<string> {
  const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  return QueueUrl ?? "";
}

export async function queueDepth(clients: LakeClients, zone: string): Promise<QueueDepth> {
  const [arrivals, dead] = await Promise.all([depth(clients, zone, false), depth(clients, zone, true)]);
  return { zone, waiting: arrivals.waiting, inFlight: arrivals.inFlight, deadLetters: dead.waiting + dead.inFlight };
}

async function depth(clients: LakeClients, zone: string, isDeadLetters: boolean) {
  const { Attributes = {} } = await clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: await queueUrl(clients, queueName(clients, zone, isDeadLetters)),
      AttributeNames: [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
      ],
    }),
  );
  const count = (name: keyof typeof Attributes) => Number(Attributes[name] ?? 0);
  return {
    waiting: count("ApproximateNumberOfMessages") + count("ApproximateNumberOfMessagesDelayed"),
    inFlight: count("ApproximateNumberOfMessagesNotVisible"),
  };
}

/** Enough to see each message of a queue that somebody still wants to look at. */
const MOST_BATCHES = 100;
/** Long enough not to see a message twice in one look. */
const LOOK_SECONDS = 20;

/** Looks at the objects whose events are in a zone's dead-letter queue, and leaves every message there. */
export async function deadObjects(clients: LakeClients, zone: string): Promise<ObjectVersion[]> {
  const url = await queueUrl(clients, queueName(clients, zone, true));
  const found: ObjectVersion[] = [];
  const receipts: string[] = [];
  for (let batch = 0; batch < MOST_BATCHES; batch++) {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: LOOK_SECONDS }),
    );
    if (Messages.length === 0) break;
    found.push(...Messages.flatMap(({ Body }) => objectsOf(Body ?? "")));
    receipts.push(...Messages.flatMap(({ ReceiptHandle }) => ReceiptHandle ?? []));
  }
  await Promise.all(
    receipts.map((receipt) =>
      clients.sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: receipt, VisibilityTimeout: 0 }),
      ),
    ),
  );
  return found;
}

interface S3Event {
  readonly Records?: readonly {
    readonly s3?: {
      readonly bucket: { readonly name: string };
      readonly object: { readonly key: string; readonly versionId?: string };
    };
  }[];
}

/** The objects that an S3 notification speaks of. In it, keys are written as in a URL's query. */
export function objectsOf(body: string): ObjectVersion[] {
  let event: S3Event;
  try {
    event = JSON.parse(body) as S3Event;
  } catch {
    return [];
  }
  return (event.Records ?? []).flatMap(({ s3 }) =>
    s3 === undefined
      ? []
      : [
          {
            bucket: s3.bucket.name,
            key: decodeURIComponent(s3.object.key.replaceAll("+", " ")),
            versionId: s3.object.versionId,
          },
        ],
  );
}
