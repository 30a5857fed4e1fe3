/** What the synthesized stacks say about who sends what where. Nothing is drawn that is not in them. */
import { type Box, boxesOf, nameOf } from "./boxes";
import { deedsOf, list, type Verb } from "./rights";
import type { Resource } from "./synthesized";

export type { Kind } from "./remarks";

export type Node = Omit<Box, "members">;

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

export interface Graph {
  readonly accounts: readonly string[];
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

/** The resources of all stacks as one picture. */
export function graphOf(resources: readonly Resource[]): Graph {
  const deeds = deedsOf(resources);
  const runners = new Map(
    deeds
      .filter(({ actor, verb }) => actor.type === "aws_sfn_state_machine" && verb === "runs")
      .map(({ actor, target }) => [target, actor]),
  );
  const boxes = boxesOf(resources, (job) => runners.get(job));
  const ids = new Map(boxes.flatMap(({ id, members }) => members.map((member) => [member, id])));
  const edges = [...new Flows(resources, ids).all(), ...rightEdges(deeds, ids)];
  return { accounts: [...new Set(boxes.map(({ account }) => account))], nodes: boxes, edges: withoutRepeats(edges) };
}

type Ids = ReadonlyMap<Resource, string>;

function withoutRepeats(edges: readonly Edge[]): Edge[] {
  return [...new Map(edges.map((edge) => [`${edge.from} ${edge.to} ${edge.label ?? ""}`, edge])).values()];
}

/** One arrow for all that a box may do with another. What is only read leads from the store to the reader. */
function rightEdges(deeds: ReturnType<typeof deedsOf>, ids: Ids): Edge[] {
  const verbs = new Map<string, { from: string; to: string; verbs: Set<Verb> }>();
  const starts = new Set(deeds.filter(({ verb }) => verb === "starts").map((deed) => pair(deed.actor, deed.target)));
  for (const { actor, verb, target } of deeds) {
    const [from, to] = [ids.get(actor), ids.get(target)];
    if (from === undefined || to === undefined || from === to) continue;
    // Who started something hears of its end.
    if (verb === "calls" && starts.has(pair(target, actor))) continue;
    const key = `${from} ${to}`;
    verbs.set(key, { from, to, verbs: (verbs.get(key)?.verbs ?? new Set()).add(verb) });
  }
  return [...verbs.values()].map(({ from, to, verbs: done }) =>
    done.size === 1 && done.has("reads")
      ? { from: to, to: from, label: "reads" }
      : { from, to, label: [...done].sort().join(", ") },
  );
}

function pair(one: Resource, other: Resource): string {
  return `${one.account}/${one.address} ${other.account}/${other.address}`;
}

/** What is sent by settings of the resources themselves. */
class Flows {
  constructor(
    private readonly resources: readonly Resource[],
    private readonly ids: Ids,
  ) {}

  all(): Edge[] {
    return this.resources.flatMap((resource) => this.of(resource));
  }

  private of(resource: Resource): Edge[] {
    const { block } = resource;
    switch (resource.type) {
      case "aws_s3_bucket_notification":
        return list(block.queue as { queue_arn: string }[]).flatMap(({ queue_arn }) =>
          this.edge(this.at(resource, block.bucket), this.at(resource, queue_arn), "new objects"),
        );
      case "aws_cloudwatch_event_target":
        return this.streamEdges(resource);
      case "aws_lambda_event_source_mapping":
        return this.edge(this.at(resource, block.event_source_arn), this.at(resource, block.function_name));
      case "aws_scheduler_schedule":
        return this.edge(this.ids.get(resource), this.scheduled(resource));
      case "aws_glue_catalog_table":
        return this.edge(this.named(locationBucket(block)), this.at(resource, block.database_name));
      case "aws_glue_crawler":
        return list(block.s3_target as { event_queue_arn?: string }[] | undefined).flatMap(({ event_queue_arn }) =>
          this.edge(this.at(resource, event_queue_arn), this.ids.get(resource)),
        );
      case "aws_cloudtrail":
        return this.edge(this.ids.get(resource), this.named(block.s3_bucket_name), "every call");
      case "aws_s3_bucket_replication_configuration":
        return list(block.rule as { destination: { bucket: string } }[]).flatMap(({ destination }) =>
          this.edge(this.at(resource, block.bucket), this.named(nameInArn(destination.bucket)), "replicates"),
        );
      case "aws_flow_log":
        return this.edge(this.at(resource, block.vpc_id), this.named(nameInArn(block.log_destination)), "flow logs");
      default:
        return [];
    }
  }

  private edge(from: string | undefined, to: string | undefined, label?: string): Edge[] {
    if (from === undefined || to === undefined) return [];
    return [label === undefined ? { from, to } : { from, to, label }];
  }

  /** The resource that a reference such as `${aws_sqs_queue.drop.arn}` in a resource of the same stack means. */
  private at(resource: Resource, reference: unknown): string | undefined {
    const address = /^\$\{(\w+\.[\w-]+)\./.exec(String(reference))?.[1];
    if (address === undefined) return this.named(reference);
    return this.idWhere((other) => other.address === address && other.account === resource.account);
  }

  /** The resource with this physical name, in whatever account. */
  private named(name: unknown, type?: string): string | undefined {
    return this.idWhere((other) => nameOf(other) === name && (type === undefined || other.type === type));
  }

  private idWhere(isIt: (resource: Resource) => boolean): string | undefined {
    const found = this.resources.find(isIt);
    return found && this.ids.get(found);
  }

  /** A stream of a zone: the bucket of the rule's pattern feeds the queue. */
  private streamEdges(resource: Resource): Edge[] {
    const rule = this.resources.find(
      (other) => other.type === "aws_cloudwatch_event_rule" && String(resource.block.rule).includes(other.address),
    );
    const pattern = JSON.parse(String(rule?.block.event_pattern ?? "{}")) as {
      detail?: { bucket?: { name: string[] } };
    };
    return list(pattern.detail?.bucket?.name).flatMap((bucket) =>
      this.edge(this.named(bucket), this.at(resource, resource.block.arn), "a stream"),
    );
  }

  /** What a schedule calls: a function or state machine itself, a job by the name in its input. */
  private scheduled(schedule: Resource): string | undefined {
    const { arn, input = "{}" } = schedule.block.target as { arn: string; input?: string };
    const { JobName } = JSON.parse(input) as { JobName?: string };
    return JobName === undefined ? this.at(schedule, arn) : this.named(JobName, "aws_glue_job");
  }
}

function nameInArn(arn: unknown): string {
  return String(arn).split(":").at(-1)?.split("/")[0] ?? "";
}

function locationBucket(table: Resource["block"]): string {
  const { location = "" } = table.storage_descriptor as { location?: string };
  return /^s3:\/\/([^/]+)/.exec(location)?.[1] ?? "";
}
