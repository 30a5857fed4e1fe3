import type { AthenaWorkgroup } from "@cdktf/provider-aws/lib/athena-workgroup";
import { Construct } from "constructs";
import { grantQueryTables } from "../catalog/table-grants";
import { Role } from "../identity/role";
import type { Key } from "../keys/key";
import { arnIn, type Place } from "../place";
import { trustPrincipals } from "../policies/statement";
import type { Bucket } from "../storage/bucket";

export interface AuditorProps {
  readonly place: Place;
  /** Physical name. */
  readonly name: string;
  /** Who may assume the role. */
  readonly trusted: readonly string[];
  readonly externalId: string;
  readonly boundaryArn: string;
  /** Buckets of records. */
  readonly records: readonly Bucket[];
  /** Where answers to queries are written. */
  readonly results: Bucket;
  readonly workgroup: AthenaWorkgroup;
  readonly databaseName: string;
  /** Key of the catalog. */
  readonly catalogKey: Key;
}

/** The one role that reads audit records, itself or by queries. It changes none, and each of its reads is recorded. */
export class Auditor extends Construct {
  constructor(scope: Construct, id: string, props: AuditorProps) {
    super(scope, id);
    const { place, databaseName } = props;
    const role = new Role(this, "role", {
      name: props.name,
      description: "Reads audit records",
      trust: [trustPrincipals(props.trusted, props.externalId)],
      boundaryArn: props.boundaryArn,
    });
    for (const bucket of props.records) bucket.grantRead(role);
    props.results.grantRead(role);
    props.results.grantWrite(role);
    role.allow(
      // Athena looks where buckets are before it reads or writes them.
      {
        Sid: "FindBuckets",
        Action: ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
        Resource: [...props.records, props.results].map(({ arn }) => arn),
      },
      {
        Sid: "AskQuestions",
        Action: [
          "athena:BatchGetNamedQuery",
          "athena:GetNamedQuery",
          "athena:GetQueryExecution",
          "athena:GetQueryResults",
          "athena:GetWorkGroup",
          "athena:ListNamedQueries",
          "athena:ListQueryExecutions",
          "athena:StartQueryExecution",
          "athena:StopQueryExecution",
        ],
        Resource: arnIn(place, "athena", `workgroup/${props.workgroup.nameInput}`),
      },
    );
    grantQueryTables(role, { place, key: props.catalogKey }, [{ database: databaseName }]);
  }
}
