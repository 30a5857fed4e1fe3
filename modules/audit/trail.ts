import { Cloudtrail } from "@cdktf/provider-aws/lib/cloudtrail";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Key } from "../keys/key";
import type { Place } from "../place";
import { type DataEvents, eventSelectors } from "./event-selectors";
import { TrailLogs, TrailTopic } from "./trail-delivery";

export interface TrailProps {
  readonly place: Place;
  /** Physical name. */
  readonly name: string;
  /** Bucket of the audit account. */
  readonly bucketName: string;
  /** Key of the audit account. */
  readonly keyArn: string;
  /** Key of this account, for what the trail shows here: its log group and its topic. */
  readonly key: Key;
  readonly boundaryArn: string;
  readonly dataEvents: DataEvents;
  /** How long the log group keeps events; the bucket keeps them as long as the audit account says. */
  readonly logRetentionDays: number;
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * Records every management call of the account, in every region, and every use of its data, with digests that show
 * tampering. The records end in the audit account; the log group and the topic here are for those who watch.
 */
export class Trail extends Construct {
  /** Log group in which the events can be watched. */
  readonly logGroupName: string;

  constructor(scope: Construct, id: string, props: TrailProps) {
    super(scope, id);
    const delivery = {
      place: props.place,
      trailName: props.name,
      key: props.key,
      boundaryArn: props.boundaryArn,
      retentionDays: props.logRetentionDays,
    };
    const logs = new TrailLogs(this, "logs", delivery);
    const topic = new TrailTopic(this, "topic", delivery);
    new Cloudtrail(this, "trail", {
      name: props.name,
      s3BucketName: props.bucketName,
      kmsKeyId: props.keyArn,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      enableLogging: true,
      // Calls that are made, or refused, far more often than usual.
      insightSelector: [{ insightType: "ApiCallRateInsight" }, { insightType: "ApiErrorRateInsight" }],
      advancedEventSelector: eventSelectors(props.dataEvents),
      cloudWatchLogsGroupArn: `${logs.group.arn}:*`,
      cloudWatchLogsRoleArn: logs.role.arn,
      snsTopicName: topic.name,
      dependsOn: [...(props.dependsOn ?? []), logs.role.policy, topic.policy],
    });
    this.logGroupName = logs.group.name;
  }
}
