import { denyPlainHttp, type Statement } from "../policies/statement";

/** The oldest TLS that a caller may use; AWS itself has refused older ones since 2024, the rule keeps it so. */
const OLDEST_TLS = "1.2";

const CIPHER = "s3:x-amz-server-side-encryption";
const KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id";

/** Services write only where a policy lets them, and as they must: trails sign what they wrote with S3's own cipher. */
const EXCEPT_SERVICES = { BoolIfExists: { "aws:PrincipalIsAWSService": "false" } };

/**
 * What every bucket refuses, whoever asks: plain HTTP, old TLS, another cipher or key than its own.
 * @param keyNames ARNs by which an upload may name the bucket's key: its own and its alias's
 */
export function bucketRules(bucketArn: string, keyNames: readonly string[]): Statement[] {
  const objects = `${bucketArn}/*`;
  return [
    ...tlsRules(bucketArn),
    // Uploads that name neither cipher nor key get the bucket's own: only others are refused.
    denyUpload("OwnKey", objects, { StringNotEquals: { [KEY_ID]: keyNames }, Null: { [KEY_ID]: "false" } }),
    denyUpload("OwnCipher", objects, {
      StringNotEquals: { [CIPHER]: "aws:kms" },
      Null: { [CIPHER]: "false" },
      ...EXCEPT_SERVICES,
    }),
    // For the cipher alone S3 takes the key that it manages for the account, which every reader of the account may use.
    denyUpload("CipherWithKey", objects, { Null: { [CIPHER]: "false", [KEY_ID]: "true" }, ...EXCEPT_SERVICES }),
  ];
}

/** What every bucket refuses, whatever encrypts it: plain HTTP and old TLS. */
export function tlsRules(bucketArn: string): Statement[] {
  const objects = `${bucketArn}/*`;
  return [
    denyPlainHttp("s3:*", [bucketArn, objects]),
    {
      Sid: "ModernTls",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [bucketArn, objects],
      Condition: { NumericLessThan: { "s3:TlsVersion": OLDEST_TLS } },
    },
  ];
}

function denyUpload(sid: string, objects: string, condition: NonNullable<Statement["Condition"]>): Statement {
  return { Sid: sid, Effect: "Deny", Principal: "*", Action: "s3:PutObject", Resource: objects, Condition: condition };
}
