import type { Place } from "../place";
import type { Statement } from "../policies/statement";
import { amazonLinuxBuckets, emrBuckets, glueBuckets, imageBuckets } from "./aws-buckets";

/**
 * Only principals of the lake's accounts reach only resources of the lake's accounts: neither a stolen foreign key nor a
 * foreign bucket works from inside the network.
 */
function ownAccountsOnly(sid: string, action: string, accountIds: readonly string[]): Statement {
  return {
    Sid: sid,
    Effect: "Allow",
    Principal: "*",
    Action: action,
    Resource: "*",
    Condition: { StringEquals: { "aws:PrincipalAccount": accountIds, "aws:ResourceAccount": accountIds } },
  };
}

/** Reads of AWS's own buckets. Package managers ask without credentials, so no condition can say who may. */
function readOfAws(sid: string, place: Place, buckets: readonly string[]): Statement {
  return {
    Sid: sid,
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: buckets.map((bucket) => `arn:${place.partition}:s3:::${bucket}/*`),
  };
}

/** What runs in the network and asks S3 for more than the lake's own. */
export interface PackageReaders {
  /** Glue jobs and EMR clusters. */
  readonly spark: boolean;
  /** Container images. */
  readonly images: boolean;
}

export function s3EndpointPolicy(place: Place, accountIds: readonly string[], readers: PackageReaders): Statement[] {
  const { region } = place;
  return [
    ownAccountsOnly("OwnBuckets", "s3:*", accountIds),
    ...(readers.spark
      ? [
          readOfAws("AmazonLinuxPackages", place, amazonLinuxBuckets(region)),
          readOfAws("EmrPackages", place, emrBuckets(region)),
          readOfAws("GlueLibraries", place, glueBuckets(region)),
        ]
      : []),
    ...(readers.images ? [readOfAws("ImageLayers", place, imageBuckets(region))] : []),
  ];
}

export function dynamodbEndpointPolicy(accountIds: readonly string[]): Statement[] {
  return [ownAccountsOnly("OwnTables", "dynamodb:*", accountIds)];
}

/** `iamPrefix` is the first part of the service's actions, e.g. `cloudwatch` behind the endpoint `monitoring`. */
export function interfaceEndpointPolicy(iamPrefix: string, accountIds: readonly string[]): Statement[] {
  return [ownAccountsOnly("OwnAccounts", `${iamPrefix}:*`, accountIds)];
}
