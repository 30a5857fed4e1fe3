import type { Construct } from "constructs";
import { runIndex, runKeys } from "../../contracts/runs";
import type { Role } from "../identity/role";
import { RecordTable, type RecordTableProps } from "../storage/record-table";

/** What waits, what runs and what ran: the table in which conditional writes keep two runs of one job apart. */
export class RunTable extends RecordTable {
  constructor(scope: Construct, id: string, props: RecordTableProps) {
    super(scope, id, props, { keys: runKeys, index: runIndex });
  }

  /** The role may dispatch runs: note what waits, take it, and record what became of it. */
  grantDispatch(role: Role): void {
    this.grantRead(role);
    this.grantItems(role, "Dispatch", ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]);
  }
}
