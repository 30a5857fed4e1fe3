/** Which resources are drawn, and which of them together: a picture of many like things would show none of them. */
import { type Kind, remarks, shortName, titleOf } from "./remarks";
import type { Resource } from "./synthesized";

/** A box of the picture: one resource, or all of one kind that do the same. */
export interface Box {
  readonly id: string;
  readonly kind: Kind;
  /** Its lines: name and kind, then what else there is to say. */
  readonly label: readonly string[];
  readonly account: string;
  /** Does it lie in the account's network? The network itself does not. */
  readonly isInNetwork: boolean;
  readonly members: readonly Resource[];
}

/** Types that are drawn, with the attribute that holds their physical name. */
const DRAWN: Readonly<Record<string, readonly [Kind, string]>> = {
  aws_s3_bucket: ["bucket", "bucket"],
  aws_sqs_queue: ["queue", "name"],
  aws_lambda_function: ["function", "function_name"],
  aws_sfn_state_machine: ["state machine", "name"],
  aws_glue_job: ["job", "name"],
  aws_glue_crawler: ["crawler", "name"],
  aws_scheduler_schedule: ["schedule", "name"],
  aws_dynamodb_table: ["table", "name"],
  aws_sns_topic: ["topic", "name"],
  aws_cloudtrail: ["trail", "name"],
  aws_glue_catalog_database: ["database", "name"],
  aws_vpc: ["network", "cidr_block"],
};

/** Physical name of a resource that is drawn. */
export function nameOf({ type, block }: Resource): string | undefined {
  const attribute = DRAWN[type]?.[1];
  return attribute === undefined ? undefined : String(block[attribute]);
}

/** The state machine that runs a job, if there is one. */
type RunnerOf = (job: Resource) => Resource | undefined;

/** All boxes of the stacks. */
export function boxesOf(resources: readonly Resource[], runnerOf: RunnerOf): Box[] {
  const runners = new Set(resources.map(runnerOf));
  const groups = new Map<string, Resource[]>();
  for (const resource of resources) {
    if (DRAWN[resource.type] === undefined || isDeadLetterQueue(resource, resources)) continue;
    const id = `${resource.account}/${runners.has(resource) ? jobsOf(resource) : groupOf(resource, runnerOf)}`;
    groups.set(id, [...(groups.get(id) ?? []), resource]);
  }
  return [...groups].flatMap(([id, members]): Box[] => {
    const first = members.find(({ type }) => type === "aws_glue_job") ?? members[0];
    const [kind] = (first && DRAWN[first.type]) ?? [];
    if (first === undefined || kind === undefined) return [];
    const { account, block } = first;
    const named = (member: Resource) => shortName(nameOf(member) ?? "", account);
    const alike = members.filter(({ type }) => type === first.type);
    const names = alike.map(named);
    const runner = kind === "job" ? runnerOf(first) : undefined;
    return [
      {
        id,
        kind,
        label: [titleOf(kind, names, runner && named(runner)), ...remarks(kind, alike, names, resources)],
        account,
        isInNetwork:
          block.vpc_config !== undefined ||
          block.connections !== undefined ||
          JSON.stringify(block.s3_target ?? {}).includes("connection_name"),
        members,
      },
    ];
  });
}

const jobsOf = (runner: Resource | undefined) => `jobs of ${runner?.address ?? "nobody"}`;

/** Jobs are together with what runs them, databases by the zone of their tables, schedules all. */
function groupOf(resource: Resource, runnerOf: RunnerOf): string {
  switch (resource.type) {
    case "aws_glue_job":
      return jobsOf(runnerOf(resource));
    case "aws_glue_catalog_database":
      return `databases of ${nameOf(resource)?.split("_")[0]}`;
    case "aws_scheduler_schedule":
      return "schedules";
    default:
      return resource.address;
  }
}

function isDeadLetterQueue({ type, account, address }: Resource, resources: readonly Resource[]): boolean {
  return (
    type === "aws_sqs_queue" &&
    resources.some(
      (other) => other.account === account && String(other.block.redrive_policy ?? "").includes(`${address}.`),
    )
  );
}
