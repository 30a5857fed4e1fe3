import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { Construct } from "constructs";
import { Role } from "../identity/role";
import type { Key } from "../keys/key";
import { arnIn, type Place } from "../place";
import { denyPlainHttp, policyJson, type Statement } from "../policies/statement";

export interface TrailDeliveryProps {
  readonly place: Place;
  /** Physical name of the trail; log group, role and topic are named after it. */
  readonly trailName: string;
  /** Key of the log group and the topic, of the trail's own account. */
  readonly key: Key;
  readonly boundaryArn: string;
  readonly retentionDays: number;
}

const CLOUDTRAIL = "cloudtrail.amazonaws.com";

/** Where a trail's events can be searched and watched within minutes: a log group, and the role that writes into it. */
export class TrailLogs extends Construct {
  readonly group: CloudwatchLogGroup;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: TrailDeliveryProps) {
    super(scope, id);
    const { place } = props;
    this.group = new CloudwatchLogGroup(this, "group", {
      name: trailLogGroup(props.trailName),
      kmsKeyId: props.key.arn,
      retentionInDays: props.retentionDays,
    });
    this.role = new Role(this, "role", {
      name: props.trailName,
      description: "Lets the trail write into its log group",
      trust: [trustCloudTrail()],
      boundaryArn: props.boundaryArn,
    });
    // CloudTrail names its streams so: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
    const streams = `log-stream:${place.accountId}_CloudTrail_${place.region}*`;
    this.role.allow({
      Sid: "WriteTrail",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${arnIn(place, "logs", `log-group:${trailLogGroup(props.trailName)}`)}:${streams}`,
    });
  }
}

/** Name of the log group of a trail. */
function trailLogGroup(trailName: string): string {
  return `/aws/cloudtrail/${trailName}`;
}

/** A topic that hears of every new file of a trail. */
export class TrailTopic extends Construct {
  readonly name: string;
  /** CloudTrail tries the topic when the trail is made. */
  readonly policy: SnsTopicPolicy;

  constructor(scope: Construct, id: string, { place, trailName, key }: TrailDeliveryProps) {
    super(scope, id);
    const ofTheTrail = { StringEquals: { "aws:SourceArn": arnIn(place, "cloudtrail", `trail/${trailName}`) } };
    const topic = new SnsTopic(this, "topic", { name: trailName, kmsMasterKeyId: key.arn });
    const arn = arnIn(place, "sns", trailName);
    this.name = topic.name;
    this.policy = new SnsTopicPolicy(this, "policy", {
      arn: topic.arn,
      policy: policyJson([
        denyPlainHttp("sns:Publish", arn),
        {
          Sid: "Trail",
          Effect: "Allow",
          Principal: { Service: CLOUDTRAIL },
          Action: "sns:Publish",
          Resource: arn,
          Condition: ofTheTrail,
        },
      ]),
    });
    key.allowService("TrailNotifies", CLOUDTRAIL, ["kms:GenerateDataKey", "kms:Decrypt"], ofTheTrail);
  }
}

/** CloudTrail says no source when it takes this role; that roles are passed within one account only bounds it: see the page above. */
function trustCloudTrail(): Statement {
  return { Sid: "Service", Effect: "Allow", Principal: { Service: CLOUDTRAIL }, Action: "sts:AssumeRole" };
}
