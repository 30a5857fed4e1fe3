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
  /** Gigabytes that one query may read at most. */
  readonly scanLimitGb: number;
  /** May a deployment delete the workgroup with all that was asked? */
  readonly removable: boolean;
}

/** Version of Athena that reads Iceberg tables and knows their snapshots. */
const ENGINE = "Athena engine version 3";

/** A workgroup of Athena. Whoever asks here gets its settings, whatever the query asks for. */
export function addWorkgroup(scope: Construct, props: WorkgroupProps): AthenaWorkgroup {
  const { results } = props;
  return new AthenaWorkgroup(scope, "workgroup", {
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
        outputLocation: `s3://${results.name}/`,
        expectedBucketOwner: props.place.accountId,
        encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: results.key.arn },
      },
    },
  });
}

/** The role may ask in the workgroup and read the answers. What it asks of, it has to be let read as well. */
export function grantAsk(
  role: Role,
  { place, name, results }: Pick<WorkgroupProps, "place" | "name" | "results">,
  asked: readonly Bucket[],
): void {
  results.grantRead(role);
  results.grantWrite(role);
  role.allow(
    {
      Sid: `FindBuckets${pascal(name)}`,
      // Athena looks where buckets are before it reads or writes them.
      Action: ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
      Resource: [...asked, results].map(({ arn }) => arn),
    },
    {
      Sid: `AskQuestions${pascal(name)}`,
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
