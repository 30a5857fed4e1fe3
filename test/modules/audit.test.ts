import { AuditStore, type AuditStoreProps } from "../../modules/audit/audit-store";
import { eventSelectors } from "../../modules/audit/event-selectors";
import { Trail } from "../../modules/audit/trail";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { type Caller, decide, isAllowed, type Request } from "../support/policy";
import type { Stack } from "../support/stack";
import { BOUNDARY, keyIn, MODERN } from "./fixtures";

const BUCKET = "arn:aws:s3:::the-audit";
const LAKE = "222222222222";
const trailArn = (account: string, name = "trail") => `arn:aws:cloudtrail:eu-west-1:${account}:trail/${name}`;

function synthStore(change: Partial<AuditStoreProps> = {}): Stack {
  return synthModule((scope) => {
    const store = new AuditStore(scope, "audit", {
      place: PLACE,
      bucketName: "the-audit",
      keyAlias: "the-audit",
      lock: { mode: "GOVERNANCE", days: 365 },
      trails: [PLACE.accountId, LAKE].map((accountId) => ({ accountId, arn: trailArn(accountId) })),
      keyReaderArns: [roleArn("deploy", LAKE)],
      lifecycle: {},
      deployerArn: roleArn("deployer"),
      auditorArn: roleArn("auditor"),
      removable: false,
      ...change,
    });
    new Trail(scope, "trail", {
      name: "trail",
      bucketName: store.bucketName,
      keyArn: store.keyArn,
      place: PLACE,
      key: keyIn(scope, "own"),
      boundaryArn: BOUNDARY,
      dataEvents: {
        namePrefix: "the-",
        functionsArn: `arn:aws:lambda:eu-west-1:${PLACE.accountId}:function:`,
        exceptBuckets: ["the-logs"],
      },
      logRetentionDays: 30,
      dependsOn: [store.bucket.policy],
    });
  });
}

const stack = synthStore();
const bucketPolicy = stack.policyOf(stack.only("aws_s3_bucket_policy"));
const keyPolicy = stack.policyOf(stack.only("aws_kms_key", "audit"));
const CLOUDTRAIL: Caller = { service: "cloudtrail.amazonaws.com" };

describe("the audit bucket", () => {
  const write = (account: string, trail: string, caller: Caller = CLOUDTRAIL, acl = "bucket-owner-full-control") =>
    decide(bucketPolicy, "resource", {
      caller,
      action: "s3:PutObject",
      resource: `${BUCKET}/AWSLogs/${account}/CloudTrail/eu-west-1/2024/01/01/x.json.gz`,
      context: { ...MODERN, "aws:SourceArn": trail, "s3:x-amz-acl": acl },
    });

  test.each([PLACE.accountId, LAKE])("takes the records of %s from that account's trail", (account) => {
    expect(write(account, trailArn(account))).toBe("allow");
  });

  test("takes digests, which trails encrypt with S3's own key", () => {
    const digest = {
      caller: CLOUDTRAIL,
      action: "s3:PutObject",
      resource: `${BUCKET}/AWSLogs/${LAKE}/CloudTrail-Digest/x.json.gz`,
      context: {
        ...MODERN,
        "aws:SourceArn": trailArn(LAKE),
        "s3:x-amz-acl": "bucket-owner-full-control",
        "s3:x-amz-server-side-encryption": "AES256",
      },
    };
    expect(decide(bucketPolicy, "resource", digest)).toBe("allow");
  });

  test("takes no records from the trail of one account below the name of another", () => {
    expect(write(PLACE.accountId, trailArn(LAKE))).toBe("none");
    expect(write(LAKE, trailArn(PLACE.accountId))).toBe("none");
  });

  test("takes nothing from other trails, other accounts or other callers", () => {
    expect(write(LAKE, trailArn(LAKE, "another"))).toBe("none");
    expect(write(FOREIGN_ACCOUNT, trailArn(FOREIGN_ACCOUNT))).toBe("none");
    expect(write(LAKE, trailArn(LAKE), { arn: roleArn("deploy", LAKE) })).toBe("none");
    expect(write(LAKE, trailArn(LAKE), { service: "config.amazonaws.com" })).toBe("none");
    expect(write(LAKE, trailArn(LAKE), CLOUDTRAIL, "private")).toBe("none");
  });

  test("shows its ACL to its trails, which check it before they write", () => {
    const check = (trail: string) =>
      decide(bucketPolicy, "resource", {
        caller: CLOUDTRAIL,
        action: "s3:GetBucketAcl",
        resource: BUCKET,
        context: { ...MODERN, "aws:SourceArn": trail },
      });
    expect(check(trailArn(LAKE))).toBe("allow");
    expect(check(trailArn(FOREIGN_ACCOUNT))).toBe("none");
  });

  const REMOVALS = [
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
  ];
  const EVERYBODY: Caller[] = [
    { arn: roleArn("administrator") },
    { arn: `arn:aws:iam::${PLACE.accountId}:root` },
    { arn: roleArn("deploy", LAKE) },
    CLOUDTRAIL,
    "anonymous",
  ];

  test.each(REMOVALS)("denies %s to everybody, administrators of its account included", (action) => {
    for (const caller of EVERYBODY) {
      for (const resource of [BUCKET, `${BUCKET}/AWSLogs/${LAKE}/x`]) {
        expect(decide(bucketPolicy, "resource", { caller, action, resource, context: MODERN })).toBe("deny");
      }
    }
  });

  const SETTINGS = [
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketLogging",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration",
  ];

  test.each(SETTINGS)("denies %s to everybody, once it is set", (action) => {
    for (const caller of [...EVERYBODY, { arn: roleArn("deployer") }]) {
      expect(decide(bucketPolicy, "resource", { caller, action, resource: BUCKET, context: MODERN })).toBe("deny");
    }
    const after = stack.only("aws_s3_bucket_policy").block.depends_on as string[];
    for (const type of ["lifecycle_configuration", "object_lock_configuration", "versioning", "ownership_controls"]) {
      expect(after).toContain(stack.only(`aws_s3_bucket_${type}`).address);
    }
  });

  test("is read by the auditor and by nobody else", () => {
    const read = (caller: Caller) =>
      decide(bucketPolicy, "resource", { caller, action: "s3:GetObject", resource: `${BUCKET}/x`, context: MODERN });
    expect(read({ arn: roleArn("auditor") })).toBe("none");
    for (const caller of [...EVERYBODY, { arn: roleArn("deployer") }]) expect(read(caller)).toBe("deny");
  });

  test("lets its deployer write the policy, and nobody else: that is the one door", () => {
    const write = (caller: Caller) =>
      decide(bucketPolicy, "resource", { caller, action: "s3:PutBucketPolicy", resource: BUCKET, context: MODERN });
    expect(write({ arn: roleArn("deployer") })).toBe("none");
    for (const caller of EVERYBODY) expect(write(caller)).toBe("deny");
  });

  test.each([...REMOVALS, ...SETTINGS])("can be removed, by %s, when its account says so twice", (action) => {
    const removable = synthStore({ removable: true });
    const policy = removable.policyOf(removable.only("aws_s3_bucket_policy"));
    const request = { caller: { arn: roleArn("administrator") }, action, resource: BUCKET, context: MODERN };
    expect(decide(policy, "resource", request)).toBe("none");
    expect(removable.only("aws_s3_bucket").block).toMatchObject({
      force_destroy: true,
      lifecycle: { prevent_destroy: false },
    });
  });

  test("locks every record for the time that the account says", () => {
    expect(stack.only("aws_s3_bucket").block.object_lock_enabled).toBe(true);
    const lock = stack.only("aws_s3_bucket_object_lock_configuration").block;
    expect(lock.rule).toEqual({ default_retention: { mode: "GOVERNANCE", days: 365 } });
    expect(lock.depends_on).toEqual([stack.only("aws_s3_bucket_versioning").address]);
    const strict = synthStore({ lock: { mode: "COMPLIANCE", days: 7 } }).only(
      "aws_s3_bucket_object_lock_configuration",
    );
    expect(strict.block.rule).toEqual({ default_retention: { mode: "COMPLIANCE", days: 7 } });
  });

  test("forgets no record and no version by itself", () => {
    const rules = stack.only("aws_s3_bucket_lifecycle_configuration").block.rule as { id: string }[];
    expect(rules.map(({ id }) => id)).toEqual(["abort-unfinished-uploads"]);
  });
});

describe("the key of the audit records", () => {
  const use = (caller: Caller, action: string, context: Request["context"]) =>
    decide(keyPolicy, "resource", { caller, action, resource: "arn:aws:kms:eu-west-1:111111111111:key/any", context });
  const of = (account: string, trail = trailArn(account)) => ({
    "aws:SourceArn": trail,
    "kms:EncryptionContext:aws:cloudtrail:arn": trail,
  });

  test("encrypts for its trails", () => {
    for (const account of [PLACE.accountId, LAKE]) {
      expect(use(CLOUDTRAIL, "kms:GenerateDataKey", of(account))).toBe("allow");
      expect(use(CLOUDTRAIL, "kms:DescribeKey", of(account))).toBe("allow");
    }
  });

  test("encrypts for no other trail, and for no trail that speaks of another account", () => {
    expect(use(CLOUDTRAIL, "kms:GenerateDataKey", of(FOREIGN_ACCOUNT))).toBe("none");
    expect(use(CLOUDTRAIL, "kms:GenerateDataKey", of(LAKE, trailArn(LAKE, "another")))).toBe("none");
    expect(use(CLOUDTRAIL, "kms:GenerateDataKey", { "aws:SourceArn": trailArn(LAKE) })).toBe("none");
    expect(use({ service: "s3.amazonaws.com" }, "kms:GenerateDataKey", of(LAKE))).toBe("none");
  });

  test("lets the owners of trails ask for its ARN and nothing else", () => {
    const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
    const can = (caller: string, action: string) =>
      isAllowed(
        { caller: { arn: caller }, action, resource: "arn:aws:kms:eu-west-1:111111111111:key/any" },
        { owner: PLACE.accountId, identity: [everything], resource: keyPolicy },
      );
    expect(can(roleArn("deploy", LAKE), "kms:DescribeKey")).toBe(true);
    for (const action of ["kms:Decrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy", "kms:CreateGrant"]) {
      expect(can(roleArn("deploy", LAKE), action)).toBe(false);
    }
    expect(can(roleArn("deploy", FOREIGN_ACCOUNT), "kms:DescribeKey")).toBe(false);
    expect(can(roleArn("administrator"), "kms:Decrypt")).toBe(false);
  });

  test("is described by nobody else when there is no other account", () => {
    const alone = synthStore({ keyReaderArns: [] });
    expect(alone.policyOf(alone.only("aws_kms_key", "audit")).Statement.map(({ Sid }) => Sid)).not.toContain(
      "TrailOwnersDescribe",
    );
  });
});

test("a trail records every region, proves its files and waits for the bucket to accept it", () => {
  expect(stack.only("aws_cloudtrail").block).toMatchObject({
    is_multi_region_trail: true,
    include_global_service_events: true,
    enable_log_file_validation: true,
    enable_logging: true,
    s3_bucket_name: "the-audit",
    kms_key_id: `\${${stack.only("aws_kms_key", "audit").address}.arn}`,
    cloud_watch_logs_group_arn: `\${${stack.only("aws_cloudwatch_log_group").address}.arn}:*`,
    cloud_watch_logs_role_arn: `\${${stack.only("aws_iam_role").address}.arn}`,
    sns_topic_name: `\${${stack.only("aws_sns_topic").address}.name}`,
    depends_on: [
      stack.only("aws_s3_bucket_policy").address,
      stack.only("aws_iam_role_policy").address,
      stack.only("aws_sns_topic_policy").address,
    ],
  });
});

describe("a trail, of data,", () => {
  const selectors = stack.only("aws_cloudtrail").block.advanced_event_selector as readonly Record<string, unknown>[];
  const fields = (name: string) => selectors.find((selector) => selector.name === name)?.field_selector;

  test("records objects of the account's own buckets, apart from buckets of logs", () => {
    expect(fields("Objects")).toEqual([
      { field: "eventCategory", equals: ["Data"] },
      { field: "resources.type", equals: ["AWS::S3::Object"] },
      {
        field: "resources.ARN",
        starts_with: ["arn:aws:s3:::the-"],
        not_starts_with: ["arn:aws:s3:::the-logs/"],
      },
    ]);
  });

  test("records calls of the account's own functions", () => {
    expect(fields("Functions")).toContainEqual({
      field: "resources.ARN",
      starts_with: [`arn:aws:lambda:eu-west-1:${PLACE.accountId}:function:the-`],
    });
  });

  test("leaves out what is written where records arrive: CloudTrail would record itself for ever", () => {
    const events = { namePrefix: "the-", functionsArn: "", exceptBuckets: [], exceptWrites: true };
    expect(JSON.stringify(eventSelectors(events))).toContain('{"field":"eventName","notEquals":["PutObject"]}');
  });
});

describe("what a trail shows in its own account", () => {
  test("is a log group with a key and an end", () => {
    expect(stack.only("aws_cloudwatch_log_group").block).toMatchObject({
      name: "/aws/cloudtrail/trail",
      retention_in_days: 30,
      kms_key_id: expect.stringContaining(stack.only("aws_kms_key", "own").address),
    });
  });

  test("is written by a role that can do nothing else, and that CloudTrail alone takes", () => {
    const policy = stack.policyOf(stack.only("aws_iam_role_policy"));
    const can = (action: string, resource: string) =>
      decide(policy, "identity", { caller: { arn: roleArn("trail") }, action, resource });
    const group = `arn:aws:logs:eu-west-1:${PLACE.accountId}:log-group:/aws/cloudtrail`;
    const stream = `log-stream:${PLACE.accountId}_CloudTrail_eu-west-1_1`;
    expect(can("logs:PutLogEvents", `${group}/trail:${stream}`)).toBe("allow");
    expect(can("logs:PutLogEvents", `${group}/other:${stream}`)).toBe("none");
    expect(can("logs:PutLogEvents", `${group}/trail:log-stream:another`)).toBe("none");
    expect(can("logs:DeleteLogGroup", `${group}/trail`)).toBe("none");
    const trust = stack.policyOf(stack.only("aws_iam_role"));
    const assume = (caller: Caller) =>
      decide(trust, "trust", { caller, action: "sts:AssumeRole", resource: roleArn("trail") });
    expect(assume(CLOUDTRAIL)).toBe("allow");
    expect(assume({ service: "ec2.amazonaws.com" })).toBe("none");
    expect(assume({ arn: roleArn("any") })).toBe("none");
  });

  test("is a topic that hears of new files from this trail only", () => {
    const topic = stack.policyOf(stack.only("aws_sns_topic_policy"));
    const own = stack.policyOf(stack.only("aws_kms_key", "own"));
    const ask = (policy: typeof topic, action: string, trail: string, context: Request["context"] = MODERN) =>
      decide(policy, "resource", {
        caller: CLOUDTRAIL,
        action,
        resource: action.startsWith("sns") ? `arn:aws:sns:eu-west-1:${PLACE.accountId}:trail` : "*",
        context: { ...context, "aws:SourceArn": trail },
      });
    expect(ask(topic, "sns:Publish", trailArn(PLACE.accountId))).toBe("allow");
    expect(ask(topic, "sns:Publish", trailArn(LAKE))).toBe("none");
    expect(ask(topic, "sns:Publish", trailArn(PLACE.accountId), { "aws:SecureTransport": "false" })).toBe("deny");
    expect(ask(own, "kms:GenerateDataKey", trailArn(PLACE.accountId))).toBe("allow");
    expect(ask(own, "kms:GenerateDataKey", trailArn(LAKE))).toBe("none");
  });
});
