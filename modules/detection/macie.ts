import { Macie2Account } from "@cdktf/provider-aws/lib/macie2-account";
import { Macie2ClassificationExportConfiguration } from "@cdktf/provider-aws/lib/macie2-classification-export-configuration";
import { Macie2ClassificationJob } from "@cdktf/provider-aws/lib/macie2-classification-job";
import { Macie2CustomDataIdentifier } from "@cdktf/provider-aws/lib/macie2-custom-data-identifier";
import { Macie2InvitationAccepter } from "@cdktf/provider-aws/lib/macie2-invitation-accepter";
import { Macie2Member } from "@cdktf/provider-aws/lib/macie2-member";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { DataIdentifier } from "./identifiers";
import type { Membership } from "./membership";

export interface MacieProps extends Membership {
  /** Where results go: they last longer there than the ninety days that Macie keeps them. */
  readonly results: { readonly bucketName: string; readonly keyArn: string };
  /** What is looked at each week. @default nothing: the account has no data */
  readonly weekly?: {
    /** First part of the names of job and identifiers. */
    readonly name: string;
    readonly accountId: string;
    readonly buckets: readonly string[];
    readonly identifiers: readonly DataIdentifier[];
  };
  readonly dependsOn?: ITerraformDependable[];
}

/** How far a keyword may be from a value, in characters: a header is far from the last of a file's first lines. */
const NEAR = 300;

/** Macie in one account: what is sensitive in its buckets. */
export class Macie extends Construct {
  private readonly session: Macie2Account;

  constructor(scope: Construct, id: string, props: MacieProps) {
    super(scope, id);
    this.session = new Macie2Account(this, "session", {
      findingPublishingFrequency: "FIFTEEN_MINUTES",
      status: "ENABLED",
    });
    const results = new Macie2ClassificationExportConfiguration(this, "results", {
      s3Destination: { bucketName: props.results.bucketName, kmsKeyArn: props.results.keyArn },
      dependsOn: [this.session, ...(props.dependsOn ?? [])],
    });
    this.join(props);
    if (props.weekly) this.look(props.weekly, results);
  }

  private join({ members = [], administrator, invited }: Membership): void {
    for (const { accountId, email } of members) {
      new Macie2Member(this, `member-${accountId}`, {
        accountId,
        email,
        status: "ENABLED",
        invite: invited,
        ...(invited ? { invitationDisableEmailNotification: true } : {}),
        dependsOn: [this.session],
      });
    }
    if (administrator === undefined) return;
    new Macie2InvitationAccepter(this, "administrator", {
      administratorAccountId: administrator,
      dependsOn: [this.session],
    });
  }

  private look(
    { name, accountId, buckets, identifiers }: NonNullable<MacieProps["weekly"]>,
    results: ITerraformDependable,
  ): void {
    const own = identifiers.map(
      (identifier) =>
        new Macie2CustomDataIdentifier(this, `identifier-${identifier.name}`, {
          name: `${name}-${identifier.name}`,
          description: identifier.description,
          regex: identifier.regex,
          keywords: identifier.keywords,
          maximumMatchDistance: NEAR,
          dependsOn: [this.session],
        }),
    );
    new Macie2ClassificationJob(this, "weekly", {
      name: `${name}-weekly`,
      description: "What is sensitive in the zones and sandboxes",
      jobType: "SCHEDULED",
      jobStatus: "RUNNING",
      scheduleFrequency: { weeklySchedule: "SUNDAY" },
      initialRun: true,
      samplingPercentage: 100,
      customDataIdentifierIds: own.map((identifier) => identifier.id),
      s3JobDefinition: { bucketDefinitions: [{ accountId, buckets: [...buckets] }] },
      dependsOn: [this.session, results],
    });
  }
}
