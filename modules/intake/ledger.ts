import type { Construct } from "constructs";
import { ledgerIndex, ledgerKeys } from "../../contracts/ledger";
import type { Role } from "../identity/role";
import { RecordTable, type RecordTableProps } from "../storage/record-table";

/** What happened to each object version: the table in which conditional writes make every step safe to repeat. */
export class Ledger extends RecordTable {
  constructor(scope: Construct, id: string, props: RecordTableProps) {
    super(scope, id, props, { keys: ledgerKeys, index: ledgerIndex });
  }

  /** The role may record what it does; it can never remove an entry. */
  grantRecord(role: Role): void {
    this.grantItems(role, "RecordIn", ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]);
  }
}
