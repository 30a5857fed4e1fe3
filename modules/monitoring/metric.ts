import { arnIn, type Place } from "../place";

/** One line of a graph, and what an alarm watches. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** How the values of a period become one. `p99` is what all but the worst hundredth stay below. */
  readonly statistic: "Average" | "Maximum" | "Minimum" | "Sum" | "p99";
  /** Length of a period in seconds. @default 300 */
  readonly periodSeconds?: number;
  /**
   * What is counted: for people who look at graphs. Alarms do not ask for it, as they would not see values of another unit.
   * @default CloudWatch finds out
   */
  readonly unit?: "Bytes" | "Count" | "Milliseconds" | "Percent" | "Seconds";
}

/** What most services publish into once a minute or more often. */
export const PERIOD_SECONDS = 300;
/** Our functions' own metrics. */
export const OWN_NAMESPACE = "DataLake";
/** Calls that are counted in the log groups of trails. */
export const CALLS_NAMESPACE = "DataLake/Audit";
/** Of these, calls that CIS AWS Foundations wants watched. */
export const CIS_NAMESPACE = "DataLake/Cis";
const QUARTER_HOUR = 900;
const HOUR = 3600;
const DAY = 24 * HOUR;

type Shape = Pick<Metric, "statistic" | "unit" | "periodSeconds">;
const counted: Shape = { statistic: "Sum", unit: "Count" };
const most: Shape = { statistic: "Maximum", unit: "Count" };
const oldest: Shape = { statistic: "Maximum", unit: "Seconds" };

const metricsOf =
  (namespace: string, dimensions: Metric["dimensions"]) =>
  (name: string, shape: Shape): Metric => ({ namespace, name, dimensions, ...shape });

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
export function queueMetrics(name: string) {
  const metric = metricsOf("AWS/SQS", { QueueName: name });
  return {
    waiting: metric("ApproximateNumberOfMessagesVisible", most),
    age: metric("ApproximateAgeOfOldestMessage", oldest),
    sent: metric("NumberOfMessagesSent", counted),
    deleted: metric("NumberOfMessagesDeleted", counted),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export function functionMetrics(name: string) {
  const metric = metricsOf("AWS/Lambda", { FunctionName: name });
  return {
    calls: metric("Invocations", counted),
    errors: metric("Errors", counted),
    throttles: metric("Throttles", counted),
    duration: metric("Duration", { statistic: "p99", unit: "Milliseconds" }),
    atOnce: metric("ConcurrentExecutions", most),
  };
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html */
export function machineMetrics(place: Place, name: string) {
  const metric = metricsOf("AWS/States", { StateMachineArn: arnIn(place, "states", `stateMachine:${name}`) });
  return {
    started: metric("ExecutionsStarted", counted),
    succeeded: metric("ExecutionsSucceeded", counted),
    failed: metric("ExecutionsFailed", counted),
    timedOut: metric("ExecutionsTimedOut", counted),
    aborted: metric("ExecutionsAborted", counted),
    throttled: metric("ExecutionThrottled", counted),
    duration: metric("ExecutionTime", { statistic: "p99", unit: "Milliseconds" }),
  };
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html */
export function scheduleMetrics(group: string) {
  const metric = metricsOf("AWS/Scheduler", { ScheduleGroup: group });
  return { dropped: metric("InvocationDroppedCount", counted), tried: metric("InvocationAttemptCount", counted) };
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html */
export function databaseMetrics(clusterId: string) {
  const metric = metricsOf("AWS/RDS", { DBClusterIdentifier: clusterId });
  return {
    processor: metric("CPUUtilization", { statistic: "Average", unit: "Percent" }),
    capacity: metric("ACUUtilization", { statistic: "Average", unit: "Percent" }),
    freeMemory: metric("FreeableMemory", { statistic: "Minimum", unit: "Bytes" }),
    freeStorage: metric("FreeLocalStorage", { statistic: "Minimum", unit: "Bytes" }),
    connections: metric("DatabaseConnections", most),
    deadlocks: metric("Deadlocks", counted),
    replicaLag: metric("AuroraReplicaLagMaximum", { statistic: "Maximum", unit: "Milliseconds" }),
  };
}

/** Storage of a bucket, which S3 counts once a day: https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html */
export function bucketMetrics(bucketName: string) {
  const metric = metricsOf("AWS/S3", { BucketName: bucketName, StorageType: "StandardStorage" });
  return { size: metric("BucketSizeBytes", { statistic: "Average", unit: "Bytes", periodSeconds: DAY }) };
}

/** What the function that loads files counts, over all datasets. */
export function intakeMetrics(functionName: string) {
  const metric = metricsOf(OWN_NAMESPACE, { service: functionName });
  return {
    unreconciled: metric("ReconciliationFailures", counted),
    rowsIn: metric("RowsIn", counted),
    rowsOut: metric("RowsOut", counted),
    rowsQuarantined: metric("RowsQuarantined", counted),
  };
}

/** What the function that reads databases counts, over all sources. */
export function ingestMetrics(functionName: string) {
  const metric = metricsOf(OWN_NAMESPACE, { service: functionName });
  return {
    tablesSucceeded: metric("TablesSucceeded", counted),
    tablesFailed: metric("TablesFailed", counted),
    rows: metric("RowsIngested", counted),
  };
}

/** What a layer's dispatch function counts, over all its jobs. */
export function dispatchMetrics(functionName: string) {
  const metric = metricsOf(OWN_NAMESPACE, { service: functionName });
  return {
    unreconciled: metric("ReconciliationFailures", counted),
    started: metric("RunsStarted", counted),
    succeeded: metric("RunsSucceeded", counted),
    refused: metric("RunsRefused", counted),
    failed: metric("RunsFailed", counted),
    retried: metric("RunsRetried", { ...counted, periodSeconds: HOUR }),
  };
}

/** The same of one job: how old the last data is that it has taken. */
export function jobMetrics(functionName: string, job: string) {
  const metric = metricsOf(OWN_NAMESPACE, { service: functionName, job });
  // The sweep tells it every quarter of an hour: half an hour always has a value.
  return { age: metric("DataAge", { ...oldest, periodSeconds: 2 * QUARTER_HOUR }) };
}

/** Calls that a filter finds in the log group of the account's trail. @param name physical name of the filter */
export function callMetrics(name: string, namespace = CALLS_NAMESPACE) {
  return { calls: metricsOf(namespace, {})(name, counted) };
}
