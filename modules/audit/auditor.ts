import { Construct } from "constructs";
import { grantQueryTables } from "../catalog/table-grants";
import { Role } from "../identity/role";
import type { Key } from "../keys/key";
import type { Place } from "../place";
import { trustPrincipals } from "../policies/statement";
import { grantAsk, type WorkgroupProps } from "../query/workgroup";
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
  /** Where and how they are asked. */
  readonly workgroup: WorkgroupProps;
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
    grantAsk(role, props.workgroup, props.records);
    grantQueryTables(role, { place, key: props.catalogKey }, [{ database: databaseName }]);
  }
}
