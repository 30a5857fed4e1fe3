import type { Construct } from "constructs";
import { clusterMark, ingestFunction } from "../../contracts/ingestion";
import type { Compute } from "../../contracts/sources/source";
import { NodeFunction } from "../functions/node-function";
import { addFunctionAlarms } from "../monitoring/function-alarms";
import { OWN_NAMESPACE } from "../monitoring/metric";
import { StateMachine } from "../pipelines/state-machine";
import { arnIn } from "../place";
import type { IngestionProps } from "./ingestion";
import type { IngestionTable } from "./table";

/** It asks and notes, and never waits. */
const TIMEOUT_SECONDS = 60;
const MEMORY_MB = 512;
/** Scratch disk: the least there is. */
const DISK_MB = 512;
/** Calls at once: tables of all runs settle at different times. */
const CONCURRENCY = 5;
/** A cluster is ended with its execution; one that has no execution that could end lives this much longer. */
const CLUSTER_HOURS_MORE = 1;

export interface IngestFunctionProps
  extends Pick<IngestionProps, "shared" | "nameOf" | "alarms" | "code" | "settings"> {
  readonly table: IngestionTable;
  /** What sources are read by. */
  readonly kinds: readonly Compute[];
  readonly machineName: (kind: Compute) => string;
}

/** The function that starts runs, says what they may read, and puts right what was left behind. */
export function addIngestFunction(scope: Construct, props: IngestFunctionProps): NodeFunction {
  const { shared, nameOf, table, kinds, settings } = props;
  const name = nameOf(ingestFunction);
  const machines = kinds.map((kind) => [kind, StateMachine.arnOf(shared.place, props.machineName(kind))]);
  const ingest = new NodeFunction(scope, "ingest", {
    shared,
    name,
    description: "Starts runs that read tables of databases, and keeps their books",
    code: props.code.ingest,
    environment: {
      INGESTION_TABLE: table.tableName,
      STATE_MACHINES: JSON.stringify(Object.fromEntries(machines)),
      LEASE_SECONDS: String(settings.leaseHours * 3600),
      CLUSTER_PREFIX: nameOf("ingest-"),
      MAX_CLUSTER_HOURS: String(settings.leaseHours + CLUSTER_HOURS_MORE),
      ...(settings.historyDays === undefined ? {} : { HISTORY_DAYS: String(settings.historyDays) }),
      POWERTOOLS_SERVICE_NAME: name,
      POWERTOOLS_METRICS_NAMESPACE: OWN_NAMESPACE,
    },
    memoryMb: MEMORY_MB,
    timeoutSeconds: TIMEOUT_SECONDS,
    diskMb: DISK_MB,
    concurrency: CONCURRENCY,
    alarms: props.alarms,
  });
  table.grantManage(ingest.role);
  if (kinds.includes("emr")) allowClusters(ingest, props);
  addFunctionAlarms(scope, {
    alarms: props.alarms,
    name,
    timeoutSeconds: TIMEOUT_SECONDS,
    advice:
      "a run may not have begun, or tables are free again no earlier than its next sweep, in a quarter of an hour at most.",
    errorsId: "ingest-errors",
  });
  return ingest;
}

/** The function finds clusters, and ends those that carry the mark of ours. */
function allowClusters({ role }: NodeFunction, { shared, nameOf }: IngestFunctionProps): void {
  const { key, value } = clusterMark(nameOf("ingest-"));
  role.allow(
    // Knows no resources.
    { Sid: "FindClusters", Action: "elasticmapreduce:ListClusters", Resource: "*" },
    {
      Sid: "EndClusters",
      Action: ["elasticmapreduce:DescribeCluster", "elasticmapreduce:TerminateJobFlows"],
      Resource: arnIn(shared.place, "elasticmapreduce", "cluster/*"),
      Condition: { StringEquals: { [`elasticmapreduce:ResourceTag/${key}`]: value } },
    },
  );
}
