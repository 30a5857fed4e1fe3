import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { Construct } from "constructs";
import { ledgerIndex, ledgerKeys } from "../../contracts/ledger";
import type { Role } from "../identity/role";
import type { Key } from "../keys/key";

export interface LedgerProps {
  /** Physical name of the table. */
  readonly name: string;
  readonly key: Key;
  /** May a deployment delete the record of what happened to every file? */
  readonly removable: boolean;
}

/** What happened to each object version: the table in which conditional writes make every step safe to repeat. */
export class Ledger extends Construct {
  readonly tableName: string;
  readonly tableArn: string;
  private readonly key: Key;

  constructor(scope: Construct, id: string, props: LedgerProps) {
    super(scope, id);
    const table = new DynamodbTable(this, "table", {
      name: props.name,
      billingMode: "PAY_PER_REQUEST",
      hashKey: ledgerKeys.partition,
      rangeKey: ledgerKeys.sort,
      attribute: Object.values(ledgerKeys).map((name) => ({ name, type: "S" })),
      globalSecondaryIndex: [
        {
          name: ledgerIndex,
          hashKey: ledgerKeys.indexPartition,
          rangeKey: ledgerKeys.indexSort,
          projectionType: "ALL",
        },
      ],
      serverSideEncryption: { enabled: true, kmsKeyArn: props.key.arn },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: !props.removable,
      lifecycle: { preventDestroy: !props.removable },
    });
    this.tableName = table.name;
    this.tableArn = table.arn;
    this.key = props.key;
  }

  grantRead(role: Role): void {
    role.allow({
      Sid: "ReadLedger",
      Action: ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"],
      Resource: [this.tableArn, `${this.tableArn}/index/${ledgerIndex}`],
    });
    this.key.grantUseVia(role, "dynamodb", ["kms:Decrypt"]);
  }

  /** The role may record what it does; it can never remove an entry. */
  grantRecord(role: Role): void {
    role.allow({
      Sid: "RecordInLedger",
      Action: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
      Resource: this.tableArn,
    });
    this.key.grantUseVia(role, "dynamodb", ["kms:Decrypt"]);
  }
}
