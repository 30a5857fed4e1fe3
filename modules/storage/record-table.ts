import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import { type Key, pascal } from "../keys/key";
import type { Statement } from "../policies/statement";

export interface RecordTableProps {
  /** Physical name of the table. */
  readonly name: string;
  readonly key: Key;
  /** May a deployment delete what is recorded here? */
  readonly removable: boolean;
}

/** Names of a table's keys and of its one index. */
export interface TableLayout {
  readonly keys: {
    readonly partition: string;
    readonly sort: string;
    readonly indexPartition: string;
    readonly indexSort: string;
  };
  readonly index: string;
  /** Attribute with the time, in seconds since 1970, at which DynamoDB drops an item. @default none */
  readonly expiry?: string;
}

/** A table of what happened: encrypted, recoverable to any second, and not to be deleted by accident. */
export class RecordTable extends Construct {
  readonly tableName: string;
  readonly tableArn: string;
  protected readonly indexArn: string;
  private readonly key: Key;
  private readonly label: string;

  constructor(scope: Construct, id: string, props: RecordTableProps, { keys, index, expiry }: TableLayout) {
    super(scope, id);
    const table = new DynamodbTable(this, "table", {
      name: props.name,
      billingMode: "PAY_PER_REQUEST",
      hashKey: keys.partition,
      rangeKey: keys.sort,
      attribute: Object.values(keys).map((name) => ({ name, type: "S" })),
      globalSecondaryIndex: [
        { name: index, hashKey: keys.indexPartition, rangeKey: keys.indexSort, projectionType: "ALL" },
      ],
      serverSideEncryption: { enabled: true, kmsKeyArn: props.key.arn },
      pointInTimeRecovery: { enabled: true },
      ttl: expiry === undefined ? undefined : { attributeName: expiry, enabled: true },
      deletionProtectionEnabled: !props.removable,
      lifecycle: { preventDestroy: !props.removable },
    });
    this.tableName = table.name;
    this.tableArn = table.arn;
    this.indexArn = `${table.arn}/index/${index}`;
    this.key = props.key;
    this.label = pascal(id);
  }

  grantRead(role: Role): void {
    role.allow({
      Sid: `Read${this.label}`,
      Action: ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"],
      Resource: [this.tableArn, this.indexArn],
    });
    this.key.grantUseVia(role, "dynamodb", ["kms:Decrypt"]);
  }

  /** The role may do these with items of the table itself, all or those of the condition. */
  protected grantItems(role: Role, verb: string, actions: readonly string[], condition?: Statement["Condition"]): void {
    const grant = { Sid: `${verb}${this.label}`, Action: actions, Resource: this.tableArn };
    role.allow(condition === undefined ? grant : { ...grant, Condition: condition });
    this.key.grantUseVia(role, "dynamodb", ["kms:Decrypt"]);
  }
}
