import { clearances } from "../../contracts/people";
import { lake } from "../accounts/fixtures";
import type { Block, Stack } from "../support/stack";
import { functionsJoinTheNetwork } from "./checks/access";
import { functionsReachServices, networkIsClosed, networkWorks } from "./checks/network";
import { functionsAreHardened } from "./checks/runtime";
import { lakeOf } from "./lake-of";

describe("a lake", () => {
  const zones = [
    { name: "inbox", lifecycle: { expireAfterDays: 30 } },
    { name: "loaded", streams: [{ name: "sales", prefix: "sales/" }] },
    { name: "served" },
  ];
  const stack = lakeOf({
    zones,
    architecture: "arm64",
    logRetentionDays: 30,
    alarmEmails: ["on.call@example.com"],
    network: {
      cidr: "10.8.0.0/16",
      availabilityZones: ["a", "b", "c"],
      interfaceEndpoints: ["sqs", "athena", "glue", "kms", "lambda", "logs", "monitoring", "states"],
    },
    intake: { memoryMb: 1024, timeoutSeconds: 100, diskMb: 2048, concurrency: 7 },
  });
  const lambda = stack.only("aws_lambda_function", "intake").block;

  test("has the zones that its account names, in any number", () => {
    const buckets = stack.resources("aws_s3_bucket").map(({ block }) => String(block.bucket));
    const names = [...zones.map(({ name }) => name), "artifacts", "quarantine", "query-results", "sandbox"];
    expect(buckets.sort()).toEqual(names.map((name) => `lake-prod-${name}-${lake.id}-eu-west-1`).sort());
    expect(stack.only("aws_s3_bucket_lifecycle_configuration", "zones_inbox").block.rule).toContainEqual(
      expect.objectContaining({ expiration: [{ days: 30 }] }),
    );
    expect(stack.only("aws_sqs_queue", "zones_loaded_stream-sales_queue").block.name).toBe("lake-prod-loaded-sales");
  });

  test("loads what arrives in the first zone into the second, whatever they are called", () => {
    expect((lambda.environment as Block).variables).toMatchObject({
      TARGET_BUCKET: `lake-prod-loaded-${lake.id}-eu-west-1`,
    });
    expect(stack.only("aws_lambda_event_source_mapping", "intake").block.event_source_arn).toBe(
      `\${${stack.only("aws_sqs_queue", "zones_inbox_arrivals_queue").address}.arn}`,
    );
    const locations = stack
      .resources("aws_glue_catalog_table")
      .map(({ block }) => (block.storage_descriptor as Block).location);
    for (const location of locations) expect(location).toMatch(`s3://lake-prod-loaded-${lake.id}-eu-west-1/`);
    expect(stack.resources("aws_glue_catalog_database").map(({ block }) => block.name)).toEqual([
      "loaded_freight",
      "loaded_sales",
      "refined_freight",
      "refined_sales",
      "refined_sales_clear",
    ]);
  });

  test("hears of each commit to a masked table once, and of everything in the other zones", () => {
    const filters = stack
      .resources("aws_s3_bucket_notification")
      .filter(({ block }) => block.queue !== undefined)
      .map(({ block }) =>
        (block.queue as Block[]).map(({ filter_prefix, filter_suffix }) => [filter_prefix, filter_suffix]),
      );
    expect(filters).toEqual([[[undefined, undefined]], [[undefined, undefined]], [["masked/", ".metadata.json"]]]);
  });

  test("waits a little for more before it starts a run, and hides its messages for as long as that takes", () => {
    const mapping = stack.only("aws_lambda_event_source_mapping", "pipelines_refine").block;
    expect(mapping).toMatchObject({ maximum_batching_window_in_seconds: 5, batch_size: 100 });
    const queue = stack.only("aws_sqs_queue", "zones_loaded_arrivals_queue");
    expect(mapping.event_source_arn).toBe(`\${${queue.address}.arn}`);
    // Six times the function's time, which AWS asks for.
    expect(queue.block.visibility_timeout_seconds).toBe(360);
  });

  test("has tables without marts, and neither jobs nor what starts them for the latter", () => {
    const types = ["aws_glue_job", "aws_sfn_state_machine"];
    const names = (of: Stack) => types.flatMap((type) => of.resources(type).map(({ block }) => block.name)).sort();
    expect(names(stack)).toEqual([
      "lake-prod-catalogue-report",
      "lake-prod-maintain",
      "lake-prod-refine",
      "lake-prod-refine-freight",
      "lake-prod-refine-sales",
    ]);
    expect(names(lakeOf())).toEqual(expect.arrayContaining(["lake-prod-curate", "lake-prod-refine"]));
    const two = lakeOf({ zones: [{ name: "drop" }, { name: "raw" }] });
    expect(names(two)).toEqual([]);
    expect(two.resources("aws_athena_workgroup")).toEqual([]);
  });

  test("keeps its tables in order each night, reports on them each week, and tells when either fails", () => {
    const schedules = stack
      .resources("aws_scheduler_schedule")
      .map(({ block }) => [
        block.name,
        block.schedule_expression,
        (JSON.parse(String((block.target as Block).input)) as Block).JobName,
      ]);
    expect(schedules).toContainEqual(["maintain", "cron(0 3 * * ? *)", "lake-prod-maintain"]);
    expect(schedules).toContainEqual(["catalogue-report", "cron(0 3 ? * MON *)", "lake-prod-catalogue-report"]);
    const rule = stack.only("aws_cloudwatch_event_rule", "pipelines_upkeep-failed");
    expect(JSON.parse(String(rule.block.event_pattern))).toEqual({
      source: ["aws.glue"],
      "detail-type": ["Glue Job State Change"],
      detail: { jobName: ["lake-prod-maintain", "lake-prod-catalogue-report"], state: ["FAILED", "TIMEOUT"] },
    });
    expect(stack.only("aws_cloudwatch_event_target", "pipelines_upkeep-failed").block.arn).toBe(
      `\${${stack.only("aws_sns_topic", "alarms").address}.arn}`,
    );
  });

  test("gives its functions what the account says", () => {
    expect(lambda).toMatchObject({
      architectures: ["arm64"],
      memory_size: 1024,
      timeout: 100,
      ephemeral_storage: { size: 2048 },
      reserved_concurrent_executions: 7,
    });
    expect(stack.only("aws_s3_object", "artifacts_layer").block.key).toContain("b".repeat(64));
    for (const { block } of stack.resources("aws_cloudwatch_log_group")) expect(block.retention_in_days).toBe(30);
    expect(stack.only("aws_cloudwatch_log_group", "intake").block.retention_in_days).toBe(30);
    expect(stack.only("aws_sns_topic_subscription").block.endpoint).toBe("on.call@example.com");
  });

  test("hides messages from other consumers six times as long as the intake works", () => {
    expect(stack.only("aws_sqs_queue", "zones_inbox_arrivals_queue").block.visibility_timeout_seconds).toBe(600);
  });

  test("reaches the services that its account names", () => {
    const endpoints = stack.resources("aws_vpc_endpoint").map(({ block }) => String(block.service_name).slice(24));
    expect(endpoints.sort()).toEqual([
      "athena",
      "dynamodb",
      "glue",
      "kms",
      "lambda",
      "logs",
      "monitoring",
      "s3",
      "sqs",
      "states",
    ]);
    const [monitoring] = stack.policyOf(stack.only("aws_vpc_endpoint", "network_endpoint-monitoring")).Statement;
    expect(monitoring?.Action).toBe("cloudwatch:*");
  });

  test("writes its trail into the security account, under a key that it asks for by its alias", () => {
    const trail = stack.only("aws_cloudtrail").block;
    expect(trail).toMatchObject({
      name: "lake-prod-trail",
      s3_bucket_name: "lake-security-audit-200000000000-eu-west-1",
    });
    const key = Object.values(stack.json.data?.aws_kms_key ?? {}).map((block) => block.key_id);
    expect(key).toContain("arn:aws:kms:eu-west-1:200000000000:alias/lake-security-audit");
  });

  test("with an account file that says the least is a whole lake", () => {
    const names = lakeOf()
      .resources("aws_s3_bucket")
      .map(({ name }) => name.split("_").slice(0, 2).join("_"));
    expect(names.sort()).toEqual([
      "analytics_results",
      "artifacts_store",
      "intake_quarantine",
      "sandbox_store",
      "zones_curated",
      "zones_drop",
      "zones_raw",
      "zones_refined",
    ]);
  });
});

describe("files that no contract declares", () => {
  const zones = [{ name: "inbox" }, { name: "loaded" }, { name: "served" }];
  const stack = lakeOf({ zones, landing: { schedule: "cron(15 6 * * ? *)" } });
  const intakeOf = (of: Stack) => (of.only("aws_lambda_function", "intake").block.environment as Block).variables;

  test("lie below one prefix of the first zone, which the intake leaves alone and a crawler describes", () => {
    const { block } = stack.only("aws_glue_crawler");
    expect(block).toMatchObject({ name: "lake-prod-landing-crawler", schedule: "cron(15 6 * * ? *)" });
    expect(block.s3_target).toMatchObject([{ path: `s3://lake-prod-inbox-${lake.id}-eu-west-1/landing/` }]);
    expect(block.database_name).toBe(`\${${stack.only("aws_glue_catalog_database", "catalog_landing").address}.name}`);
    expect(intakeOf(stack)).toMatchObject({ LANDING_PREFIX: "landing/" });
    expect(stack.resources("aws_glue_catalog_table").filter(({ name }) => name.includes("landing"))).toEqual([]);
  });

  test("are asked about in a workgroup whose answers analysts do not see", () => {
    const places = stack
      .resources("aws_athena_workgroup")
      .map(({ block }) => [block.name, ((block.configuration as Block).result_configuration as Block).output_location]);
    expect(Object.fromEntries(places)).toEqual({
      ...Object.fromEntries(
        clearances.map((level) => [
          `lake-prod-query-${level}`,
          `s3://lake-prod-query-results-${lake.id}-eu-west-1/${level}/`,
        ]),
      ),
      "lake-prod-landing": `s3://lake-prod-landing-results-${lake.id}-eu-west-1/`,
    });
    const analyst = JSON.stringify(stack.policyOf(stack.only("aws_iam_role_policy", "users_data-analyst")));
    expect(analyst).not.toContain("landing");
  });

  test("are treated like any others unless the account says so", () => {
    const without = lakeOf({ zones });
    expect(without.resources("aws_glue_crawler")).toEqual([]);
    expect(intakeOf(without)).not.toHaveProperty("LANDING_PREFIX");
    const ofLanding = without.resources().filter(({ address }) => /landing/.test(address));
    expect(ofLanding).toEqual([]);
  });
});

describe("a lake without a network", () => {
  const small = lakeOf({ network: false });

  test("has nothing of one, and its functions run outside of any", () => {
    const ofNetwork = /^aws_(vpc|subnet|route|security_group|network|default_security|internet|nat)/;
    expect(small.resources().filter(({ type }) => ofNetwork.test(type))).toEqual([]);
    expect(small.only("aws_lambda_function", "intake").block.vpc_config).toBeUndefined();
  });

  test("gives its functions no right to make network interfaces", () => {
    const role = small.only("aws_iam_role_policy", "intake_loader");
    const actions = small.policyOf(role).Statement.flatMap(({ Action = [] }) => Action);
    expect(actions.filter((action) => action.startsWith("ec2:"))).toEqual([]);
  });

  test("is the same lake in all else", () => {
    const others = (stack: Stack) =>
      stack
        .resources()
        .map(({ address }) => address)
        .filter((address) => !/\.(network_|flow-logs_|pipelines_spark_network_)/.test(address));
    expect(others(small)).toEqual(others(lakeOf()));
  });

  test("breaks no rule that other lakes keep", () => {
    for (const check of [
      functionsAreHardened,
      functionsJoinTheNetwork,
      functionsReachServices,
      networkIsClosed,
      networkWorks,
    ])
      expect(check.find(small)).toEqual([]);
  });
});
