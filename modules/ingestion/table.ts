import { createHash } from "node:crypto";
import { DynamodbTableItem } from "@cdktf/provider-aws/lib/dynamodb-table-item";
import type { Construct } from "constructs";
import {
  clusterIndex,
  historyPartition,
  ingestionKeys,
  sourceKey,
  sourceList,
  sourceListKey,
  sourceTableKey,
  tableId,
  tableStateKey,
} from "../../contracts/ingestion";
import type { Source } from "../../contracts/sources/source";
import type { Role } from "../identity/role";
import { RecordTable, type RecordTableProps } from "../storage/record-table";
import { type Definition, escaped } from "./definitions";

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
    this.addItem(`listed-${name}`, sourceListKey(id), {});
    this.addItem(`source-${name}`, sourceKey(id), { definition: { S: source } });
    for (const [table, definition] of tables) {
      this.addItem(`table-${name}-${idOf(table)}`, sourceTableKey(id, table), { definition: { S: definition } });
    }
  }

  /** The role may claim and settle tables, and see everything. */
  grantManage(role: Role): void {
    this.grantRead(role);
    this.allowKeys(role, "Manage", CHANGES, [sourceList, ...ownOf("")]);
  }

  /** The role may read definitions of these sources, and work on windows of their tables. */
  grantIngest(role: Role, sources: readonly Pick<Source, "id">[]): void {
    const definitions = sources.map(({ id }) => sourceKey(id).pk);
    this.allowKeys(role, "ReadDefinitionsOf", READS, definitions);
    const own = sources.flatMap(({ id }) => ownOf(tableId(id, "")));
    this.allowKeys(role, "WorkOn", [...CHANGES, ...READS], own);
  }

  /** The role may do these with items whose partition is like one of these. */
  private allowKeys(role: Role, verb: string, actions: readonly string[], partitions: readonly string[]): void {
    this.grantItems(role, verb, actions, { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": partitions } });
  }

  private addItem(id: string, { pk, sk }: { readonly pk: string; readonly sk: string }, more: object): void {
    const item = JSON.stringify({ pk: { S: escaped(pk) }, sk: { S: escaped(sk) }, ...more });
    new DynamodbTableItem(this, id, { tableName: this.tableName, ...this.keys, item });
  }
}

/** Partitions of what is known of tables whose ids begin so. */
const ownOf = (id: string) => [`${tableStateKey(id).pk}*`, `${historyPartition(id)}*`];

/** A table's name in the name of a resource: any text is, so one that is not plain is known by its hash as well. */
function idOf(table: string): string {
  const plain = table.replace(/[^\w-]/g, "-");
  return plain === table ? plain : `${plain}-${createHash("sha256").update(table).digest("hex").slice(0, 8)}`;
}
