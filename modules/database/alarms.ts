import type { Construct } from "constructs";
import type { AlarmProps } from "../monitoring/alarm";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { databaseMetrics } from "../monitoring/metric";

/** How large a database is and may become. */
export interface DatabaseSize {
  /** Least capacity, in Aurora capacity units of 2 GB of memory. */
  readonly minCapacity: number;
  /** Most capacity. */
  readonly maxCapacity: number;
  /** Servers: one writes, the others stand by. */
  readonly instances: number;
}

interface DatabaseAlarmsProps extends DatabaseSize {
  readonly name: string;
  readonly clusterId: string;
  readonly alarms: AlarmTopic;
}

/** Everything else follows the capacity; one of these is the share of it that is taken. */
const BUSY_PERCENT = 90;
const MEGABYTE = 1024 ** 2;
const LEAST_MEMORY = 256 * MEGABYTE;
/** Sorts and temporary tables fill this storage, and fail when it is full. */
const LEAST_STORAGE = 1024 * MEGABYTE;
const LONGEST_LAG_MS = 10_000;
/** Connections for each unit of the most capacity, and at most; fewer where it starts from next to nothing. */
const CONNECTIONS = { each: 189, most: 5000, mostOfSmall: 2000, small: 0.5 };
/** Of the connections that there can be. */
const SHARE = 0.8;

/** Connections that a database takes: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html */
function mostConnections({ minCapacity, maxCapacity }: DatabaseSize): number {
  const { each, most, mostOfSmall, small } = CONNECTIONS;
  return Math.min(each * maxCapacity, minCapacity <= small ? mostOfSmall : most);
}

/** Alarms that tell of a database before those notice who ask it. */
export function addDatabaseAlarms(scope: Construct, { name, clusterId, alarms, ...size }: DatabaseAlarmsProps): void {
  const metrics = databaseMetrics(clusterId);
  const add = (id: string, alarm: Omit<AlarmProps, "name">) =>
    alarms.alarm(scope, id, { name: `${name}-${id}`, ...alarm });
  const scaling = "raise maxCapacity in the account's file if that is what it needs";
  add("cpu-high", {
    description: `The database computes without a break for a quarter of an hour. Look for slow statements in its log; ${scaling}.`,
    runbook: "database-busy",
    metric: metrics.processor,
    threshold: BUSY_PERCENT,
    periods: 3,
  });
  add("capacity-used-up", {
    description: `The database has been at the end of its capacity for a quarter of an hour: ${scaling}.`,
    runbook: "database-busy",
    metric: metrics.capacity,
    threshold: BUSY_PERCENT,
    periods: 3,
  });
  add("memory-low", {
    description: `A server of the database is almost out of memory. End what holds it; ${scaling}.`,
    runbook: "database-full",
    metric: metrics.freeMemory,
    threshold: LEAST_MEMORY,
    below: true,
  });
  add("local-storage-low", {
    description: `Sorts and temporary tables have almost filled a server's own storage: statements will fail. ${capital(scaling)}.`,
    runbook: "database-full",
    metric: metrics.freeStorage,
    threshold: LEAST_STORAGE,
    below: true,
  });
  add("connections-high", {
    description: "The database soon takes no further connections. Find out who opens them and does not close them.",
    runbook: "database-connections",
    metric: metrics.connections,
    threshold: Math.floor(SHARE * mostConnections(size)),
  });
  add("deadlocks", {
    description: "Statements wait for each other, and the database has ended some. Its log says which.",
    runbook: "database-deadlocks",
    metric: metrics.deadlocks,
    threshold: 0,
  });
  if (size.instances === 1) return;
  add("replica-lag", {
    description: "A standby server is more than ten seconds behind: what it answers is old. Look at what is written.",
    runbook: "database-replica-lag",
    metric: metrics.replicaLag,
    threshold: LONGEST_LAG_MS,
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
