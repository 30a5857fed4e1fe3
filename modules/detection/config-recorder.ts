import { ConfigAggregateAuthorization } from "@cdktf/provider-aws/lib/config-aggregate-authorization";
import { ConfigConfigRule } from "@cdktf/provider-aws/lib/config-config-rule";
import { ConfigConfigurationAggregator } from "@cdktf/provider-aws/lib/config-configuration-aggregator";
import { ConfigConfigurationRecorder } from "@cdktf/provider-aws/lib/config-configuration-recorder";
import { ConfigConfigurationRecorderStatus } from "@cdktf/provider-aws/lib/config-configuration-recorder-status";
import { ConfigDeliveryChannel } from "@cdktf/provider-aws/lib/config-delivery-channel";
import { IamServiceLinkedRole } from "@cdktf/provider-aws/lib/iam-service-linked-role";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Place } from "../place";
import { MANAGED_RULES } from "./config-rules";

export interface ConfigRecorderProps {
  readonly place: Place;
  /** First part of the names of all parts. */
  readonly name: string;
  /** Bucket and key of the audit account. */
  readonly bucketName: string;
  readonly keyArn: string;
  /** Has the account Config's own role already? */
  readonly roleExists: boolean;
  /** The accounts that are shown together here. @default none */
  readonly aggregates?: readonly Place[];
  /** The account that may show this one. @default none */
  readonly shownBy?: Place;
  readonly dependsOn?: ITerraformDependable[];
}

const SERVICE = "config.amazonaws.com";

/** Records how every resource of the account is configured and was before, and asks rules of it. */
export class ConfigRecorder extends Construct {
  constructor(scope: Construct, id: string, props: ConfigRecorderProps) {
    super(scope, id);
    const { name } = props;
    const recorder = new ConfigConfigurationRecorder(this, "recorder", {
      name,
      // A role of ours would be held by the boundary and see a part of the account only.
      roleArn: this.roleArn(props),
      recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
      recordingMode: { recordingFrequency: "CONTINUOUS" },
    });
    const channel = new ConfigDeliveryChannel(this, "channel", {
      name,
      s3BucketName: props.bucketName,
      s3KmsKeyArn: props.keyArn,
      snapshotDeliveryProperties: { deliveryFrequency: "TwentyFour_Hours" },
      dependsOn: [recorder, ...(props.dependsOn ?? [])],
    });
    const running = new ConfigConfigurationRecorderStatus(this, "running", {
      name: recorder.name,
      isEnabled: true,
      dependsOn: [channel],
    });
    for (const [rule, { identifier, description, parameters }] of Object.entries(MANAGED_RULES)) {
      new ConfigConfigRule(this, `rule-${rule}`, {
        name: `${name}-${rule}`,
        description,
        source: { owner: "AWS", sourceIdentifier: identifier },
        ...(parameters ? { inputParameters: JSON.stringify(parameters) } : {}),
        dependsOn: [running],
      });
    }
    this.share(props);
  }

  /** One an account: it cannot be named, and ends with the account's last recorder. */
  private roleArn({ place, roleExists }: ConfigRecorderProps): string {
    if (roleExists) {
      return `arn:${place.partition}:iam::${place.accountId}:role/aws-service-role/${SERVICE}/AWSServiceRoleForConfig`;
    }
    return new IamServiceLinkedRole(this, "role", { awsServiceName: SERVICE }).arn;
  }

  private share({ name, aggregates = [], shownBy }: ConfigRecorderProps): void {
    if (aggregates.length > 0) {
      new ConfigConfigurationAggregator(this, "accounts", {
        name,
        accountAggregationSource: {
          accountIds: aggregates.map(({ accountId }) => accountId),
          regions: [...new Set(aggregates.map(({ region }) => region))],
        },
      });
    }
    if (shownBy === undefined) return;
    new ConfigAggregateAuthorization(this, "shown", { accountId: shownBy.accountId, region: shownBy.region });
  }
}
