import { FlowLog } from "@cdktf/provider-aws/lib/flow-log";
import { Construct } from "constructs";
import { FLOW_COLUMNS } from "./tables/flow-columns";

export interface FlowLogsProps {
  readonly vpcId: string;
  /** Bucket of the audit account. */
  readonly bucketName: string;
  readonly name: string;
}

const AGGREGATION_SECONDS = 600;

/** Records what goes through the network, accepted or refused, in the audit account: Parquet, partitioned by account, region and hour. */
export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, props: FlowLogsProps) {
    super(scope, id);
    new FlowLog(this, "flow-log", {
      vpcId: props.vpcId,
      trafficType: "ALL",
      logDestinationType: "s3",
      logDestination: `arn:aws:s3:::${props.bucketName}`,
      // The fields are the columns of the table that reads them. Terraform would take a single dollar sign for its own.
      logFormat: FLOW_COLUMNS.map(({ field }) => `$\${${field}}`).join(" "),
      maxAggregationInterval: AGGREGATION_SECONDS,
      destinationOptions: { fileFormat: "parquet", hiveCompatiblePartitions: true, perHourPartition: true },
      tags: { Name: props.name },
    });
  }
}
