import { SecurityhubAccount } from "@cdktf/provider-aws/lib/securityhub-account";
import { SecurityhubFindingAggregator } from "@cdktf/provider-aws/lib/securityhub-finding-aggregator";
import { SecurityhubInviteAccepter } from "@cdktf/provider-aws/lib/securityhub-invite-accepter";
import { SecurityhubMember } from "@cdktf/provider-aws/lib/securityhub-member";
import { SecurityhubStandardsSubscription } from "@cdktf/provider-aws/lib/securityhub-standards-subscription";
import { Construct } from "constructs";
import type { Place } from "../place";
import type { Membership } from "./membership";

export interface SecurityHubProps extends Membership {
  readonly place: Place;
}

/** Standards by the ends of their ARNs. CIS 3 and 5 number the same controls otherwise, and auditors ask for either. */
const STANDARDS = {
  fsbp: "aws-foundational-security-best-practices/v/1.0.0",
  "cis-3": "cis-aws-foundations-benchmark/v/3.0.0",
  "cis-5": "cis-aws-foundations-benchmark/v/5.0.0",
} as const;

/** Security Hub in one account: the findings of all services, and checks by common standards. */
export class SecurityHub extends Construct {
  constructor(scope: Construct, id: string, { place, members = [], administrator, invited }: SecurityHubProps) {
    super(scope, id);
    const hub = new SecurityhubAccount(this, "hub", {
      // The standards are named below: what AWS holds for the default changes.
      enableDefaultStandards: false,
      controlFindingGenerator: "SECURITY_CONTROL",
      autoEnableControls: true,
    });
    for (const [name, standard] of Object.entries(STANDARDS)) {
      new SecurityhubStandardsSubscription(this, `standard-${name}`, {
        standardsArn: `arn:${place.partition}:securityhub:${place.region}::standards/${standard}`,
        dependsOn: [hub],
      });
    }
    for (const { accountId, email } of members) {
      new SecurityhubMember(this, `member-${accountId}`, { accountId, email, invite: invited, dependsOn: [hub] });
    }
    if (members.length > 0) {
      new SecurityhubFindingAggregator(this, "regions", { linkingMode: "ALL_REGIONS", dependsOn: [hub] });
    }
    if (administrator === undefined) return;
    new SecurityhubInviteAccepter(this, "administrator", { masterId: administrator, dependsOn: [hub] });
  }
}
