import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { S3BucketNotification } from "@cdktf/provider-aws/lib/s3-bucket-notification";
import { Construct } from "constructs";
import { Queue } from "../events/queue";
import { Key } from "../keys/key";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { arnIn, type Place } from "../place";
import { Bucket } from "./bucket";
import type { BucketLifecycle } from "./lifecycle";

/** A part of a zone's new objects that gets a queue of its own. */
export interface ZoneStream {
  readonly name: string;
  /** Only keys that start so. */
  readonly prefix?: string;
  /** Only keys that end so. */
  readonly suffix?: string;
}

export interface ZoneProps {
  readonly place: Place;
  /** Physical name of the key alias, the queues and the streams, e.g. `lake-prod-raw`. */
  readonly name: string;
  readonly bucketName: string;
  readonly lifecycle: BucketLifecycle;
  /** Bucket for the log of who used the zone's. */
  readonly accessLogBucket?: string;
  readonly streams: readonly ZoneStream[];
  /** The part of the zone's new objects of which its own queue hears. @default all of them */
  readonly arrivals?: Omit<ZoneStream, "name">;
  readonly alarms: AlarmTopic;
  /** Longest time that the consumer of the zone's own queue works on a batch, in seconds. */
  readonly consumerTimeoutSeconds: number;
  /** The same for the consumers of its streams. @default as long as the consumer of its own queue */
  readonly streamTimeoutSeconds?: number;
  /** ARN pattern of the roles of stacks that extend the lake: they use the zone as far as their own policies let them. */
  readonly extensionRoles: string;
  /** May a deployment delete the zone and its data? */
  readonly removable: boolean;
}

/** One stage of the data: a bucket with its own key, and a queue that hears of new objects. */
export class Zone extends Construct {
  readonly bucket: Bucket;
  readonly key: Key;
  readonly queue: Queue;
  /** Queues of the streams, by name; their messages are EventBridge events. */
  readonly streams: ReadonlyMap<string, Queue>;

  constructor(scope: Construct, id: string, props: ZoneProps) {
    super(scope, id);
    const { place, removable } = props;
    this.key = new Key(this, "key", {
      place,
      alias: props.name,
      description: `Data of the zone ${props.name}`,
      removable,
    });
    this.key.allowExtensions(props.extensionRoles);
    this.bucket = new Bucket(this, "store", {
      name: props.bucketName,
      key: this.key,
      lifecycle: props.lifecycle,
      accessLogBucket: props.accessLogBucket,
      tellsOfObjects: true,
      removable,
    });
    const queueProps = {
      place,
      key: this.key,
      alarms: props.alarms,
    };
    this.queue = new Queue(this, "arrivals", {
      ...queueProps,
      consumerTimeoutSeconds: props.consumerTimeoutSeconds,
      name: props.name,
      sender: { service: "s3.amazonaws.com", sourceArn: this.bucket.arn },
    });
    new S3BucketNotification(this, "notification", {
      bucket: this.bucket.reference,
      queue: [
        {
          id: "arrivals",
          queueArn: this.queue.arn,
          events: ["s3:ObjectCreated:*"],
          filterPrefix: props.arrivals?.prefix,
          filterSuffix: props.arrivals?.suffix,
        },
      ],
      eventbridge: true,
      dependsOn: [this.bucket.policy],
    });
    this.streams = new Map(props.streams.map((stream) => [stream.name, this.addStream(stream, props, queueProps)]));
  }

  /** S3 refuses overlapping filters on one bucket, so a stream listens to EventBridge, beside the zone's own queue. */
  private addStream(
    stream: ZoneStream,
    props: ZoneProps,
    queueProps: Pick<ZoneProps, "place" | "alarms"> & { key: Key },
  ): Queue {
    const name = `${props.name}-${stream.name}`;
    const queue = new Queue(this, `stream-${stream.name}`, {
      ...queueProps,
      consumerTimeoutSeconds: props.streamTimeoutSeconds ?? props.consumerTimeoutSeconds,
      name,
      sender: { service: "events.amazonaws.com", sourceArn: arnIn(props.place, "events", `rule/${name}`) },
    });
    // Values of one pattern key are alternatives, so a prefix and a suffix at once are one wildcard.
    const key =
      stream.prefix !== undefined && stream.suffix !== undefined
        ? { wildcard: `${literal(stream.prefix)}*${literal(stream.suffix)}` }
        : stream.prefix !== undefined
          ? { prefix: stream.prefix }
          : { suffix: stream.suffix };
    const rule = new CloudwatchEventRule(this, `rule-${stream.name}`, {
      name,
      description: `New objects of ${props.bucketName} for the stream ${stream.name}`,
      eventPattern: JSON.stringify({
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: { bucket: { name: [props.bucketName] }, object: { key: [key] } },
      }),
    });
    new CloudwatchEventTarget(this, `target-${stream.name}`, { rule: rule.name, arn: queue.arn });
    return queue;
  }
}

/** A key part inside a wildcard pattern: `*` and `\` stand for themselves. */
function literal(text: string): string {
  return text.replace(/[\\*]/g, "\\$&");
}
