import { AccountAlternateContact } from "@cdktf/provider-aws/lib/account-alternate-contact";
import { EbsEncryptionByDefault } from "@cdktf/provider-aws/lib/ebs-encryption-by-default";
import { EbsSnapshotBlockPublicAccess } from "@cdktf/provider-aws/lib/ebs-snapshot-block-public-access";
import { Ec2InstanceMetadataDefaults } from "@cdktf/provider-aws/lib/ec2-instance-metadata-defaults";
import { EmrBlockPublicAccessConfiguration } from "@cdktf/provider-aws/lib/emr-block-public-access-configuration";
import { IamAccountPasswordPolicy } from "@cdktf/provider-aws/lib/iam-account-password-policy";
import { S3AccountPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-account-public-access-block";
import { VpcBlockPublicAccessOptions } from "@cdktf/provider-aws/lib/vpc-block-public-access-options";
import { Construct } from "constructs";
import { BaselineOwner } from "./baseline-owner";

/** Somebody whom AWS writes or calls. */
export interface Contact {
  readonly name: string;
  readonly title: string;
  readonly email: string;
  readonly phone: string;
}

export interface AccountBaselineProps {
  readonly accountId: string;
  /** Who owns these settings: nobody else may in the same account. */
  readonly owner: string;
  /** Whom AWS tells of abuse, of broken hardware and of unpaid bills. */
  readonly contacts: Readonly<Record<"security" | "operations" | "billing", Contact>>;
}

/** CIS AWS Foundations 1.8: fourteen characters or more. */
const SHORTEST_PASSWORD = 14;
/** CIS AWS Foundations 1.9: the most that IAM remembers. */
const PASSWORDS_REMEMBERED = 24;
/** CIS Controls and PCI DSS: a quarter. People sign in elsewhere; this is for whom an account makes by hand. */
const LONGEST_PASSWORD_DAYS = 90;
/** Credentials of a machine reach the machine itself and nothing behind it. */
const METADATA_HOPS = 1;

/** Settings of the account itself. AWS keeps one of each an account, so only the stack that prepares accounts may own them. */
export class AccountBaseline extends Construct {
  constructor(scope: Construct, id: string, props: AccountBaselineProps) {
    super(scope, id);
    const { marker } = new BaselineOwner(this, "owner", { owner: props.owner });
    const dependsOn = [marker];
    new S3AccountPublicAccessBlock(this, "s3-public-access", {
      accountId: props.accountId,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
      dependsOn,
    });
    new IamAccountPasswordPolicy(this, "passwords", {
      minimumPasswordLength: SHORTEST_PASSWORD,
      passwordReusePrevention: PASSWORDS_REMEMBERED,
      maxPasswordAge: LONGEST_PASSWORD_DAYS,
      requireLowercaseCharacters: true,
      requireUppercaseCharacters: true,
      requireNumbers: true,
      requireSymbols: true,
      allowUsersToChangePassword: true,
      dependsOn,
    });
    this.closeMachines(dependsOn);
    for (const [kind, { name, title, email, phone }] of Object.entries(props.contacts)) {
      new AccountAlternateContact(this, `contact-${kind}`, {
        alternateContactType: kind.toUpperCase(),
        name,
        title,
        emailAddress: email,
        phoneNumber: phone,
        dependsOn,
      });
    }
  }

  /** Machines, disks and networks that somebody makes by hand start closed as well. */
  private closeMachines(dependsOn: BaselineOwner["marker"][]): void {
    new EbsEncryptionByDefault(this, "disk-encryption", { enabled: true, dependsOn });
    new EbsSnapshotBlockPublicAccess(this, "snapshots", { state: "block-all-sharing", dependsOn });
    new EmrBlockPublicAccessConfiguration(this, "clusters", { blockPublicSecurityGroupRules: true, dependsOn });
    new Ec2InstanceMetadataDefaults(this, "machine-metadata", {
      httpTokens: "required",
      httpPutResponseHopLimit: METADATA_HOPS,
      dependsOn,
    });
    // Closes the default network without adopting it, which would end in deleting it, and where there is none as well.
    // Nothing gets in; out goes only what passes a NAT gateway, and there is none unless an account asks for it.
    new VpcBlockPublicAccessOptions(this, "internet", { internetGatewayBlockMode: "block-ingress", dependsOn });
  }
}
