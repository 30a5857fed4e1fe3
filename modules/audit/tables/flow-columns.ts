/** A field of a flow record, and the column of the table in which it is found. */
export interface FlowColumn {
  readonly field: string;
  readonly name: string;
  readonly type: string;
}

/** Names in Parquet have underscores: https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html */
const column = (field: string, type = "string"): FlowColumn => ({ field, name: field.replaceAll("-", "_"), type });

/** What is recorded of each flow. The order is that of the files and cannot change under records that are there. */
export const FLOW_COLUMNS: readonly FlowColumn[] = [
  column("version", "int"),
  column("account-id"),
  column("interface-id"),
  column("srcaddr"),
  column("dstaddr"),
  column("srcport", "int"),
  column("dstport", "int"),
  column("protocol", "int"),
  column("packets", "bigint"),
  column("bytes", "bigint"),
  column("start", "bigint"),
  column("end", "bigint"),
  column("action"),
  column("log-status"),
  column("vpc-id"),
  column("subnet-id"),
  column("tcp-flags", "int"),
  column("pkt-srcaddr"),
  column("pkt-dstaddr"),
  column("az-id"),
  column("pkt-src-aws-service"),
  column("pkt-dst-aws-service"),
  column("flow-direction"),
  column("traffic-path", "int"),
];
