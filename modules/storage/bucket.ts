import type { Construct } from "constructs";
import type { Role } from "../identity/role";
import { type Key, pascal } from "../keys/key";
import { bucketRules } from "./bucket-policy";
import { type CommonBucketProps, PrivateBucket } from "./private-bucket";

export interface BucketProps extends CommonBucketProps {
  /** Key that encrypts every object. */
  readonly key: Key;
}

/**
 * A private bucket: versioned, encrypted with its own key, without ACLs, TLS only. Whoever uploads with another key or
 * cipher is refused. Its policy grows by grants.
 */
export class Bucket extends PrivateBucket {
  readonly key: Key;

  constructor(scope: Construct, id: string, props: BucketProps) {
    super(scope, id, {
      ...props,
      encryption: {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: props.key.arn },
        bucketKeyEnabled: true,
      },
      rules: bucketRules(`arn:aws:s3:::${props.name}`, [props.key.arn, props.key.aliasArn]),
    });
    this.key = props.key;
  }

  /** The role may list and read objects, all versions, below the prefix. @param prefix e.g. `sales/`; empty for the whole bucket */
  grantRead(role: Role, prefix = ""): void {
    const name = pascal(`${this.node.path}-${prefix}`);
    role.allow(
      {
        Sid: `List${name}`,
        Action: ["s3:ListBucket", "s3:ListBucketVersions"],
        Resource: this.arn,
        ...(prefix === "" ? {} : { Condition: { StringLike: { "s3:prefix": `${prefix}*` } } }),
      },
      {
        Sid: `Read${name}`,
        Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
        Resource: `${this.arn}/${prefix}*`,
      },
    );
    this.key.grantUseVia(role, "s3", ["kms:Decrypt"]);
  }

  /** The role may write objects below the prefix, not delete them. */
  grantWrite(role: Role, prefix = ""): void {
    role.allow({
      Sid: `Write${pascal(`${this.node.path}-${prefix}`)}`,
      Action: ["s3:PutObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      Resource: `${this.arn}/${prefix}*`,
    });
    // A multipart upload decrypts the key of its parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
    this.key.grantUseVia(role, "s3", ["kms:Decrypt", "kms:GenerateDataKey"]);
  }
}
