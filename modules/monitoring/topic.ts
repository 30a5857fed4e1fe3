import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import type { Key } from "../keys/key";
import { arnIn, type Place } from "../place";
import { addStatement, denyPlainHttp, policyJson, type Statement } from "../policies/statement";

export interface TopicProps {
  readonly place: Place;
  /** Physical name of the topic. */
  readonly name: string;
  readonly key: Key;
  /** Addresses that receive its messages; each confirms its own subscription. */
  readonly emails: readonly string[];
}

/** An encrypted topic whose messages people get by mail. */
export class Topic extends Construct {
  readonly arn: string;
  /** Whoever checks that it may publish waits for this. */
  readonly policy: SnsTopicPolicy;
  protected readonly key: Key;
  protected readonly place: Place;
  private readonly ownArn: string;
  private readonly statements: Statement[];

  constructor(
    scope: Construct,
    id: string,
    { place, name, key, emails }: TopicProps,
    /** What publishing tells of: the id of the statement in policies of roles. */
    private readonly telling = "TellOfRuns",
  ) {
    super(scope, id);
    const topic = new SnsTopic(this, "topic", { name, kmsMasterKeyId: key.arn });
    this.arn = topic.arn;
    this.key = key;
    this.place = place;
    this.ownArn = arnIn(place, "sns", name);
    this.statements = [denyPlainHttp("sns:Publish", this.ownArn)];
    this.policy = new SnsTopicPolicy(this, "policy", {
      arn: topic.arn,
      policy: Lazy.stringValue({ produce: () => policyJson(this.statements) }),
    });
    for (const email of emails) {
      new SnsTopicSubscription(this, `email-${email.replace(/[^a-z0-9]/gi, "-")}`, {
        topicArn: topic.arn,
        protocol: "email",
        endpoint: email,
      });
    }
  }

  /** The role may tell of what no metric tells, e.g. why a run failed. */
  grantPublish(role: Role): void {
    role.allow({ Sid: this.telling, Action: "sns:Publish", Resource: this.arn });
    this.key.grantUseVia(role, "sns", ["kms:Decrypt", "kms:GenerateDataKey"]);
  }

  /** The service may publish, and encrypt what it publishes, under a condition that says for whom. */
  protected allowService(sid: string, service: string, condition: Statement["Condition"]): void {
    addStatement(this.statements, {
      Sid: sid,
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sns:Publish",
      Resource: this.ownArn,
      Condition: condition,
    });
    this.key.allowService(sid, service, ["kms:GenerateDataKey", "kms:Decrypt"], condition);
  }
}
