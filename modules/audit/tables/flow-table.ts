import { type AuditTable, number, oneOf, year } from "./audit-table";
import { FLOW_COLUMNS } from "./flow-columns";

/** https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html */
export function flowTable(bucketName: string, places: readonly { accountId: string; region: string }[]): AuditTable {
  const root = `s3://${bucketName}/AWSLogs/`;
  return {
    name: "flows",
    description: "Every flow through the networks of the lakes, accepted or refused",
    columns: FLOW_COLUMNS.map(({ name, type }) => ({ name, type })),
    partitions: [
      oneOf(
        "account",
        places.map(({ accountId }) => accountId),
      ),
      oneOf(
        "region",
        places.map(({ region }) => region),
      ),
      year("year"),
      number("month", 1, 12, 2),
      number("day", 1, 31, 2),
      number("hour", 0, 23, 2),
    ],
    root,
    location: `${root}aws-account-id=\${account}/aws-service=vpcflowlogs/aws-region=\${region}/year=\${year}/month=\${month}/day=\${day}/hour=\${hour}`,
    inputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    outputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    serde: { library: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe" },
  };
}
