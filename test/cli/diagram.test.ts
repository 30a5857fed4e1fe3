import { graphOf } from "../../cli/diagram/graph";
import { mermaidOf } from "../../cli/diagram/mermaid";
import { svgOf } from "../../cli/diagram/svg";
import type { Resource } from "../../cli/diagram/synthesized";

const resource = (type: string, name: string, block: Resource["block"], account = "prod"): Resource => ({
  type,
  address: `${type}.${name}`,
  account,
  block,
});

const bucket = (name: string, account = "prod") =>
  resource("aws_s3_bucket", name, { bucket: `lake-${account}-${name}-333333333333-eu-west-1` }, account);

/** Edges as `from -> to (label)`, by the names that people see. */
function edgesOf(...resources: Resource[]): string[] {
  const { nodes, edges } = graphOf(resources);
  const label = (id: string) => nodes.find((node) => node.id === id)?.label[0];
  return edges.map((edge) => `${label(edge.from)} -> ${label(edge.to)}${edge.label ? ` (${edge.label})` : ""}`);
}

const queue = resource("aws_sqs_queue", "drop", {
  name: "lake-prod-drop",
  redrive_policy: '{"deadLetterTargetArn":"${aws_sqs_queue.dead.arn}","maxReceiveCount":3}',
});
const dead = resource("aws_sqs_queue", "dead", { name: "lake-prod-drop-dlq" });
const loader = resource("aws_lambda_function", "loader", {
  function_name: "lake-prod-intake",
  role: "${aws_iam_role.loader.arn}",
  vpc_config: {},
});
const grants = (...Statement: object[]) =>
  resource("aws_iam_role_policy", "loader", {
    role: "${aws_iam_role.loader.name}",
    policy: JSON.stringify({ Version: "2012-10-17", Statement }),
  });

describe("the graph", () => {
  test("leads from a bucket over its queue to the function", () => {
    const notification = resource("aws_s3_bucket_notification", "drop", {
      bucket: "${aws_s3_bucket.drop.bucket}",
      queue: [{ queue_arn: "${aws_sqs_queue.drop.arn}" }],
    });
    const mapping = resource("aws_lambda_event_source_mapping", "drop", {
      event_source_arn: "${aws_sqs_queue.drop.arn}",
      function_name: "${aws_lambda_function.loader.arn}",
    });
    expect(edgesOf(bucket("drop"), queue, loader, notification, mapping)).toEqual([
      "drop bucket -> drop queue (new objects)",
      "drop queue -> intake function",
    ]);
  });

  test("leads from a bucket and a crawler's queue over the crawler to its database", () => {
    const crawler = resource("aws_glue_crawler", "crawler", {
      name: "lake-prod-any-crawler",
      database_name: "${aws_glue_catalog_database.any.name}",
      s3_target: [
        {
          path: "s3://lake-prod-drop-333333333333-eu-west-1/any/",
          event_queue_arn: "${aws_sqs_queue.drop.arn}",
          connection_name: "${aws_glue_connection.a.name}",
        },
      ],
    });
    const database = resource("aws_glue_catalog_database", "any", { name: "any" });
    expect(edgesOf(bucket("drop"), queue, crawler, database)).toEqual([
      "drop queue -> any-crawler",
      "drop bucket -> any-crawler (reads)",
      "any-crawler -> any database (describes)",
    ]);
    const inNetwork = (...resources: Resource[]) => graphOf(resources).nodes.map(({ isInNetwork }) => isInNetwork);
    expect(inNetwork(crawler, database)).toEqual([true, false]);
  });

  test("shows what a function's role lets it read and write, and nothing that is denied", () => {
    const policy = grants(
      { Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:aws:s3:::lake-prod-drop-333333333333-eu-west-1/*" },
      { Effect: "Allow", Action: ["s3:PutObject"], Resource: "arn:aws:s3:::lake-prod-raw-333333333333-eu-west-1/*" },
      { Effect: "Deny", Action: "s3:PutObject", Resource: "arn:aws:s3:::lake-prod-drop-333333333333-eu-west-1/*" },
    );
    expect(edgesOf(bucket("drop"), bucket("raw"), loader, policy)).toEqual([
      "drop bucket -> intake function (reads)",
      "intake function -> raw bucket (writes)",
    ]);
  });

  test("crosses accounts by physical names", () => {
    const trail = resource("aws_cloudtrail", "trail", {
      name: "lake-prod-trail",
      s3_bucket_name: "lake-security-audit-333333333333-eu-west-1",
    });
    const replication = resource("aws_s3_bucket_replication_configuration", "logs", {
      bucket: "${aws_s3_bucket.logs.bucket}",
      rule: [{ destination: { bucket: "arn:aws:s3:::lake-security-logs-333333333333-eu-west-1" } }],
    });
    const flows = resource("aws_flow_log", "flows", {
      vpc_id: "${aws_vpc.vpc.id}",
      log_destination: "arn:aws:s3:::lake-security-audit-333333333333-eu-west-1/flows/",
    });
    const vpc = resource("aws_vpc", "vpc", { cidr_block: "10.0.0.0/16" });
    const stores = [bucket("audit", "security"), bucket("logs", "security"), bucket("logs")];
    expect(edgesOf(trail, replication, flows, vpc, ...stores).sort()).toEqual([
      "10.0.0.0/16 -> audit bucket (flow logs)",
      "logs bucket -> logs bucket (replicates)",
      "trail -> audit bucket (every call)",
    ]);
  });

  test("a stream of a zone starts at the bucket of its rule", () => {
    const rule = resource("aws_cloudwatch_event_rule", "photos", {
      event_pattern: JSON.stringify({ detail: { bucket: { name: ["lake-prod-drop-333333333333-eu-west-1"] } } }),
    });
    const target = resource("aws_cloudwatch_event_target", "photos", {
      rule: "${aws_cloudwatch_event_rule.photos.name}",
      arn: "${aws_sqs_queue.drop.arn}",
    });
    expect(edgesOf(bucket("drop"), queue, rule, target)).toEqual(["drop bucket -> drop queue (a stream)"]);
  });

  test("tells what a picture cannot: dead letters, tables, alarms, subnets and endpoints", () => {
    const { nodes } = graphOf([
      queue,
      dead,
      resource("aws_glue_catalog_database", "sales", { name: "raw_sales" }),
      resource("aws_glue_catalog_table", "orders", {
        database_name: "${aws_glue_catalog_database.sales.name}",
        storage_descriptor: { location: "s3://elsewhere/sales" },
      }),
      resource("aws_sns_topic", "alarms", { name: "lake-prod-alarms" }),
      resource("aws_cloudwatch_metric_alarm", "depth", { alarm_actions: ["${aws_sns_topic.alarms.arn}"] }),
      resource("aws_vpc", "vpc", { cidr_block: "10.0.0.0/16" }),
      resource("aws_subnet", "a", { cidr_block: "10.0.0.0/20", tags: { Name: "lake-prod-network-private-a" } }),
      resource("aws_vpc_endpoint", "s3", { service_name: "com.amazonaws.eu-west-1.s3" }),
    ]);
    expect(nodes.map(({ label }) => label)).toEqual([
      ["drop queue", "dead letters after 3 attempts"],
      ["raw_sales database", "1 table"],
      ["alarms topic", "1 alarm"],
      ["10.0.0.0/16", "private: a 10.0.0.0/20", "endpoints: s3"],
    ]);
  });
});

describe("the drawings", () => {
  const graph = graphOf([bucket("drop"), loader, resource("aws_vpc", "vpc", { cidr_block: "10.0.0.0/16" })]);

  test("put functions into the network of their account", () => {
    const [, afterNetwork = ""] = mermaidOf(graph).split("network 10.0.0.0/16");
    expect(afterNetwork.split("end")[0]).toContain("intake function");
    expect(afterNetwork.split("end")[0]).not.toContain("drop bucket");
  });

  test("let a network's flows start at its title", () => {
    const flows = resource("aws_flow_log", "flows", {
      vpc_id: "${aws_vpc.vpc.id}",
      log_destination: "arn:aws:s3:::lake-prod-drop-333333333333-eu-west-1",
    });
    const vpc = resource("aws_vpc", "vpc", { cidr_block: "10.0.0.0/16" });
    expect(svgOf(graphOf([bucket("drop"), vpc, flows]))).toContain("flow logs");
  });

  test("are well-formed whatever names say", () => {
    const named = graphOf([resource("aws_sns_topic", "odd", { name: "a<b>&c" })]);
    expect(svgOf(named)).toContain("a&lt;b&gt;&amp;c topic");
    expect(svgOf(named)).toBe(svgOf(named));
  });
});
