import { AthenaNamedQuery } from "@cdktf/provider-aws/lib/athena-named-query";
import { Construct } from "constructs";
import { type Clearance, clearances, clearanceTag } from "../../contracts/people";
import { grantAskTables, hideDatabases } from "../catalog/table-grants";
import { readByClearance, whoeverIsNotCleared } from "../identity/clearance";
import type { Role } from "../identity/role";
import { Key, pascal } from "../keys/key";
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
  /** Those among them, by a pattern, of which only people with at least this clearance see anything. @default all do */
  readonly guarded?: { readonly databases: string; readonly least: Clearance };
}

/** The clearance that all of a source takes. */
function leastOf({ databases, guarded }: Source): Clearance {
  return guarded?.databases === databases ? guarded.least : clearances[0];
}

export interface AnalyticsProps {
  readonly place: Place;
  /** Physical name of the workgroup; of those for each clearance, what stands before it. */
  readonly workgroupName: string;
  /**
   * Answers are as sensitive as what was asked about: a workgroup for each clearance then keeps its own apart, and who has
   * another clearance reads none of them. @default one workgroup for all who may ask
   */
  readonly byClearance?: boolean;
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
  private readonly workgroup: Pick<WorkgroupProps, "place" | "name" | "results" | "prefix">;
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
    const shared = { place, results, scanLimitGb: props.scanLimitGb, removable };
    const description = "Questions to the lake";
    const { workgroupName, byClearance = false } = props;
    const own = `\${aws:PrincipalTag/${clearanceTag}}`;
    this.workgroup = byClearance
      ? { place, results, name: `${workgroupName}-${own}`, prefix: `${own}/` }
      : { place, results, name: workgroupName };
    const workgroups = byClearance
      ? clearances.map((level) => {
          const group = { ...shared, name: `${workgroupName}-${level}`, prefix: `${level}/` };
          return addWorkgroup(this, { ...group, description: `${description}, ${level}` }, `workgroup-${level}`);
        })
      : [addWorkgroup(this, { ...shared, name: workgroupName, description })];
    for (const [index, workgroup] of workgroups.entries())
      for (const query of props.queries) {
        const of = index === 0 ? "" : `-${clearances[index]}`;
        new AthenaNamedQuery(this, `query-${query.id.replace("/", "-")}${of}`, {
          name: query.name,
          description: query.description,
          query: query.sql,
          database: query.database,
          workgroup: workgroup.name,
        });
      }
  }

  /** The role may ask in the workgroup, and find what can be asked. What it reads by it, it has to be let read as well. */
  grantAsk(role: Role): void {
    const { place, sources, catalogKey } = this.props;
    grantAsk(
      role,
      this.workgroup,
      sources.map(({ bucket }) => bucket),
    );
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
    grantAskTables(
      role,
      { place, key: catalogKey },
      pascal(this.node.id),
      sources.map(({ databases }) => ({ database: databases })),
    );
    for (const { guarded } of sources) {
      if (guarded === undefined) continue;
      hideDatabases(role, place, [guarded.databases], guarded.least);
      if (!this.props.byClearance) this.hideAnswers(role, guarded.least);
    }
  }

  /** Answers that are not kept apart hold what only some may see, and so do questions. */
  private hideAnswers(role: Role, least: Clearance): void {
    const { place, name, results } = this.workgroup;
    role.deny({
      Sid: `HideAnswersBelow${pascal(least)}`,
      Action: ["athena:*", "s3:*"],
      Resource: [arnIn(place, "athena", `workgroup/${name}`), `${results.arn}/*`],
      Condition: whoeverIsNotCleared(least),
    });
  }

  /** The role may ask, and its people may read what they ask about as far as they are cleared for it. */
  grantQuery(role: Role): void {
    this.grantAsk(role);
    const { sources } = this.props;
    for (const { bucket, prefixes } of sources) bucket.grantFind(role, this.node.id, prefixes);
    const below = (source: Source) => source.prefixes.map((prefix) => `${source.bucket.arn}/${prefix}*`);
    for (const least of clearances) {
      const objects = sources.filter((source) => leastOf(source) === least).flatMap(below);
      if (objects.length > 0)
        role.allow(...readByClearance(`${pascal(this.node.id)}From${pascal(least)}`, objects, least));
    }
  }
}
