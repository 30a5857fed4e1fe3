import type { Construct } from "constructs";
import { sourcesIn } from "../accounts/model/ingestion";
import { hasLayer } from "../accounts/model/layers";
import type { Names } from "../accounts/model/naming";
import type { Account, LakeAccount, SecurityAccount } from "../accounts/model/schema";
import { ingestFunction } from "../contracts/ingestion";
import { sandboxPart } from "../contracts/sandbox";
import { REFUSING, refusalFilter } from "../modules/audit/refusal-alarms";
import { WATCHED_CALLS } from "../modules/detection/watched-calls";
import type { AlarmTopic } from "../modules/monitoring/alarm-topic";
import { Costs } from "../modules/monitoring/costs";
import { callLine, Dashboards, type Watched } from "../modules/monitoring/dashboards";
import { CIS_NAMESPACE } from "../modules/monitoring/metric";
import { DISPATCH_TIMEOUT_SECONDS } from "../modules/pipelines/layer";
import type { LakeParts } from "./lake";

/** What is watched of a lake as a whole: its costs, and dashboards of all its parts. */
export function addWatch(
  scope: Construct,
  names: Names,
  account: LakeAccount,
  parts: Pick<LakeParts, "accounts" | "contracts" | "pipelines" | "sources">,
  alarms: AlarmTopic,
): void {
  addCosts(scope, names, account, alarms);
  addDashboards(scope, names, account, alarms, {
    ...processing(names, account, parts),
    zones: [
      ...account.zones.map(({ name, streams }) => ({
        name: names.of(name),
        bucketName: names.bucket(name),
        queues: [name, ...streams.map((stream) => `${name}-${stream.name}`)].map((queue) => names.of(queue)),
      })),
      ...(hasLayer(account, "refine")
        ? [{ name: names.of(sandboxPart), bucketName: names.bucket(sandboxPart), queues: [] }]
        : []),
    ],
    databaseId: account.database === false ? undefined : names.database,
    calls: watchedCalls(names, parts.accounts.security),
  });
}

/** The same of the security account. */
export function addSecurityWatch(scope: Construct, names: Names, account: SecurityAccount, alarms: AlarmTopic): void {
  addCosts(scope, names, account, alarms);
  const nothing = { zones: [], functions: [], layers: [], schedules: [] };
  addDashboards(scope, names, account, alarms, { ...nothing, calls: watchedCalls(names, account) });
}

function addCosts(scope: Construct, names: Names, { costs }: Account, alarms: AlarmTopic): void {
  new Costs(scope, "costs", { nameOf: (part) => names.of(part), alarms, ...costs });
}

function addDashboards(
  scope: Construct,
  names: Names,
  { monitoring }: Account,
  alarms: AlarmTopic,
  watched: Watched,
): void {
  if (!monitoring.dashboards) return;
  new Dashboards(scope, "dashboards", { place: names, nameOf: (part) => names.of(part), alarms, watched });
}

/** What the filters of the trail's log group count. */
function watchedCalls(names: Names, { detection }: SecurityAccount): Watched["calls"] {
  const cis = WATCHED_CALLS.map(({ name }) => callLine(name, names.of(name), CIS_NAMESPACE));
  return [
    { title: "Changes of records", lines: [callLine("calls", names.of("records-changed"))] },
    {
      title: "Refused calls",
      lines: Object.entries(REFUSING).map(([service, what]) => callLine(what, names.of(refusalFilter(service)))),
    },
    ...(detection.cisAlarms ? [{ title: "Calls that CIS wants watched", lines: cis }] : []),
  ];
}

function processing(
  names: Names,
  account: LakeAccount,
  { contracts, pipelines, sources }: Pick<LakeParts, "contracts" | "pipelines" | "sources">,
): Pick<Watched, "functions" | "intake" | "layers" | "schedules" | "ingestion"> {
  const layers = (
    [
      ["refine", contracts],
      ["curate", pipelines],
    ] as const
  ).filter(([layer]) => hasLayer(account, layer));
  const kinds = [...new Set(sourcesIn(account, sources).map(({ compute }) => compute))].sort();
  const ingest = names.of(ingestFunction);
  const machines = kinds.map((kind) => names.of(`${ingestFunction}-${kind}`));
  const quick = [...layers.map(([layer]) => names.of(`dispatch-${layer}`)), ...(kinds.length > 0 ? [ingest] : [])];
  return {
    intake: names.of("intake"),
    functions: [
      { name: names.of("intake"), timeoutSeconds: account.intake.timeoutSeconds },
      ...quick.map((name) => ({ name, timeoutSeconds: DISPATCH_TIMEOUT_SECONDS })),
    ],
    layers: layers.map(([layer, jobs]) => ({
      dispatch: names.of(`dispatch-${layer}`),
      machine: names.of(layer),
      jobs: jobs.flatMap(({ id, freshness }) => (freshness === undefined ? [] : [id])),
    })),
    schedules: [...(layers.length > 0 ? ["schedules"] : []), ...(kinds.length > 0 ? ["ingest-schedules"] : [])].map(
      (part) => names.of(part),
    ),
    ingestion: kinds.length === 0 ? undefined : { ingest, machines },
  };
}
