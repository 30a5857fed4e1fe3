import type { Resource } from "./synthesized";

/** What a reader wants to know of the resource besides its name. */
export function remarks(resource: Resource, all: readonly Resource[]): string[] {
  const { type, block, account } = resource;
  const mine = (other: string) => all.filter((one) => one.type === other && one.account === account);
  switch (type) {
    case "aws_s3_bucket":
      return block.object_lock_enabled === true ? ["object lock"] : [];
    case "aws_sqs_queue": {
      const redrive = /maxReceiveCount\D+(\d+)/.exec(String(block.redrive_policy ?? ""))?.[1];
      return redrive === undefined ? [] : [`dead letters after ${redrive} attempts`];
    }
    case "aws_glue_catalog_database": {
      const tables = mine("aws_glue_catalog_table").filter(({ block: table }) =>
        String(table.database_name).includes(resource.address),
      );
      return [plural(tables.length, "table")];
    }
    case "aws_sns_topic": {
      const alarms = mine("aws_cloudwatch_metric_alarm").filter(({ block: alarm }) =>
        JSON.stringify(alarm.alarm_actions).includes(resource.address),
      );
      return alarms.length === 0 ? [] : [plural(alarms.length, "alarm")];
    }
    case "aws_vpc":
      return [...subnetRemarks(mine("aws_subnet")), ...endpointRemarks(mine("aws_vpc_endpoint"))];
    default:
      return [];
  }
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
