import { AthenaNamedQuery } from "@cdktf/provider-aws/lib/athena-named-query";
import { Construct } from "constructs";
import { grantQueryTables, hideDatabases } from "../catalog/table-grants";
import type { Role } from "../identity/role";
import { Key } from "../keys/key";
import { arnIn, type Place } from "../place";
import { Bucket } from "../storage/bucket";
import { addWorkgroup, grantAsk, type WorkgroupProps } from "./workgroup";

/** A question that is kept for everybody. */
export interface KeptQuery {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly sql: string;
  /** Database in which it is asked: its tables are named whole. */
  readonly database: string;
}

/** What can be asked: tables of databases with such names, whose files lie below these prefixes. */
export interface Source {
  readonly bucket: Bucket;
  readonly prefixes: readonly string[];
  /** Pattern of their names: there may be any number, and a policy holds so many characters only. */
  readonly databases: string;
  /** Pattern of the names of those among them that cannot be asked. @default all can */
  readonly closedDatabases?: string;
}

export interface AnalyticsProps {
  readonly place: Place;
  readonly workgroupName: string;
  readonly resultsBucketName: string;
  /** Name behind `alias/` of the key of answers. */
  readonly keyAlias: string;
  /** Key of the catalog. */
  readonly catalogKey: Key;
  /** Days for which answers are kept. */
  readonly keepResultsDays: number;
  /** Gigabytes that one query may read at most. */
  readonly scanLimitGb: number;
  readonly sources: readonly Source[];
  readonly queries: readonly KeptQuery[];
  readonly accessLogBucket?: string;
  /** May a deployment delete the workgroup with all that was asked? */
  readonly removable: boolean;
}

/** Where the lake is asked: a workgroup whose settings nobody can get around, the answers, and questions to begin with. */
export class Analytics extends Construct {
  private readonly workgroup: WorkgroupProps;
  private readonly props: AnalyticsProps;

  constructor(scope: Construct, id: string, props: AnalyticsProps) {
    super(scope, id);
    this.props = props;
    const { place, removable } = props;
    // Answers hold rows of any zone, so they have a key of their own.
    const key = new Key(this, "key", { place, alias: props.keyAlias, description: "Answers to queries", removable });
    const results = new Bucket(this, "results", {
      name: props.resultsBucketName,
      key,
      lifecycle: { expireAfterDays: props.keepResultsDays, keepOldVersionsDays: 1 },
      accessLogBucket: props.accessLogBucket,
      removable,
    });
    this.workgroup = {
      place,
      name: props.workgroupName,
      description: "Questions to the lake",
      results,
      scanLimitGb: props.scanLimitGb,
      removable,
    };
    const workgroup = addWorkgroup(this, this.workgroup);
    for (const query of props.queries) {
      new AthenaNamedQuery(this, `query-${query.id.replace("/", "-")}`, {
        name: query.name,
        description: query.description,
        query: query.sql,
        database: query.database,
        workgroup: workgroup.name,
      });
    }
  }

  /** The role may ask in the workgroup, and read what can be asked: neither what is masked elsewhere nor rows as they came. */
  grantQuery(role: Role): void {
    const { place, sources, catalogKey } = this.props;
    grantAsk(
      role,
      this.workgroup,
      sources.map(({ bucket }) => bucket),
    );
    for (const { bucket, prefixes } of sources) bucket.grantReadEach(role, "tables", prefixes);
    role.allow({
      Sid: "FindTables",
      Action: [
        "athena:GetDataCatalog",
        "athena:GetDatabase",
        "athena:GetTableMetadata",
        "athena:ListDatabases",
        "athena:ListTableMetadata",
      ],
      Resource: arnIn(place, "athena", "datacatalog/AwsDataCatalog"),
    });
    grantQueryTables(
      role,
      { place, key: catalogKey },
      sources.map(({ databases }) => ({ database: databases })),
    );
    const closed = sources.flatMap(({ closedDatabases = [] }) => closedDatabases);
    if (closed.length > 0) hideDatabases(role, place, closed);
  }
}
