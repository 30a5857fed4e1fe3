import { AccessLogRelay } from "../../modules/audit/access-log-relay";
import { AccessLogs } from "../../modules/audit/access-logs";
import { FlowLogs } from "../../modules/audit/flow-logs";
import { AccessRecords, FlowRecords, type RecordStoreProps } from "../../modules/audit/record-store";
import { FLOW_COLUMNS } from "../../modules/audit/tables/flow-columns";
import { TamperAlarm, tamperPattern } from "../../modules/audit/tamper-alarm";
import { Bucket } from "../../modules/storage/bucket";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { type Caller, decide, type Request } from "../support/policy";
import { alarmsIn, BOUNDARY, keyIn, MODERN, OTHERS } from "./fixtures";

const LAKE = { ...PLACE, accountId: "222222222222" };
const OWNED = "bucket-owner-full-control";

describe("a bucket that logs its use", () => {
  const stack = synthModule((scope) => {
    const logs = new AccessLogs(scope, "logs", {
      place: PLACE,
      bucketName: "lake-prod-access-logs",
      namePrefix: "lake-prod",
      lakeRoles: roleArn("lake-prod-*"),
      removable: false,
    });
    new Bucket(scope, "data", { name: "data", key: keyIn(scope), accessLogBucket: logs.ready, removable: false });
    new Bucket(scope, "silent", { name: "silent", key: keyIn(scope, "other"), removable: false });
  });
  const policy = stack.policyOf(stack.only("aws_s3_bucket_policy", "logs"));
  const decideOn = (caller: Caller, action: string, context: Request["context"] = {}) =>
    decide(policy, "resource", {
      caller,
      action,
      resource: action.includes("Bucket")
        ? "arn:aws:s3:::lake-prod-access-logs"
        : "arn:aws:s3:::lake-prod-access-logs/x",
      context: { ...MODERN, ...context },
    });
  const LOGGING: Caller = { service: "logging.s3.amazonaws.com" };
  const from = (bucket: string, account = PLACE.accountId) => ({
    "aws:SourceAccount": account,
    "aws:SourceArn": `arn:aws:s3:::${bucket}`,
  });

  test("logs below its own name, day by day, once its target takes logs", () => {
    const logging = stack.only("aws_s3_bucket_logging").block;
    expect(logging).toMatchObject({
      target_bucket: `\${${stack.only("aws_s3_bucket_policy", "logs").address}.bucket}`,
      target_prefix: "",
      target_object_key_format: { partitioned_prefix: { partition_date_source: "EventTime" } },
    });
    expect(logging.bucket).toContain("data");
  });

  test("logs into a bucket that S3's own key encrypts, since S3 delivers to no other", () => {
    expect(stack.only("aws_s3_bucket_server_side_encryption_configuration", "logs").block.rule).toEqual([
      { apply_server_side_encryption_by_default: { sse_algorithm: "AES256" } },
    ]);
  });

  test("may be any of the lake's in the account, and no other", () => {
    expect(decideOn(LOGGING, "s3:PutObject", from("lake-prod-raw"))).toBe("allow");
    expect(decideOn(LOGGING, "s3:PutObject", from("another"))).toBe("none");
    expect(decideOn(LOGGING, "s3:PutObject", from("lake-prod-raw", FOREIGN_ACCOUNT))).toBe("none");
    expect(decideOn({ service: "delivery.logs.amazonaws.com" }, "s3:PutObject", from("lake-prod-raw"))).toBe("none");
    for (const caller of OTHERS) expect(decideOn(caller, "s3:PutObject", from("lake-prod-raw"))).toBe("none");
  });

  test.each([
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutObject",
    "s3:PutBucketPolicy",
    "s3:PutLifecycleConfiguration",
    "s3:DeleteBucket",
  ])("has logs that no role of the lake can lose by %s", (action) => {
    expect(decideOn({ arn: roleArn("lake-prod-deploy") }, action)).toBe("deny");
    expect(decideOn({ arn: roleArn("lake-prod-made") }, action)).toBe("deny");
    expect(decideOn({ arn: roleArn("administrator") }, action)).toBe("none");
  });

  test("leaves replication to the account's own stack", () => {
    expect(decideOn({ arn: roleArn("lake-prod-deploy") }, "s3:PutReplicationConfiguration")).toBe("none");
  });

  test("has logs that end soon, with their old versions", () => {
    const rules = JSON.stringify(stack.only("aws_s3_bucket_lifecycle_configuration").block.rule);
    expect(rules).toContain('"expiration":[{"days":30}]');
    expect(rules).toContain('"noncurrent_days":1');
  });
});

describe("access logs on their way", () => {
  const stack = synthModule((scope) => {
    new AccessLogRelay(scope, "relay", {
      bucketName: "the-logs",
      roleName: "the-relay",
      boundaryArn: BOUNDARY,
      destination: { bucketName: "the-records", accountId: LAKE.accountId },
    });
  });

  test("go to the audit account, which owns them, and stay there when they are deleted here", () => {
    const [rule] = stack.only("aws_s3_bucket_replication_configuration").block.rule as Record<string, unknown>[];
    expect(rule).toMatchObject({
      status: "Enabled",
      filter: { prefix: "" },
      delete_marker_replication: { status: "Disabled" },
      destination: {
        bucket: "arn:aws:s3:::the-records",
        account: LAKE.accountId,
        access_control_translation: { owner: "Destination" },
      },
    });
  });

  test("are brought by a role that S3 alone takes, and that reads here and writes there only", () => {
    const policy = stack.policyOf(stack.only("aws_iam_role_policy"));
    const can = (action: string, resource: string) =>
      decide(policy, "identity", { caller: { arn: roleArn("the-relay") }, action, resource }) === "allow";
    expect(can("s3:GetObjectVersionForReplication", "arn:aws:s3:::the-logs/x")).toBe(true);
    expect(can("s3:ReplicateObject", "arn:aws:s3:::the-records/x")).toBe(true);
    for (const [action, resource] of [
      ["s3:ReplicateObject", "arn:aws:s3:::the-logs/x"],
      ["s3:ReplicateDelete", "arn:aws:s3:::the-records/x"],
      ["s3:GetObjectVersionForReplication", "arn:aws:s3:::the-records/x"],
      ["s3:DeleteObject", "arn:aws:s3:::the-logs/x"],
      ["s3:PutObject", "arn:aws:s3:::the-records/x"],
    ] as const) {
      expect([action, can(action, resource)]).toEqual([action, false]);
    }
    const trust = stack.policyOf(stack.only("aws_iam_role"));
    const assume = (caller: Caller) =>
      decide(trust, "trust", { caller, action: "sts:AssumeRole", resource: roleArn("the-relay") });
    expect(assume({ service: "s3.amazonaws.com" })).toBe("allow");
    expect(assume({ service: "lambda.amazonaws.com" })).toBe("none");
    expect(assume({ arn: roleArn("any") })).toBe("none");
  });
});

describe("central records", () => {
  const synth = (change: Partial<RecordStoreProps> = {}) =>
    synthModule((scope) => {
      const shared = {
        key: keyIn(scope),
        deployerArn: roleArn("deployer"),
        auditorArn: roleArn("auditor"),
        lifecycle: {},
        removable: false,
        ...change,
      };
      new FlowRecords(scope, "flows", { ...shared, bucketName: "the-flows", senders: [LAKE] });
      new AccessRecords(scope, "access", {
        ...shared,
        bucketName: "the-access",
        senders: [{ accountId: LAKE.accountId, roleArn: roleArn("relay", LAKE.accountId) }],
      });
    });
  const stack = synth();
  const policy = (id: string) => stack.policyOf(stack.only("aws_s3_bucket_policy", id));
  const DELIVERY: Caller = { service: "delivery.logs.amazonaws.com" };
  const source = (account: string) => ({
    "aws:SourceAccount": account,
    "aws:SourceArn": `arn:aws:logs:eu-west-1:${account}:*`,
  });
  const deliver = (below: string, context: Request["context"], caller = DELIVERY) =>
    decide(policy("flows"), "resource", {
      caller,
      action: "s3:PutObject",
      resource: `arn:aws:s3:::the-flows/AWSLogs/aws-account-id=${below}/x`,
      context: { ...MODERN, "s3:x-amz-acl": OWNED, ...context },
    });

  test("take the flows of each account below its own name", () => {
    expect(deliver(LAKE.accountId, source(LAKE.accountId))).toBe("allow");
    expect(deliver(PLACE.accountId, source(LAKE.accountId))).toBe("none");
    expect(deliver(LAKE.accountId, source(FOREIGN_ACCOUNT))).toBe("none");
    expect(deliver(LAKE.accountId, { ...source(LAKE.accountId), "s3:x-amz-acl": "private" })).toBe("none");
    expect(deliver(LAKE.accountId, source(LAKE.accountId), { service: "s3.amazonaws.com" })).toBe("none");
  });

  test("are encrypted for their senders only", () => {
    const key = stack.policyOf(stack.only("aws_kms_key"));
    const encrypt = (account: string) =>
      decide(key, "resource", {
        caller: DELIVERY,
        action: "kms:GenerateDataKey",
        resource: "*",
        context: source(account),
      });
    expect(encrypt(LAKE.accountId)).toBe("allow");
    expect(encrypt(FOREIGN_ACCOUNT)).toBe("none");
  });

  test("take replicas from the one role of each account", () => {
    const replicate = (role: string, below: string, action = "s3:ReplicateObject") =>
      decide(policy("access"), "resource", {
        caller: { arn: role },
        action,
        resource: `arn:aws:s3:::the-access/${below}/x`,
        context: MODERN,
      });
    const relay = roleArn("relay", LAKE.accountId);
    expect(replicate(relay, LAKE.accountId)).toBe("account");
    expect(replicate(relay, LAKE.accountId, "s3:ObjectOwnerOverrideToBucketOwner")).toBe("account");
    expect(replicate(relay, LAKE.accountId, "s3:ReplicateDelete")).toBe("deny");
    expect(replicate(relay, PLACE.accountId)).toBe("none");
    expect(replicate(roleArn("other", LAKE.accountId), LAKE.accountId)).toBe("none");
    expect(replicate(roleArn("relay", FOREIGN_ACCOUNT), LAKE.accountId)).toBe("none");
  });

  test.each(["flows", "access"])("of %s are kept from everybody, until their account is to be removed", (id) => {
    const ask = (of: typeof stack, action: string, caller: Caller) =>
      decide(of.policyOf(of.only("aws_s3_bucket_policy", id)), "resource", {
        caller,
        action,
        resource: `arn:aws:s3:::the-${id}`,
        context: MODERN,
      });
    const removable = synth({ removable: true });
    for (const action of ["s3:DeleteBucket", "s3:PutLifecycleConfiguration", "s3:PutBucketVersioning"]) {
      expect(ask(stack, action, { arn: roleArn("deployer") })).toBe("deny");
      expect(ask(removable, action, { arn: roleArn("deployer") })).toBe("none");
    }
    expect(ask(stack, "s3:PutBucketPolicy", { arn: roleArn("deployer") })).toBe("none");
    expect(ask(stack, "s3:PutBucketPolicy", { arn: roleArn("administrator") })).toBe("deny");
  });
});

test("flow logs record everything, in files that a table reads hour by hour", () => {
  const stack = synthModule((scope) => {
    new FlowLogs(scope, "flows", { vpcId: "vpc-1", bucketName: "the-flows", name: "the-flows" });
  });
  const { block } = stack.only("aws_flow_log");
  expect(block).toMatchObject({
    vpc_id: "vpc-1",
    traffic_type: "ALL",
    log_destination_type: "s3",
    log_destination: "arn:aws:s3:::the-flows",
    destination_options: { file_format: "parquet", hive_compatible_partitions: true, per_hour_partition: true },
  });
  expect(String(block.log_format).split(" ")).toEqual(FLOW_COLUMNS.map(({ field }) => `$\${${field}}`));
});

describe("an alarm of tampering", () => {
  test("hears of every call that stops records, and of those that open a bucket of records", () => {
    const pattern = tamperPattern("the-records*");
    for (const call of ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "DeleteFlowLogs"]) {
      expect(pattern).toContain(`($.eventName = ${call})`);
    }
    expect(pattern).toContain('($.requestParameters.bucketName = "the-records*")');
    expect(pattern.length).toBeLessThanOrEqual(1024);
  });

  test("is raised by the first of them", () => {
    const stack = synthModule((scope) => {
      new TamperAlarm(scope, "tampering", {
        logGroupName: "/aws/cloudtrail/trail",
        name: "changed",
        recordBuckets: "the-records*",
        alarms: alarmsIn(scope),
      });
    });
    const filter = stack.only("aws_cloudwatch_log_metric_filter").block;
    const alarm = stack.only("aws_cloudwatch_metric_alarm").block;
    expect(filter.log_group_name).toBe("/aws/cloudtrail/trail");
    expect(filter.metric_transformation).toEqual({
      name: alarm.metric_name,
      namespace: alarm.namespace,
      value: "1",
    });
    expect(alarm).toMatchObject({ threshold: 0, statistic: "Sum", comparison_operator: "GreaterThanThreshold" });
  });
});
