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

  test("leads from a crawler's queue to the crawler, which may lie in the network", () => {
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
    expect(edgesOf(bucket("drop"), queue, crawler, database)).toEqual(["drop queue -> any-crawler crawler"]);
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

describe("jobs and what starts them", () => {
  const policy = (name: string, ...statements: readonly (readonly [action: string, target: string])[]) =>
    resource("aws_iam_role_policy", name, {
      role: `\${aws_iam_role.${name}.name}`,
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: statements.map(([Action, Resource]) => ({ Effect: "Allow", Action, Resource })),
      }),
    });
  const glue = (name: string) => `arn:aws:glue:eu-west-1:333333333333:${name}`;
  const job = (name: string) =>
    resource("aws_glue_job", name, {
      name: `lake-prod-${name}`,
      role_arn: `\${aws_iam_role.${name}.arn}`,
      command: { script_location: "s3://lake-prod-code-333333333333-eu-west-1/script.py" },
      connections: ["network"],
    });
  const machine = (name: string) =>
    resource("aws_sfn_state_machine", name, { name: `lake-prod-${name}`, role_arn: `\${aws_iam_role.${name}.arn}` });
  const database = (name: string) => resource("aws_glue_catalog_database", name, { name });
  const schedule = (name: string, target: object, zone = "UTC") =>
    resource("aws_scheduler_schedule", name, {
      name,
      schedule_expression: "rate(1 hour)",
      schedule_expression_timezone: zone,
      target,
    });
  const refine = [machine("refine"), policy("refine", ["glue:StartJobRun", glue("job/lake-prod-refine-*")])];

  test("are one box with the state machine that runs them, however many there are, and lie in the network", () => {
    const jobs = Array.from({ length: 9 }, (_, index) => job(`refine-${index}`));
    const { nodes } = graphOf([...refine, ...jobs, job("maintain"), job("report")]);
    expect(nodes).toEqual([
      expect.objectContaining({
        kind: "job",
        isInNetwork: true,
        label: [
          "refine state machine and its jobs",
          ...["refine-0", "refine-1", "refine-2", "refine-3", "refine-4"],
          "and 4 more",
        ],
      }),
      expect.objectContaining({ label: ["jobs", "maintain", "report"] }),
    ]);
  });

  test("read one zone and write the next and the tables of their databases; their own code is no flow", () => {
    const s3 = (name: string) => `arn:aws:s3:::lake-prod-${name}-333333333333-eu-west-1/*`;
    const rights = policy(
      "refine-sales",
      ["s3:GetObject", s3("raw")],
      ["s3:GetObject", s3("code")],
      ["s3:GetObject", s3("refined")],
      ["s3:PutObject", s3("refined")],
      ["glue:UpdateTable", glue("database/refined_*")],
      ["glue:GetTable", glue("database/raw_sales")],
    );
    const stores = ["raw", "code", "refined"].map((name) => bucket(name));
    const databases = ["raw_sales", "refined_sales", "refined_sales_clear"].map(database);
    const who = "refine state machine and its job";
    expect(edgesOf(...refine, job("refine-sales"), rights, ...stores, ...databases)).toEqual([
      `raw bucket -> ${who} (reads)`,
      `${who} -> refined bucket (reads, writes)`,
      `${who} -> refined databases (tables)`,
    ]);
    expect(graphOf(databases).nodes.map(({ label }) => label)).toEqual([
      ["raw_sales database", "tables by jobs"],
      ["refined databases", "refined_sales: tables by jobs", "refined_sales_clear: tables by jobs"],
    ]);
  });

  test("are started by functions, which hear of the end, and by schedules, all in one box", () => {
    const starts = policy("loader", [
      "states:StartExecution",
      "arn:aws:states:eu-west-1:333333333333:stateMachine:lake-prod-refine",
    ]);
    const tells = policy("refine", ["lambda:InvokeFunction", "${aws_lambda_function.loader.arn}"]);
    const daily = schedule("daily", { arn: "${aws_lambda_function.loader.arn}", input: "{}" });
    const upkeep = schedule(
      "upkeep",
      { arn: "arn:aws:scheduler:::aws-sdk:glue:startJobRun", input: '{"JobName":"lake-prod-maintain"}' },
      "Europe/Berlin",
    );
    const all = [...refine, tells, loader, starts, job("refine-sales"), job("maintain"), daily, upkeep];
    expect(edgesOf(...all).sort()).toEqual([
      "intake function -> refine state machine and its job (starts)",
      "schedules -> intake function",
      "schedules -> maintain job",
    ]);
    expect(graphOf(all).nodes.map(({ label }) => label)).toContainEqual([
      "schedules",
      "daily: rate(1 hour)",
      "upkeep: rate(1 hour) Europe/Berlin",
    ]);
  });

  test("may be none: a state machine calls functions and starts a crawler, which finds tables in a bucket", () => {
    const calls = policy(
      "fetch",
      ["lambda:InvokeFunction", "${aws_lambda_function.loader.arn}"],
      ["glue:StartCrawler", glue("crawler/lake-prod-landing")],
    );
    const crawler = resource("aws_glue_crawler", "landing", {
      name: "lake-prod-landing",
      role: "${aws_iam_role.landing.arn}",
    });
    const finds = policy(
      "landing",
      ["s3:GetObject", "arn:aws:s3:::lake-prod-drop-333333333333-eu-west-1/landing/*"],
      ["glue:CreateTable", glue("database/landing")],
    );
    const all = [machine("fetch"), calls, loader, crawler, finds, bucket("drop"), database("landing")];
    expect(edgesOf(...all).sort()).toEqual([
      "drop bucket -> landing crawler (reads)",
      "fetch state machine -> intake function (calls)",
      "fetch state machine -> landing crawler (starts)",
      "landing crawler -> landing database (tables)",
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
