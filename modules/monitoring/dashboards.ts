import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import type { Place } from "../place";
import type { AlarmTopic } from "./alarm-topic";
import {
  bucketMetrics,
  callMetrics,
  databaseMetrics,
  dispatchMetrics,
  functionMetrics,
  ingestMetrics,
  intakeMetrics,
  jobMetrics,
  machineMetrics,
  queueMetrics,
  scheduleMetrics,
} from "./metric";
import { alarmStates, dashboardBody, graph, heading, type Line, type Widget } from "./widgets";

/** What an account has to show, by physical names. */
export interface Watched {
  readonly zones: readonly { readonly name: string; readonly bucketName: string; readonly queues: readonly string[] }[];
  readonly functions: readonly { readonly name: string; readonly timeoutSeconds: number }[];
  /** The function that loads files. @default there is none */
  readonly intake?: string;
  /** What makes tables of what is loaded: dispatch function, state machine and jobs whose freshness is promised. */
  readonly layers: readonly { readonly dispatch: string; readonly machine: string; readonly jobs: readonly string[] }[];
  /** Groups of schedules. */
  readonly schedules: readonly string[];
  /** What reads databases. @default nothing does */
  readonly ingestion?: { readonly ingest: string; readonly machines: readonly string[] };
  /** Cluster of the account's own database. @default there is none */
  readonly databaseId?: string;
  /** What filters count in the log group of the trail, one graph each. */
  readonly calls: readonly { readonly title: string; readonly lines: readonly Line[] }[];
}

export interface DashboardsProps {
  readonly place: Place;
  /** Physical name of a part. */
  readonly nameOf: (part: string) => string;
  readonly alarms: AlarmTopic;
  readonly watched: Watched;
}

/** Dashboards of an account: how it is, then one for each of its parts. Those that would be empty are not made. */
export class Dashboards extends Construct {
  constructor(scope: Construct, id: string, { place, nameOf, alarms, watched }: DashboardsProps) {
    super(scope, id);
    const parts: Readonly<Record<string, () => Widget[]>> = {
      overview: () => overview(place, watched, alarms),
      zones: () => zones(place, watched),
      functions: () => functions(place, watched),
      pipelines: () => pipelines(place, watched),
      ingestion: () => ingestion(place, watched),
      security: () => security(place, watched),
    };
    for (const [part, widgets] of Object.entries(parts)) {
      if (widgets().length === 0) continue;
      new CloudwatchDashboard(this, part, {
        dashboardName: nameOf(part),
        // The alarms of a stack are known when all of it is.
        dashboardBody: Lazy.stringValue({ produce: () => dashboardBody(widgets()) }),
      });
    }
  }
}

function overview({ region }: Place, { zones, layers, intake }: Watched, alarms: AlarmTopic): Widget[] {
  const queues = zones.flatMap((zone) => zone.queues);
  return [
    ...alarmStates("Alarms", alarms.alarmArns),
    ...lines("Dead letters", region, queues, (queue) => queueMetrics(`${queue}-dlq`).waiting),
    ...lines("Oldest message", region, queues, (queue) => queueMetrics(queue).age),
    ...(intake === undefined ? [] : [graph("Rows that arrived", region, rowsOf(intake))]),
    ...layers.flatMap(({ dispatch, jobs }) =>
      lines(`Age of the data of ${dispatch}`, region, jobs, (job) => jobMetrics(dispatch, job).age),
    ),
  ];
}

function zones({ region }: Place, watched: Watched): Widget[] {
  return watched.zones.flatMap(({ name, bucketName, queues }) => [
    heading(`## ${name}`),
    graph("Bytes stored", region, [[bucketName, bucketMetrics(bucketName).size]]),
    ...lines("Messages that wait", region, queues, (queue) => queueMetrics(queue).waiting),
    ...lines("Messages worked off", region, queues, (queue) => queueMetrics(queue).deleted),
  ]);
}

function functions({ region }: Place, watched: Watched): Widget[] {
  return watched.functions.flatMap(({ name, timeoutSeconds }) => {
    const { calls, errors, throttles, duration, atOnce } = functionMetrics(name);
    return [
      heading(`## ${name}`),
      graph("Calls", region, [
        ["calls", calls],
        ["errors", errors],
        ["held back", throttles],
      ]),
      graph("Time, of 99 in 100 calls", region, [["time", duration]], timeoutSeconds * 1000),
      graph("At once", region, [["at once", atOnce]]),
    ];
  });
}

function pipelines(place: Place, { layers, schedules }: Watched): Widget[] {
  if (layers.length === 0) return [];
  return [
    ...layers.flatMap(({ dispatch, machine }) => {
      const { started, succeeded, refused, failed, retried } = dispatchMetrics(dispatch);
      return [
        heading(`## ${machine}`),
        graph("Runs", place.region, [
          ["started", started],
          ["succeeded", succeeded],
          ["refused", refused],
          ["failed", failed],
          ["tried again", retried],
        ]),
        ...machineGraphs(place, machine),
      ];
    }),
    ...lines("Schedules dropped", place.region, schedules, (group) => scheduleMetrics(group).dropped),
  ];
}

function ingestion(place: Place, { ingestion: part, databaseId }: Watched): Widget[] {
  const { region } = place;
  const widgets: Widget[] = [];
  if (part !== undefined) {
    const { tablesSucceeded, tablesFailed, rows } = ingestMetrics(part.ingest);
    widgets.push(
      graph("Tables", region, [
        ["read", tablesSucceeded],
        ["failed", tablesFailed],
      ]),
      graph("Rows", region, [["rows", rows]]),
      ...part.machines.flatMap((machine) => [heading(`## ${machine}`), ...machineGraphs(place, machine)]),
    );
  }
  if (databaseId !== undefined) {
    const { processor, capacity, connections, freeMemory } = databaseMetrics(databaseId);
    widgets.push(
      heading(`## ${databaseId}`),
      graph("Load in percent", region, [
        ["processor", processor],
        ["capacity", capacity],
      ]),
      graph("Connections", region, [["connections", connections]]),
      graph("Free memory", region, [["free", freeMemory]]),
    );
  }
  return widgets;
}

function security({ region }: Place, { calls }: Watched): Widget[] {
  return calls.map(({ title, lines }) => graph(title, region, lines));
}

function machineGraphs(place: Place, machine: string): Widget[] {
  const { succeeded, failed, timedOut, aborted, throttled, duration } = machineMetrics(place, machine);
  return [
    graph("Executions", place.region, [
      ["succeeded", succeeded],
      ["failed", failed],
      ["timed out", timedOut],
      ["ended by somebody", aborted],
      ["held back", throttled],
    ]),
    graph("Time, of 99 in 100 executions", place.region, [["time", duration]]),
  ];
}

/** One graph with a line for each name; none when there are no names. */
function lines(title: string, region: string, names: readonly string[], metricOf: (name: string) => Line[1]): Widget[] {
  return names.length === 0
    ? []
    : [
        graph(
          title,
          region,
          names.map((name): Line => [name, metricOf(name)]),
        ),
      ];
}

function rowsOf(intake: string): Line[] {
  const { rowsIn, rowsOut, rowsQuarantined } = intakeMetrics(intake);
  return [
    ["arrived", rowsIn],
    ["loaded", rowsOut],
    ["refused", rowsQuarantined],
  ];
}

/** A line of the dashboard of security. @param filter physical name of the filter that counts the calls */
export function callLine(label: string, filter: string, namespace?: string): Line {
  return [label, callMetrics(filter, namespace).calls];
}
