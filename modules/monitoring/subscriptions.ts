import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import type { Construct } from "constructs";

/** Somebody or something that gets the messages of a topic. */
export interface Subscription {
  readonly kind: "email" | "https" | "lambda" | "sms" | "sqs";
  /** Address, URL, ARN or phone number. */
  readonly to: string;
}

/** Subscribes each to a topic. People and URLs confirm, queues and functions have to let the topic in. */
export function subscribeTo(
  topicArn: string,
  scope: Construct,
  id: string,
  subscriptions: readonly Subscription[],
): void {
  for (const { kind, to } of subscriptions) {
    new SnsTopicSubscription(scope, `${id}-${kind}-${to.replace(/[^a-z0-9]+/gi, "-")}`, {
      topicArn,
      protocol: kind,
      endpoint: to,
    });
  }
}
