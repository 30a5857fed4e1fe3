/** What the synthesized stacks say about who sends what where. Nothing is drawn that is not in them. */
import { remarks } from "./remarks";
import type { Resource } from "./synthesized";

/** Kinds of things in the picture, each with a look of its own. */
export type Kind = "bucket" | "queue" | "function" | "table" | "topic" | "trail" | "database" | "crawler" | "network";

export interface Node {
  readonly id: string;
  readonly kind: Kind;
  /** Its lines: name and kind, then what else there is to say. */
  readonly label: readonly string[];
  readonly account: string;
  /** Does it lie in the account's network? The network itself does not. */
  readonly isInNetwork: boolean;
}

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

/** Types that are drawn, with the attribute that holds their physical name. */
const DRAWN: Readonly<Record<string, readonly [Kind, string]>> = {
  aws_s3_bucket: ["bucket", "bucket"],
  aws_sqs_queue: ["queue", "name"],
  aws_lambda_function: ["function", "function_name"],
  aws_dynamodb_table: ["table", "name"],
  aws_sns_topic: ["topic", "name"],
  aws_cloudtrail: ["trail", "name"],
  aws_glue_catalog_database: ["database", "name"],
  aws_glue_crawler: ["crawler", "name"],
  aws_vpc: ["network", "cidr_block"],
};

/** Rights by which a function reads from, or writes to, what stores data. */
const READS = ["s3:GetObject", "dynamodb:GetItem", "dynamodb:Query"];
const WRITES = ["s3:PutObject", "dynamodb:PutItem", "dynamodb:UpdateItem"];

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
}

const list = <T>(value: T | readonly T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? [...value] : [value as T];

/** The resources of all stacks as one picture. */
export function graphOf(resources: readonly Resource[]): Graph {
  const reader = new Reader(resources);
  const nodes = reader.nodes();
  const drawn = new Set(nodes.map(({ id }) => id));
  const edges = reader.edges().filter(({ from, to }) => drawn.has(from) && drawn.has(to));
  return { accounts: [...new Set(nodes.map(({ account }) => account))], nodes, edges: withoutRepeats(edges) };
}

function withoutRepeats(edges: readonly Edge[]): Edge[] {
  return [...new Map(edges.map((edge) => [`${edge.from} ${edge.to} ${edge.label ?? ""}`, edge])).values()];
}

class Reader {
  constructor(private readonly resources: readonly Resource[]) {}

  nodes(): Node[] {
    return this.resources.flatMap((resource): Node[] => {
      const drawn = DRAWN[resource.type];
      if (drawn === undefined || this.isDeadLetterQueue(resource)) return [];
      const [kind, attribute] = drawn;
      const name = shortName(String(resource.block[attribute]), resource.account);
      return [
        {
          id: idOf(resource),
          kind,
          label: [
            name.endsWith(kind) || kind === "network" ? name : `${name} ${kind}`,
            ...remarks(resource, this.resources),
          ],
          account: resource.account,
          isInNetwork: resource.block.vpc_config !== undefined || targetsOf(resource).some(isConnected),
        },
      ];
    });
  }

  edges(): Edge[] {
    return this.resources.flatMap((resource): Edge[] => {
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
        case "aws_iam_role_policy":
          return this.accessEdges(resource);
        case "aws_glue_catalog_table":
          return this.edge(this.named(locationBucket(block)), this.at(resource, block.database_name));
        case "aws_glue_crawler":
          return [
            ...targetsOf(resource).flatMap(({ path, event_queue_arn }) => [
              ...this.edge(this.at(resource, event_queue_arn), idOf(resource)),
              ...this.edge(this.named(bucketIn(path)), idOf(resource), "reads"),
            ]),
            ...this.edge(idOf(resource), this.at(resource, block.database_name), "describes"),
          ];
        case "aws_cloudtrail":
          return this.edge(idOf(resource), this.named(block.s3_bucket_name), "every call");
        case "aws_s3_bucket_replication_configuration":
          return list(block.rule as { destination: { bucket: string } }[]).flatMap(({ destination }) =>
            this.edge(this.at(resource, block.bucket), this.named(nameInArn(destination.bucket)), "replicates"),
          );
        case "aws_flow_log":
          return this.edge(this.at(resource, block.vpc_id), this.named(nameInArn(block.log_destination)), "flow logs");
        default:
          return [];
      }
    });
  }

  private edge(from: string | undefined, to: string | undefined, label?: string): Edge[] {
    if (from === undefined || to === undefined) return [];
    return [label === undefined ? { from, to } : { from, to, label }];
  }

  /** The resource that a reference such as `${aws_sqs_queue.drop.arn}` in a resource of the same stack means. */
  private at(resource: Resource, reference: unknown): string | undefined {
    const address = /^\$\{(\w+\.[\w-]+)\./.exec(String(reference))?.[1];
    if (address === undefined) return this.named(reference);
    const found = this.resources.find((other) => other.address === address && other.account === resource.account);
    return found === undefined ? undefined : idOf(found);
  }

  /** The resource with this physical name, in whatever account. */
  private named(name: unknown): string | undefined {
    const found = this.resources.find(({ type, block }) => {
      const attribute = DRAWN[type]?.[1];
      return attribute !== undefined && block[attribute] === name;
    });
    return found === undefined ? undefined : idOf(found);
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

  /** What a function's role lets it read and write. */
  private accessEdges(policy: Resource): Edge[] {
    const role = /aws_iam_role\.[\w-]+/.exec(String(policy.block.role))?.[0];
    const functions = this.resources.filter(
      ({ type, account, block }) =>
        type === "aws_lambda_function" && account === policy.account && String(block.role).includes(`${role}.`),
    );
    const { Statement } = JSON.parse(String(policy.block.policy)) as { Statement: Statement[] };
    return functions.flatMap((fn) =>
      Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action, Resource: targets }) =>
        list(targets).flatMap((target) => {
          const store = this.storeIn(policy, target);
          const may = (actions: readonly string[]) => list(Action).some((action) => actions.includes(action));
          return [
            ...(may(WRITES) ? this.edge(idOf(fn), store, "writes") : []),
            ...(may(READS) && !may(WRITES) ? this.edge(store, idOf(fn), "reads") : []),
          ];
        }),
      ),
    );
  }

  private storeIn(policy: Resource, target: string): string | undefined {
    return this.at(policy, target) ?? this.named(nameInArn(target));
  }

  private isDeadLetterQueue({ type, account, address }: Resource): boolean {
    return (
      type === "aws_sqs_queue" &&
      this.resources.some(
        (other) => other.account === account && String(other.block.redrive_policy ?? "").includes(`${address}.`),
      )
    );
  }
}

function idOf({ account, address }: Resource): string {
  return `${account}/${address}`;
}

/** `lake-prod-drop-333333333333-eu-west-1` of prod -> `drop`. */
function shortName(name: string, account: string): string {
  return name.replace(new RegExp(`^.*?-?${account}-`), "").replace(/-\d{12}-[a-z0-9-]+$/, "");
}

function nameInArn(arn: unknown): string {
  return (
    String(arn)
      .split(":")
      .at(-1)
      ?.replace(/^(table\/)?/, "")
      .split("/")[0] ?? ""
  );
}

function locationBucket(table: Resource["block"]): string {
  return bucketIn((table.storage_descriptor as { location: string }).location);
}

function bucketIn(address: string): string {
  return /^s3:\/\/([^/]+)/.exec(address)?.[1] ?? "";
}

interface CrawlerTarget {
  readonly path: string;
  readonly connection_name?: string;
  readonly event_queue_arn?: string;
}

const isConnected = ({ connection_name }: CrawlerTarget) => connection_name !== undefined;

function targetsOf({ block }: Resource): CrawlerTarget[] {
  return list(block.s3_target as CrawlerTarget[] | undefined);
}
