import type { Resource } from "./synthesized";

/** Kinds of things in the picture, each with a look of its own. */
export type Kind =
  | "bucket"
  | "queue"
  | "function"
  | "state machine"
  | "job"
  | "crawler"
  | "schedule"
  | "table"
  | "topic"
  | "trail"
  | "database"
  | "network";

/** Lines of a box at most, besides its title. */
const LINES = 6;

/** What a box is called: its name and kind, or what its members have in common. @param runner what runs them */
export function titleOf(kind: Kind, names: readonly string[], runner?: string): string {
  const [name = ""] = names;
  if (kind === "schedule") return "schedules";
  if (runner !== undefined) return `${runner} state machine and its ${names.length === 1 ? kind : `${kind}s`}`;
  if (names.length > 1) return kind === "database" ? `${name.split("_")[0]} databases` : `${kind}s`;
  return name === kind || kind === "network" ? name : `${name} ${kind}`;
}

/** `lake-prod-drop-333333333333-eu-west-1` of prod -> `drop`. */
export function shortName(name: string, account: string): string {
  return name.replace(new RegExp(`^.*?-?${account}-`), "").replace(/-\d{12}-[a-z0-9-]+$/, "");
}

/**
 * What a reader wants to know of a box besides its name.
 * @param names those of its members, as people know them
 */
export function remarks(
  kind: Kind,
  members: readonly Resource[],
  names: readonly string[],
  all: readonly Resource[],
): string[] {
  const [resource] = members;
  if (resource === undefined) return [];
  const { block, account, address } = resource;
  const mine = (other: string) => all.filter((one) => one.type === other && one.account === account);
  switch (kind) {
    case "bucket":
      return block.object_lock_enabled === true ? ["object lock"] : [];
    case "queue": {
      const redrive = /maxReceiveCount\D+(\d+)/.exec(String(block.redrive_policy ?? ""))?.[1];
      return redrive === undefined ? [] : [`dead letters after ${redrive} attempts`];
    }
    case "job":
      return bounded(names);
    case "schedule":
      return bounded(members.map(({ block: schedule }, index) => `${names[index]}: ${when(schedule)}`));
    case "database":
      return bounded(
        members.map((member, index) => {
          const content = tablesOf(member, mine("aws_glue_catalog_table"));
          return members.length === 1 ? content : `${names[index]}: ${content}`;
        }),
      );
    case "topic": {
      const alarms = mine("aws_cloudwatch_metric_alarm").filter(({ block: alarm }) =>
        JSON.stringify(alarm.alarm_actions).includes(address),
      );
      return alarms.length === 0 ? [] : [plural(alarms.length, "alarm")];
    }
    case "network":
      return [...subnetRemarks(mine("aws_subnet")), ...endpointRemarks(mine("aws_vpc_endpoint"))];
    default:
      return [];
  }
}

/** As many lines as are read, and how many are left out. */
function bounded(lines: readonly string[]): string[] {
  return lines.length <= LINES ? [...lines] : [...lines.slice(0, LINES - 1), `and ${lines.length - LINES + 1} more`];
}

function when(schedule: Resource["block"]): string {
  const zone = String(schedule.schedule_expression_timezone ?? "UTC");
  return `${String(schedule.schedule_expression)}${zone === "UTC" ? "" : ` ${zone}`}`;
}

/** Tables that stacks make, and views; other tables are made by jobs when they run. */
function tablesOf(database: Resource, tables: readonly Resource[]): string {
  const own = tables.filter(({ block }) => String(block.database_name).includes(database.address));
  const views = own.filter(({ block }) => block.table_type === "VIRTUAL_VIEW").length;
  const parts = [
    ...(own.length > views ? [plural(own.length - views, "table")] : ["tables by jobs"]),
    ...(views > 0 ? [plural(views, "view")] : []),
  ];
  return parts.join(", ");
}

/** One line a tier: `private: a 10.20.80.0/20, b 10.20.96.0/20`. */
function subnetRemarks(subnets: readonly Resource[]): string[] {
  const tiers = new Map<string, string[]>();
  for (const { block } of subnets) {
    const name = String((block.tags as { Name: string }).Name);
    const [, tier = name, zone = ""] = /-(\w+)-(\w)$/.exec(name) ?? [];
    tiers.set(tier, [...(tiers.get(tier) ?? []), `${zone} ${String(block.cidr_block)}`]);
  }
  return [...tiers].map(([tier, lines]) => `${tier}: ${lines.join(", ")}`);
}

/** Services that are reached without leaving the network. */
function endpointRemarks(endpoints: readonly Resource[]): string[] {
  const services = endpoints.map(({ block }) => String(block.service_name).split(".").slice(3).join(".")).sort();
  return services.length === 0 ? [] : [`endpoints: ${services.join(", ")}`];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
