import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Testing } from "cdktf";
import { networksOverlap, subnet } from "../../accounts/model/cidr";
import { parseAccounts } from "../../accounts/model/load";
import { loadContracts } from "../../contracts";
import { LakeStack } from "../../stacks/lake";
import { filesOf, lake } from "../accounts/fixtures";
import { type Block, Stack, type StackJson } from "../support/stack";
import { ROOT, testFolder } from "../support/synthesis";

/** The lake of an account with these settings. */
function lakeOf(settings: Readonly<Record<string, unknown>> = {}): Stack {
  const accounts = parseAccounts(filesOf({ prod: { ...lake, ...settings } }));
  const [account] = accounts.lakes;
  if (!account) throw new Error("there is no lake");
  const path = join(testFolder(), "any.zip");
  writeFileSync(path, "any");
  const artifact = (letter: string) => ({ path, sha256: letter.repeat(64) });
  const stack = new LakeStack(
    new App({ outdir: join(testFolder(), "modules") }),
    { organization: accounts.organization, target: { kind: "aws" }, isRemovable: () => false },
    account,
    {
      accounts,
      contracts: loadContracts(ROOT),
      artifacts: {
        intake: artifact("a"),
        duckdbLayer: (architecture) => artifact(architecture === "arm64" ? "b" : "c"),
      },
    },
  );
  return new Stack("prod", JSON.parse(Testing.synth(stack, true)) as StackJson);
}

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
    network: { cidr: "10.8.0.0/16", availabilityZones: ["a", "b", "c"], interfaceEndpoints: ["sqs", "athena"] },
    intake: { memoryMb: 1024, timeoutSeconds: 100, diskMb: 2048, concurrency: 7 },
  });
  const lambda = stack.only("aws_lambda_function").block;

  test("has the zones that its account names, in any number", () => {
    const buckets = stack.resources("aws_s3_bucket").map(({ block }) => String(block.bucket));
    const names = [...zones.map(({ name }) => name), "artifacts", "quarantine"];
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
    expect(stack.only("aws_lambda_event_source_mapping").block.event_source_arn).toBe(
      `\${${stack.only("aws_sqs_queue", "zones_inbox_arrivals_queue").address}.arn}`,
    );
    const locations = stack
      .resources("aws_glue_catalog_table")
      .map(({ block }) => (block.storage_descriptor as Block).location);
    for (const location of locations) expect(location).toMatch(`s3://lake-prod-loaded-${lake.id}-eu-west-1/`);
    expect(stack.resources("aws_glue_catalog_database").map(({ block }) => block.name)).toEqual(["loaded_sales"]);
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

  test("lies in the availability zones of its account, and leaves room for public and data subnets", () => {
    const subnets = stack
      .resources("aws_subnet")
      .map(({ block }) => [block.availability_zone, String(block.cidr_block)] as const);
    expect(subnets.map(([zone]) => zone)).toEqual(["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
    const reserved = [0, 1, 2, 3, 4, 10, 11, 12, 13, 14].map((index) => subnet("10.8.0.0/16", 20, index));
    for (const [, cidr] of subnets) {
      expect(networksOverlap(cidr, "10.8.0.0/16")).toBe(true);
      expect(reserved.filter((other) => networksOverlap(cidr, other))).toEqual([]);
    }
  });

  test.each(["10.8.0.0/16", "10.8.0.0/22"])("fits its subnets into %s", (cidr) => {
    const five = lakeOf({ network: { cidr, availabilityZones: ["a", "b", "c", "d", "e"] } });
    const cidrs = five.resources("aws_subnet").map(({ block }) => String(block.cidr_block));
    expect(new Set(cidrs).size).toBe(5);
    for (const part of cidrs) expect(networksOverlap(part, cidr)).toBe(true);
  });

  test("reaches the services that its account names", () => {
    const endpoints = stack
      .resources("aws_vpc_endpoint")
      .map(({ block }) => String(block.service_name).split(".").at(-1));
    expect(endpoints.sort()).toEqual(["athena", "dynamodb", "s3", "sqs"]);
  });

  test("writes its trail into the security account, under a key that it asks for by its alias", () => {
    const trail = stack.only("aws_cloudtrail").block;
    expect(trail).toMatchObject({
      name: "lake-prod-trail",
      s3_bucket_name: "lake-security-audit-200000000000-eu-west-1",
    });
    const key = Object.values(stack.json.data?.aws_kms_key ?? {}).map((block) => block.key_id);
    expect(key).toEqual(["arn:aws:kms:eu-west-1:200000000000:alias/lake-security-audit"]);
  });

  test("with an account file that says the least is a whole lake", () => {
    const names = lakeOf()
      .resources("aws_s3_bucket")
      .map(({ name }) => name.split("_").slice(0, 2).join("_"));
    expect(names.sort()).toEqual([
      "artifacts_store",
      "intake_quarantine",
      "zones_curated",
      "zones_drop",
      "zones_raw",
      "zones_refined",
    ]);
  });
});
