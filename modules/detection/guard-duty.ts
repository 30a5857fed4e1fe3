import { GuarddutyDetector } from "@cdktf/provider-aws/lib/guardduty-detector";
import { GuarddutyDetectorFeature } from "@cdktf/provider-aws/lib/guardduty-detector-feature";
import { GuarddutyInviteAccepter } from "@cdktf/provider-aws/lib/guardduty-invite-accepter";
import { GuarddutyMember } from "@cdktf/provider-aws/lib/guardduty-member";
import { Construct } from "constructs";
import type { Membership } from "./membership";

/** What is watched besides calls, flows and names that are looked up: that is always. */
const FEATURES = {
  s3: "S3_DATA_EVENTS",
  functions: "LAMBDA_NETWORK_LOGS",
  logins: "RDS_LOGIN_EVENTS",
} as const;

/** GuardDuty in one account: what it does to others, and what others try to do to it. */
export class GuardDuty extends Construct {
  constructor(scope: Construct, id: string, { members = [], administrator, invited }: Membership) {
    super(scope, id);
    const detector = new GuarddutyDetector(this, "detector", {
      enable: true,
      findingPublishingFrequency: "FIFTEEN_MINUTES",
    });
    for (const [feature, name] of Object.entries(FEATURES)) {
      new GuarddutyDetectorFeature(this, `feature-${feature}`, { detectorId: detector.id, name, status: "ENABLED" });
    }
    for (const { accountId, email } of members) {
      new GuarddutyMember(this, `member-${accountId}`, {
        detectorId: detector.id,
        accountId,
        email,
        invite: invited,
        disableEmailNotification: true,
      });
    }
    if (administrator === undefined) return;
    new GuarddutyInviteAccepter(this, "administrator", { detectorId: detector.id, masterAccountId: administrator });
  }
}
