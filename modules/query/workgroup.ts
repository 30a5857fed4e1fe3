import { AthenaWorkgroup } from "@cdktf/provider-aws/lib/athena-workgroup";
import type { Construct } from "constructs";
import type { Role } from "../identity/role";
import { pascal } from "../keys/key";
import { arnIn, type Place } from "../place";
import type { Bucket } from "../storage/bucket";

export interface WorkgroupProps {
  readonly place: Place;
  /** Physical name. */
  readonly name: string;
  readonly description: string;
  /** Where answers are written, encrypted with the bucket's key. */
  readonly results: Bucket;
  /** Below which prefix of it, with a slash at the end. @default anywhere */
  readonly prefix?: string;
  /** Gigabytes that one query may read at most. */
  readonly scanLimitGb: number;
  /** May a deployment delete the workgroup with all that was asked? */
  readonly removable: boolean;
}

/** Version of Athena that reads Iceberg tables and knows their snapshots. */
const ENGINE = "Athena engine version 3";

/** A workgroup of Athena. Whoever asks here gets its settings, whatever the query asks for. */
export function addWorkgroup(scope: Construct, props: WorkgroupProps, id = "workgroup"): AthenaWorkgroup {
  const { results, prefix = "" } = props;
  return new AthenaWorkgroup(scope, id, {
    name: props.name,
    description: props.description,
    forceDestroy: props.removable,
    configuration: {
      enforceWorkgroupConfiguration: true,
      publishCloudwatchMetricsEnabled: true,
      requesterPaysEnabled: false,
      bytesScannedCutoffPerQuery: props.scanLimitGb * 1024 ** 3,
      engineVersion: { selectedEngineVersion: ENGINE },
      resultConfiguration: {
        outputLocation: `s3://${results.name}/${prefix}`,
        expectedBucketOwner: props.place.accountId,
        encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: results.key.arn },
      },
    },
  });
}

/** The role may ask in the workgroup and read the answers; name and prefix may have variables of IAM. What it asks of, it has to be let read as well. */
export function grantAsk(
  role: Role,
  { place, name, results, prefix = "" }: Pick<WorkgroupProps, "place" | "name" | "results" | "prefix">,
  asked: readonly Bucket[],
): void {
  results.grantRead(role, prefix);
  results.grantWrite(role, prefix);
  role.allow(
    {
      Sid: `FindBuckets${pascal(name.replace(/\$\{.*\}/, ""))}`,
      // Athena looks where buckets are before it reads or writes them.
      Action: ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
      Resource: [...asked, results].map(({ arn }) => arn),
    },
    {
      Sid: `AskQuestions${pascal(name.replace(/\$\{.*\}/, ""))}`,
      Action: [
        "athena:BatchGetNamedQuery",
        "athena:BatchGetQueryExecution",
        "athena:GetNamedQuery",
        "athena:GetQueryExecution",
        "athena:GetQueryResults",
        "athena:GetQueryResultsStream",
        "athena:GetQueryRuntimeStatistics",
        "athena:GetWorkGroup",
        "athena:ListNamedQueries",
        "athena:ListQueryExecutions",
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
      ],
      Resource: arnIn(place, "athena", `workgroup/${name}`),
    },
  );
}
