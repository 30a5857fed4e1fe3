import { EbsEncryptionByDefault } from "@cdktf/provider-aws/lib/ebs-encryption-by-default";
import { IamAccountPasswordPolicy } from "@cdktf/provider-aws/lib/iam-account-password-policy";
import { S3AccountPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-account-public-access-block";
import { Construct } from "constructs";

export interface AccountBaselineProps {
  readonly accountId: string;
}

/** CIS AWS Foundations 1.8: fourteen characters or more. */
const SHORTEST_PASSWORD = 14;
/** CIS AWS Foundations 1.9: the most that IAM remembers. */
const PASSWORDS_REMEMBERED = 24;

/** Settings of the account itself. AWS keeps one of each an account, so only the stack that prepares accounts may own them. */
export class AccountBaseline extends Construct {
  constructor(scope: Construct, id: string, props: AccountBaselineProps) {
    super(scope, id);
    new S3AccountPublicAccessBlock(this, "s3-public-access", {
      accountId: props.accountId,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new EbsEncryptionByDefault(this, "disk-encryption", { enabled: true });
    new IamAccountPasswordPolicy(this, "passwords", {
      minimumPasswordLength: SHORTEST_PASSWORD,
      passwordReusePrevention: PASSWORDS_REMEMBERED,
      requireLowercaseCharacters: true,
      requireUppercaseCharacters: true,
      requireNumbers: true,
      requireSymbols: true,
      allowUsersToChangePassword: true,
    });
  }
}
