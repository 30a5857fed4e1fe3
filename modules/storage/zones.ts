import { Construct } from "constructs";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import type { Place } from "../place";
import type { BucketLifecycle } from "./lifecycle";
import { Zone, type ZoneStream } from "./zone";

export interface ZonesProps {
  readonly place: Place;
  /** In the order of the data's way; at least two. */
  readonly zones: readonly {
    readonly name: string;
    readonly physicalName: string;
    readonly bucketName: string;
    readonly lifecycle: BucketLifecycle;
    readonly streams: readonly ZoneStream[];
    /** The part of its new objects of which its own queue hears. @default all of them */
    readonly arrivals?: Omit<ZoneStream, "name">;
    /** Longest time that the consumer of its own queue works on a batch, in seconds. */
    readonly consumerTimeoutSeconds: number;
  }[];
  readonly alarms: AlarmTopic;
  /** Bucket for the log of who used the zones' buckets. */
  readonly accessLogBucket?: string;
  /** Longest time that a consumer of a stream works on a batch, in seconds. */
  readonly streamTimeoutSeconds: number;
  /** ARN pattern of the roles of stacks that extend the lake. */
  readonly extensionRoles: string;
  readonly removable: boolean;
}

/** All zones of a lake. Each is known by its name, so that a zone put in between moves no other. */
export class Zones extends Construct {
  /** In the order of the data's way. */
  readonly all: readonly Zone[];
  /** Where files arrive. */
  readonly first: Zone;
  /** Where their rows are loaded. */
  readonly second: Zone;
  /** Where tables are made of these rows. */
  readonly third?: Zone;
  /** Where marts are made of these tables. */
  readonly fourth?: Zone;

  constructor(scope: Construct, id: string, props: ZonesProps) {
    super(scope, id);
    const { zones, ...shared } = props;
    this.all = zones.map(
      ({ name, physicalName, ...zone }) => new Zone(this, name, { ...shared, ...zone, name: physicalName }),
    );
    const [first, second, third, fourth] = this.all;
    if (!first || !second) throw new Error("a lake needs two zones or more");
    this.first = first;
    this.second = second;
    this.third = third;
    this.fourth = fourth;
  }
}
