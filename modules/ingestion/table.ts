import { DynamodbTableItem } from "@cdktf/provider-aws/lib/dynamodb-table-item";
import type { Construct } from "constructs";
import { clusterIndex, ingestionKeys, sourceKey, sourceTableKey, tableId, tableStateKey } from "../../contracts/ingestion";
import type { Source } from "../../contracts/sources/source";
import type { Role } from "../identity/role";
import { RecordTable, type RecordTableProps } from "../storage/record-table";
import type { Definition } from "./definitions";

/** Items that state machines and jobs change: definitions are none of them. */
const CHANGES = ["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
const READS = ["dynamodb:GetItem", "dynamodb:Query"];

/**
 * The sources, who reads a table of theirs, up to when it has been read, and what became of each attempt. Definitions are
 * items of their own keys: a deployment writes them and nothing else, and everybody else writes everything but them.
 */
export class IngestionTable extends RecordTable {
  private readonly keys: { readonly hashKey: string; readonly rangeKey: string };

  constructor(scope: Construct, id: string, props: RecordTableProps) {
    const { expiry, ...keys } = ingestionKeys;
    super(scope, id, props, { keys, index: clusterIndex, expiry });
    this.keys = { hashKey: keys.partition, rangeKey: keys.sort };
  }

  /** Writes down a source and its tables: what is changed or gone here is changed or goes in the table. */
  define({ id, source, tables }: Definition): void {
    const name = id.replaceAll("/", "-");
    this.addItem(`source-${name}`, sourceKey(id), source);
    for (const [table, definition] of tables) {
      this.addItem(`table-${name}-${idOf(table)}`, sourceTableKey(id, table), definition);
    }
  }

  /** The role may claim and settle tables, and see everything. */
  grantManage(role: Role): void {
    this.grantRead(role);
    this.allowKeys(role, "Manage", CHANGES, [`${partition("")}*`, "history#*"]);
  }

  /** The role may read definitions of these sources, and work on windows of their tables. */
  grantIngest(role: Role, sources: readonly Pick<Source, "id">[]): void {
    this.allowKeys(
      role,
      "DefinitionsOf",
      READS,
      sources.map(({ id }) => sourceKey(id).pk),
    );
    const own = sources.flatMap(({ id }) => [`${partition(tableId(id, ""))}*`, `history#${tableId(id, "")}*`]);
    this.allowKeys(role, "WorkIn", [...CHANGES, ...READS], own);
  }

  /** The role may do these with items whose partition is like one of these. */
  private allowKeys(role: Role, verb: string, actions: readonly string[], partitions: readonly string[]): void {
    this.grantItems(role, verb, actions, { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": partitions } });
  }

  private addItem(id: string, key: { readonly pk: string; readonly sk: string }, definition: string): void {
    const item = { pk: { S: escaped(key.pk) }, sk: { S: escaped(key.sk) }, definition: { S: definition } };
    new DynamodbTableItem(this, id, { tableName: this.tableName, ...this.keys, item: JSON.stringify(item) });
  }
}

/** Partition of the state of a table, and of its open windows. */
const partition = (id: string) => tableStateKey(id).pk;
