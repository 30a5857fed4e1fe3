import { Cloudtrail } from "@cdktf/provider-aws/lib/cloudtrail";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";

export interface TrailProps {
  /** Physical name. */
  readonly name: string;
  /** Bucket of the audit account. */
  readonly bucketName: string;
  /** Key of the audit account. */
  readonly keyArn: string;
  readonly dependsOn?: ITerraformDependable[];
}

/** Records every management call of the account, in every region, with digests that show tampering. */
export class Trail extends Construct {
  constructor(scope: Construct, id: string, props: TrailProps) {
    super(scope, id);
    new Cloudtrail(this, "trail", {
      name: props.name,
      s3BucketName: props.bucketName,
      kmsKeyId: props.keyArn,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      enableLogging: true,
      dependsOn: props.dependsOn,
    });
  }
}
