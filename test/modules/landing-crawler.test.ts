import type { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { LandingCrawler } from "../../modules/catalog/landing-crawler";
import { SparkEnvironment } from "../../modules/spark/spark-environment";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { decide, isAllowed, type Request } from "../support/policy";
import type { Block } from "../support/stack";
import {
  alarmsIn,
  artifact,
  BOUNDARY,
  functionEnvironment,
  keyIn,
  MODERN,
  networkIn,
  roleIn,
  zoneIn,
} from "./fixtures";

/** A crawler of the zone `drop`, and who looks after it. */
function make(scope: TerraformStack, isInNetwork: boolean): void {
  const { network: _, ...outside } = functionEnvironment(scope);
  const alarms = alarmsIn(scope);
  const crawler = new LandingCrawler(scope, "landing", {
    environment: new SparkEnvironment(scope, "spark", {
      ...outside,
      network: isInNetwork ? networkIn(new Construct(scope, "inside"), { spark: true }) : undefined,
      name: "the-spark",
      jobPrefix: "the-",
      code: { library: artifact("library"), jars: [] },
    }),
    name: "the-crawler",
    zone: zoneIn(scope, "drop", alarms),
    prefix: "landing/",
    database: { name: "landing", reference: "landing" },
    catalogKey: keyIn(scope, "catalog"),
    schedule: "cron(15 * * * ? *)",
    alarms,
  });
  crawler.grantOperate(roleIn(scope, "operator"));
}

const stack = synthModule((scope) => make(scope, false));
const QUEUE = "arn:aws:sqs:eu-west-1:111111111111:the-crawler";
const RULE = "arn:aws:events:eu-west-1:111111111111:rule/the-crawler";
const BUCKET = "arn:aws:s3:::the-drop-bucket";
const glue = (name: string) => `arn:aws:glue:eu-west-1:111111111111:${name}`;

const can = (role: string, action: string, resource: string, context: Request["context"] = {}) =>
  isAllowed(
    { caller: { arn: roleArn(role) }, action, resource, context: { ...MODERN, ...context } },
    {
      owner: PLACE.accountId,
      identity: [stack.policyOf(stack.only("aws_iam_role_policy", role === "operator" ? role : "landing_role"))],
    },
  );
const crawler = (action: string, resource: string, context?: Request["context"]) =>
  can("the-crawler", action, resource, context);

/** Whether the crawler may use the key through the service, by its own policy and by the key's. */
function mayUse(key: string, action: string, service: string): boolean {
  const resource = stack.only("aws_kms_key", key);
  return isAllowed(
    {
      caller: { arn: roleArn("the-crawler") },
      action,
      resource: stack.resolve(`\${${resource.address}.arn}`),
      context: { "kms:ViaService": `${service}.eu-west-1.amazonaws.com` },
    },
    {
      owner: PLACE.accountId,
      identity: [stack.policyOf(stack.only("aws_iam_role_policy", "landing_role"))],
      resource: stack.policyOf(resource),
    },
  );
}

describe("the crawler", () => {
  const { block } = stack.only("aws_glue_crawler");

  test("looks at its prefix and nowhere else, by events, when its account says", () => {
    expect(block).toMatchObject({
      name: "the-crawler",
      database_name: "landing",
      schedule: "cron(15 * * * ? *)",
      recrawl_policy: { recrawl_behavior: "CRAWL_EVENT_MODE" },
      s3_target: [
        {
          path: "s3://the-drop-bucket/landing/",
          event_queue_arn: `\${${stack.only("aws_sqs_queue", "landing_landing-events_queue").address}.arn}`,
        },
      ],
    });
  });

  test("makes one table a folder, adds columns and takes none away", () => {
    expect(JSON.parse(String(block.configuration))).toEqual({
      Version: 1,
      Grouping: { TableGroupingPolicy: "CombineCompatibleSchemas", TableLevelConfiguration: 3 },
      CrawlerOutput: {
        Tables: { AddOrUpdateBehavior: "MergeNewColumns" },
        Partitions: { AddOrUpdateBehavior: "InheritFromTable" },
      },
    });
    expect(block.schema_change_policy).toEqual({ update_behavior: "UPDATE_IN_DATABASE", delete_behavior: "LOG" });
  });

  test("writes encrypted logs, which are kept as long as others", () => {
    expect(block.security_configuration).toBe(`\${${stack.only("aws_glue_security_configuration").address}.name}`);
    expect(stack.only("aws_cloudwatch_log_group").block).toMatchObject({
      name: "/aws-glue/crawlers-role/the-crawler-the-spark",
      retention_in_days: 30,
      kms_key_id: `\${${stack.only("aws_kms_key", "operations").address}.arn}`,
    });
    const group = "arn:aws:logs:eu-west-1:111111111111:log-group:/aws-glue/crawlers-role/the-crawler-the-spark";
    expect(crawler("logs:AssociateKmsKey", group)).toBe(true);
    expect(crawler("logs:PutLogEvents", `${group}:log-stream:the-crawler`)).toBe(true);
    expect(crawler("logs:PutLogEvents", `${group}-2:log-stream:the-crawler`)).toBe(false);
    expect(crawler("logs:DeleteLogGroup", group)).toBe(false);
  });

  test("is in the network where there is one", () => {
    expect((block.s3_target as Block[])[0]?.connection_name).toBeUndefined();
    const inside = synthModule((scope) => make(scope, true));
    const [target] = inside.only("aws_glue_crawler").block.s3_target as Block[];
    const [first] = inside.resources("aws_glue_connection");
    expect(target?.connection_name).toBe(`\${${first?.address}.name}`);
    const policy = inside.policyOf(inside.only("aws_iam_role_policy", "landing_role"));
    expect(policy.Statement.map(({ Sid }) => Sid)).toEqual(
      expect.arrayContaining(["FindConnections", "MakeInterfaces"]),
    );
    const actions = stack
      .policyOf(stack.only("aws_iam_role_policy", "landing_role"))
      .Statement.flatMap(({ Action = [] }) => Action);
    expect(actions.filter((action) => action.startsWith("ec2:"))).toEqual([]);
  });
});

describe("the role of the crawler", () => {
  test("reads what lies below the prefix, and nothing else of the bucket", () => {
    expect(crawler("s3:GetObject", `${BUCKET}/landing/visits/a.csv`)).toBe(true);
    expect(crawler("s3:GetObject", `${BUCKET}/sales/orders/a.csv`)).toBe(false);
    expect(crawler("s3:GetObject", `${BUCKET}/landings/a.csv`)).toBe(false);
    expect(crawler("s3:ListBucket", BUCKET, { "s3:prefix": "landing/" })).toBe(true);
    expect(crawler("s3:ListBucket", BUCKET, { "s3:prefix": "sales/" })).toBe(false);
    expect(crawler("s3:ListBucket", BUCKET)).toBe(false);
    for (const action of ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectTagging"])
      expect(crawler(action, `${BUCKET}/landing/visits/a.csv`)).toBe(false);
  });

  test("opens the zone's key through S3 and the queue only, and the catalog's through Glue only", () => {
    const services = ["s3", "sqs", "glue", "lambda"];
    const through = (key: string, action: string) => services.map((service) => mayUse(key, action, service));
    expect(through("drop_key", "kms:Decrypt")).toEqual([true, true, false, false]);
    expect(through("drop_key", "kms:GenerateDataKey")).toEqual([false, false, false, false]);
    for (const action of ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"])
      expect(through("catalog", action)).toEqual([false, false, true, false]);
  });

  test("makes and changes tables of its own database, and removes none", () => {
    const tables = ["glue:CreateTable", "glue:UpdateTable", "glue:BatchCreatePartition", "glue:GetTables"];
    for (const action of tables) {
      expect(crawler(action, glue("table/landing/visits"))).toBe(true);
      expect(crawler(action, glue("table/raw_sales/orders"))).toBe(false);
      expect(crawler(action, glue("table/landing_2/visits"))).toBe(false);
    }
    for (const action of [
      "glue:DeleteTable",
      "glue:BatchDeleteTable",
      "glue:BatchDeletePartition",
      "glue:DeleteDatabase",
    ])
      for (const resource of ["table/landing/visits", "database/landing", "catalog"])
        expect(crawler(action, glue(resource))).toBe(false);
    expect(crawler("glue:UpdateDatabase", glue("database/landing"))).toBe(false);
  });

  test("takes events from its own queue, and sends none", () => {
    expect(crawler("sqs:ReceiveMessage", QUEUE)).toBe(true);
    expect(crawler("sqs:DeleteMessage", QUEUE)).toBe(true);
    for (const queue of [`${QUEUE}-dlq`, "arn:aws:sqs:eu-west-1:111111111111:the-drop"])
      expect(crawler("sqs:ReceiveMessage", queue)).toBe(false);
    for (const action of ["sqs:SendMessage", "sqs:DeleteQueue"]) expect(crawler(action, QUEUE)).toBe(false);
  });

  test("is Glue's, on behalf of this account only, and bounded", () => {
    const role = stack.only("aws_iam_role", "landing");
    const assume = (service: string, account: string | undefined) =>
      decide(stack.policyOf(role), "trust", {
        caller: { service },
        action: "sts:AssumeRole",
        resource: "*",
        context: account === undefined ? {} : { "aws:SourceAccount": account },
      });
    expect(assume("glue.amazonaws.com", PLACE.accountId)).toBe("allow");
    expect(assume("glue.amazonaws.com", FOREIGN_ACCOUNT)).toBe("none");
    expect(assume("glue.amazonaws.com", undefined)).toBe("none");
    expect(assume("lambda.amazonaws.com", PLACE.accountId)).toBe("none");
    expect(role.block.permissions_boundary).toBe(BOUNDARY);
  });
});

describe("the events of the crawler", () => {
  test("are those of new objects below the prefix", () => {
    expect(JSON.parse(String(stack.only("aws_cloudwatch_event_rule", "landing_rule").block.event_pattern))).toEqual({
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { bucket: { name: ["the-drop-bucket"] }, object: { key: [{ prefix: "landing/" }] } },
    });
  });

  test("arrive as S3 itself would send them, whatever their keys are", () => {
    const target = stack.only("aws_cloudwatch_event_target", "landing_target").block.input_transformer as Block;
    const values: Record<string, unknown> = {
      "$.time": "2026-01-31T10:00:00Z",
      "$.detail.object.key": 'landing/a "b"/c.csv',
      "$.detail.object.size": 12,
      "$.detail.object.version-id": "v1",
      "$.detail.object.sequencer": "00",
    };
    const paths = target.input_paths as Record<string, string>;
    const text = String(target.input_template).replace(/<(\w+)>/g, (_, name: string) =>
      JSON.stringify(values[paths[name] ?? ""]),
    );
    expect(JSON.parse(text)).toEqual({
      Records: [
        {
          eventVersion: "2.1",
          eventSource: "aws:s3",
          awsRegion: "eu-west-1",
          eventTime: "2026-01-31T10:00:00Z",
          eventName: "ObjectCreated:Put",
          s3: {
            s3SchemaVersion: "1.0",
            bucket: { name: "the-drop-bucket", arn: BUCKET },
            object: { key: 'landing/a "b"/c.csv', size: 12, versionId: "v1", sequencer: "00" },
          },
        },
      ],
    });
  });

  test("come from the rule of this account alone, encrypted with the zone's key", () => {
    const queue = stack.only("aws_sqs_queue", "landing_landing-events_queue");
    expect(queue.block.kms_master_key_id).toBe(`\${${stack.only("aws_kms_key", "drop_key").address}.arn}`);
    const send = (service: string, context: Request["context"]) =>
      decide(stack.policyOf(queue), "resource", {
        caller: { service },
        action: "sqs:SendMessage",
        resource: QUEUE,
        context: { "aws:SecureTransport": "true", ...context },
      });
    const source = { "aws:SourceAccount": PLACE.accountId, "aws:SourceArn": RULE };
    expect(send("events.amazonaws.com", source)).toBe("allow");
    expect(send("events.amazonaws.com", { ...source, "aws:SourceArn": `${RULE}-2` })).toBe("none");
    expect(send("events.amazonaws.com", { ...source, "aws:SourceAccount": FOREIGN_ACCOUNT })).toBe("none");
    expect(send("s3.amazonaws.com", source)).toBe("none");
  });

  test("wait for an hour while a crawl works on them, and raise an alarm before SQS forgets them", () => {
    expect(stack.only("aws_sqs_queue", "landing_landing-events_queue").block).toMatchObject({
      visibility_timeout_seconds: 3600,
      message_retention_seconds: 14 * 24 * 3600,
    });
    expect(stack.only("aws_cloudwatch_metric_alarm", "landing_stale").block).toMatchObject({
      metric_name: "ApproximateAgeOfOldestMessage",
      dimensions: { QueueName: "the-crawler" },
      comparison_operator: "GreaterThanThreshold",
      threshold: 10 * 24 * 3600,
    });
  });
});

test("a crawl that fails is told to those who get alarms", () => {
  const rule = stack.only("aws_cloudwatch_event_rule", "landing_crawl-failed").block;
  expect(JSON.parse(String(rule.event_pattern))).toEqual({
    source: ["aws.glue"],
    "detail-type": ["Glue Crawler State Change"],
    detail: { crawlerName: ["the-crawler"], state: ["Failed"] },
  });
  expect(stack.only("aws_cloudwatch_event_target", "landing_crawl-failed").block.arn).toBe(
    `\${${stack.only("aws_sns_topic", "alarms").address}.arn}`,
  );
});

test("who looks after the crawler starts it, reads its logs and brings back its events, and does not change it", () => {
  for (const action of ["glue:StartCrawler", "glue:StopCrawler", "glue:GetCrawler", "glue:ListCrawls"]) {
    expect(can("operator", action, glue("crawler/the-crawler"))).toBe(true);
    expect(can("operator", action, glue("crawler/other"))).toBe(false);
  }
  for (const action of ["glue:UpdateCrawler", "glue:DeleteCrawler", "glue:CreateCrawler"])
    expect(can("operator", action, glue("crawler/the-crawler"))).toBe(false);
  const logs = "arn:aws:logs:eu-west-1:111111111111:log-group:/aws-glue/crawlers-role/the-crawler-the-spark";
  expect(can("operator", "logs:GetLogEvents", `${logs}:log-stream:the-crawler`)).toBe(true);
  expect(can("operator", "logs:DeleteLogStream", `${logs}:log-stream:the-crawler`)).toBe(false);
  expect(can("operator", "sqs:StartMessageMoveTask", `${QUEUE}-dlq`)).toBe(true);
  expect(can("operator", "s3:GetObject", `${BUCKET}/landing/visits/a.csv`)).toBe(false);
});
