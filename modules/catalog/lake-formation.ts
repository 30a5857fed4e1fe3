import { LakeformationDataLakeSettings } from "@cdktf/provider-aws/lib/lakeformation-data-lake-settings";
import { LakeformationLfTag } from "@cdktf/provider-aws/lib/lakeformation-lf-tag";
import { LakeformationOptIn, type LakeformationOptInResourceData } from "@cdktf/provider-aws/lib/lakeformation-opt-in";
import { LakeformationPermissions } from "@cdktf/provider-aws/lib/lakeformation-permissions";
import { LakeformationResourceLfTags } from "@cdktf/provider-aws/lib/lakeformation-resource-lf-tags";
import { Construct } from "constructs";
import { type Classification, classifications } from "../../contracts";
import { classificationTag } from "../../contracts/layout";
import type { Role } from "../identity/role";
import type { Place } from "../place";
import type { Catalog } from "./catalog";

/** What a database holds, by how its data came about. */
const layers = ["raw", "refined", "clear", "curated", "landing"] as const;
export type Layer = (typeof layers)[number];

/** LF-tags of a database. Whatever jobs and crawlers make in it inherits them. */
export interface GovernedDatabase {
  readonly name: string;
  readonly domain: string;
  readonly layer: Layer;
  /** The highest of all that is in it. */
  readonly classification: Classification;
  /** Tables that the stack makes: they carry a classification of their own. @default none */
  readonly tables?: readonly GovernedTable[];
}

interface GovernedTable {
  readonly name: string;
  readonly classification: Classification;
  /** Columns that are classified otherwise than their table, by how. */
  readonly columns: ReadonlyMap<Classification, readonly string[]>;
}

export interface LakeFormationProps {
  readonly place: Place;
  /** ARNs of those who administer it: the role that deploys, and whom the account's file names. */
  readonly administrators: readonly string[];
  /** ARN of the role that plans: without it a plan could not see LF-tags, grants and opt-ins. */
  readonly reader: string;
  readonly databases: readonly GovernedDatabase[];
}

/** The group of all whom IAM allows something: with what it has, a database or table is decided by IAM alone. */
const WHOEVER_IAM_ALLOWS = "IAM_ALLOWED_PRINCIPALS";

/**
 * Layers that people ask by grants. What is in the others is asked by nobody, or takes a clearance even to be seen, which is
 * IAM's to decide.
 */
const OPEN: readonly Layer[] = ["curated", "refined"];

/** Key of each LF-tag, and what it says of a database. */
const TAGS = {
  [classificationTag]: ({ classification }: GovernedDatabase) => classification,
  domain: ({ domain }: GovernedDatabase) => domain,
  layer: ({ layer }: GovernedDatabase) => layer,
} as const;

/**
 * Lake Formation in hybrid access mode. Everybody goes on with IAM alone but those who are opted in: these need a grant by
 * LF-tags besides.
 *
 * No location of data is registered. Lake Formation would hand out credentials of one role for it, whoever asks: it knows
 * roles and not the session tag that carries a clearance, so tags of objects would not count any more, and each job would
 * need a grant for each of its tables' locations.
 * https://docs.aws.amazon.com/lake-formation/latest/dg/hybrid-access-workflow.html
 */
export class LakeFormation extends Construct {
  /** Databases that are made without it, and tables in them, would be nobody's after an earlier lake was removed. */
  readonly settings: LakeformationDataLakeSettings;
  private readonly keys: ReadonlyMap<string, string>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: LakeFormationProps,
  ) {
    super(scope, id);
    const { administrators, reader, databases } = props;
    const byIam = [{ principal: WHOEVER_IAM_ALLOWS, permissions: ["ALL"] }];
    this.settings = new LakeformationDataLakeSettings(this, "settings", {
      admins: [...administrators],
      readOnlyAdmins: [reader],
      createDatabaseDefaultPermissions: byIam,
      createTableDefaultPermissions: byIam,
    });
    const values = {
      [classificationTag]: classifications,
      domain: [...new Set(databases.map(({ domain }) => domain))].sort(),
      layer: layers,
    };
    this.keys = new Map(
      Object.entries(values).map(([key, known]) => [
        key,
        new LakeformationLfTag(this, `tag-${key}`, { key, values: [...known], dependsOn: [this.settings] }).key,
      ]),
    );
  }

  /** Puts the LF-tags on the databases, and a classification on tables and columns where the stack makes them. */
  tag(catalog: Catalog): void {
    for (const database of this.props.databases) {
      const onDatabase = new LakeformationResourceLfTags(this, `tags-${database.name}`, {
        database: { name: catalog.referenceTo(database.name) },
        lfTag: Object.entries(TAGS).map(([key, said]) => ({ key: this.keyOf(key), value: said(database) })),
      });
      for (const table of database.tables ?? []) this.tagTable(catalog, database, table, onDatabase);
    }
  }

  /** Columns come after their table, and tables after their database: each takes what is above it unless it says otherwise. */
  private tagTable(
    catalog: Catalog,
    database: GovernedDatabase,
    { name, classification, columns }: GovernedTable,
    onDatabase: LakeformationResourceLfTags,
  ): void {
    const id = `tags-${database.name}-${name}`;
    const table = {
      databaseName: catalog.referenceTo(database.name),
      name: catalog.referenceToTable(database.name, name),
    };
    const classified = (value: Classification) => [{ key: this.keyOf(classificationTag), value }];
    const onTable = new LakeformationResourceLfTags(this, id, {
      table,
      lfTag: classified(classification),
      dependsOn: [onDatabase],
    });
    for (const [level, columnNames] of columns) {
      new LakeformationResourceLfTags(this, `${id}-${level}`, {
        tableWithColumns: { ...table, columnNames: [...columnNames] },
        lfTag: classified(level),
        dependsOn: [onTable],
      });
    }
  }

  /**
   * People of the role see and ask tables of the open layers, and nothing else there, whatever IAM allows them. How much of
   * it a session may read is decided by its clearance, in IAM: the grant is the most that any session of the role has.
   */
  grantAsk(role: Role, catalog: Catalog): void {
    const id = role.node.id;
    const principal = role.arn;
    // AWS names the account in what it answers: without it here each plan would make the opt-in anew.
    const catalogId = this.props.place.accountId;
    const grants = [
      ["DATABASE", ["DESCRIBE"]],
      ["TABLE", ["DESCRIBE", "SELECT"]],
    ] as const;
    const made = grants.map(
      ([resourceType, permissions]) =>
        new LakeformationPermissions(this, `${id}-${resourceType.toLowerCase()}`, {
          principal,
          permissions: [...permissions],
          lfTagPolicy: {
            resourceType,
            expression: [
              { key: this.keyOf(classificationTag), values: [...classifications] },
              { key: this.keyOf("layer"), values: [...OPEN] },
            ],
          },
        }),
    );
    for (const { name } of this.props.databases.filter(({ layer }) => OPEN.includes(layer))) {
      const databaseName = catalog.referenceTo(name);
      const optIn = (part: string, resource: LakeformationOptInResourceData) =>
        new LakeformationOptIn(this, `${id}-${name}${part}`, {
          principal: [{ dataLakePrincipalIdentifier: principal }],
          resourceData: [resource],
          // Opted in before it has grants, the role would see nothing.
          dependsOn: made,
        });
      optIn("", { database: [{ catalogId, name: databaseName }] });
      optIn("-tables", { table: [{ catalogId, databaseName, wildcard: true }] });
    }
  }

  private keyOf(tag: string): string {
    const key = this.keys.get(tag);
    if (key === undefined) throw new Error(`there is no LF-tag ${tag}`);
    return key;
  }
}
