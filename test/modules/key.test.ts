import type { TerraformStack } from "cdktf";
import type { Key } from "../../modules/keys/key";
import { pascal } from "../../modules/keys/key";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { type Caller, decide, isAllowed, listOf, type Policy } from "../support/policy";
import type { Stack } from "../support/stack";
import { keyIn, roleIn } from "./fixtures";

const RESOURCE = "arn:aws:kms:eu-west-1:111111111111:key/any";
const CRYPTOGRAPHY = [
  "kms:CreateGrant",
  "kms:Decrypt",
  "kms:DeriveSharedSecret",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyPair",
  "kms:GenerateDataKeyPairWithoutPlaintext",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:GenerateMac",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
  "kms:ReplicateKey",
  "kms:Sign",
];
/** What an administrator of the account is allowed by IAM: everything. */
const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

function synthKey(configure: (key: Key, scope: TerraformStack) => void = () => {}): { stack: Stack; policy: Policy } {
  const stack = synthModule((scope) => configure(keyIn(scope), scope));
  return { stack, policy: stack.policyOf(stack.only("aws_kms_key")) };
}

const can = (policy: Policy, caller: Caller, action: string, context: Record<string, string> = {}) =>
  isAllowed(
    { caller, action, resource: RESOURCE, context },
    { owner: PLACE.accountId, identity: [EVERYTHING], resource: policy },
  );

describe("a key", () => {
  const { stack, policy } = synthKey();

  test("rotates every year and can be saved for thirty days after a deletion", () => {
    expect(stack.only("aws_kms_key").block).toMatchObject({
      enable_key_rotation: true,
      rotation_period_in_days: 365,
      deletion_window_in_days: 30,
      lifecycle: { prevent_destroy: true },
    });
    expect(stack.only("aws_kms_alias").block).toMatchObject({ name: "alias/the-key" });
  });

  test.each(CRYPTOGRAPHY)("lets no administrator of its account use %s", (action) => {
    expect(can(policy, { arn: roleArn("administrator") }, action)).toBe(false);
    expect(
      can(policy, { arn: `arn:aws:iam::${PLACE.accountId}:user/administrator` }, action, {
        "kms:ViaService": "s3.eu-west-1.amazonaws.com",
      }),
    ).toBe(false);
  });

  test.each([
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
    "kms:DescribeKey",
    "kms:EnableKeyRotation",
    "kms:TagResource",
  ])("lets administrators of its account do %s, and those of no other", (action) => {
    expect(can(policy, { arn: roleArn("administrator") }, action)).toBe(true);
    expect(can(policy, { arn: roleArn("administrator", FOREIGN_ACCOUNT) }, action)).toBe(false);
  });
});

describe("a role that may use a key", () => {
  const { stack, policy } = synthKey((key, scope) => {
    const role = roleIn(scope, "loader");
    key.grantUseVia(role, "s3", ["kms:Decrypt"]);
    key.grantUseVia(role, "s3", ["kms:GenerateDataKey"]);
    key.grantUseVia(role, "sqs");
  });
  const identity = stack.policyOf(stack.only("aws_iam_role_policy"));
  const uses = (role: string, action: string, via?: string) =>
    isAllowed(
      {
        caller: { arn: roleArn(role) },
        action,
        resource: stack.resolve(`\${${stack.only("aws_kms_key").address}.arn}`),
        context: via === undefined ? {} : { "kms:ViaService": `${via}.eu-west-1.amazonaws.com` },
      },
      { owner: PLACE.accountId, identity: [role === "loader" ? identity : EVERYTHING], resource: policy },
    );

  test("uses it through the services it was granted for", () => {
    expect(uses("loader", "kms:Decrypt", "s3")).toBe(true);
    expect(uses("loader", "kms:GenerateDataKey", "s3")).toBe(true);
    expect(uses("loader", "kms:Encrypt", "sqs")).toBe(true);
  });

  test("does not use it by itself, through another service, or for more", () => {
    expect(uses("loader", "kms:Decrypt")).toBe(false);
    expect(uses("loader", "kms:Decrypt", "dynamodb")).toBe(false);
    expect(uses("loader", "kms:Encrypt", "s3")).toBe(false);
    expect(uses("loader", "kms:PutKeyPolicy", "s3")).toBe(false);
  });

  test("is the only one, whatever IAM allows to others", () => {
    expect(uses("other", "kms:Decrypt", "s3")).toBe(false);
  });

  test("has one statement for each service, in its policy and in the key's", () => {
    const sids = [...policy.Statement, ...identity.Statement].map(({ Sid }) => Sid);
    expect(new Set(sids).size).toBe(sids.length);
    expect(sids.filter((sid) => sid?.includes("S3"))).toHaveLength(2);
  });
});

describe("a key for operations", () => {
  const { policy } = synthKey((key) => {
    key.allowDeployer(roleArn("deploy"));
    key.allowLogs();
    key.allowService("Queue", "s3.amazonaws.com", ["kms:GenerateDataKey"], {
      StringEquals: { "aws:SourceAccount": PLACE.accountId },
      ArnEquals: { "aws:SourceArn": "arn:aws:s3:::the-bucket" },
    });
  });
  const deployer = { arn: roleArn("deploy") };
  const via = (service: string) => ({ "kms:ViaService": `${service}.eu-west-1.amazonaws.com` });

  test("is used by the deployer through what it deploys, never directly", () => {
    for (const service of ["s3", "lambda", "dynamodb", "sns"]) {
      expect(can(policy, deployer, "kms:GenerateDataKey", via(service))).toBe(true);
    }
    expect(can(policy, deployer, "kms:Decrypt")).toBe(false);
    expect(can(policy, deployer, "kms:Decrypt", via("sqs"))).toBe(false);
    expect(can(policy, { arn: roleArn("other") }, "kms:Decrypt", via("s3"))).toBe(false);
  });

  test("gives grants to AWS resources only", () => {
    expect(can(policy, deployer, "kms:CreateGrant", { ...via("dynamodb"), "kms:GrantIsForAWSResource": "true" })).toBe(
      true,
    );
    expect(can(policy, deployer, "kms:CreateGrant", { ...via("dynamodb"), "kms:GrantIsForAWSResource": "false" })).toBe(
      false,
    );
    expect(can(policy, deployer, "kms:CreateGrant", via("dynamodb"))).toBe(false);
    expect(can(policy, deployer, "kms:CreateGrant", { "kms:GrantIsForAWSResource": "true" })).toBe(false);
  });

  test("encrypts log groups of its own account and region only", () => {
    const logs = { service: "logs.eu-west-1.amazonaws.com" };
    const group = (account: string) => ({
      "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:eu-west-1:${account}:log-group:/aws/lambda/any`,
    });
    expect(can(policy, logs, "kms:Encrypt", group(PLACE.accountId))).toBe(true);
    expect(can(policy, logs, "kms:Encrypt", group(FOREIGN_ACCOUNT))).toBe(false);
    expect(can(policy, logs, "kms:Encrypt")).toBe(false);
    expect(can(policy, { service: "logs.us-east-1.amazonaws.com" }, "kms:Encrypt", group(PLACE.accountId))).toBe(false);
  });

  test("serves an AWS service for the source it was allowed for, and no other", () => {
    const s3 = { service: "s3.amazonaws.com" };
    const source = (account: string, arn: string) => ({ "aws:SourceAccount": account, "aws:SourceArn": arn });
    expect(can(policy, s3, "kms:GenerateDataKey", source(PLACE.accountId, "arn:aws:s3:::the-bucket"))).toBe(true);
    expect(can(policy, s3, "kms:GenerateDataKey", source(FOREIGN_ACCOUNT, "arn:aws:s3:::the-bucket"))).toBe(false);
    expect(can(policy, s3, "kms:GenerateDataKey", source(PLACE.accountId, "arn:aws:s3:::other-bucket"))).toBe(false);
    expect(can(policy, s3, "kms:GenerateDataKey", {})).toBe(false);
    expect(
      can(
        policy,
        { service: "sns.amazonaws.com" },
        "kms:GenerateDataKey",
        source(PLACE.accountId, "arn:aws:s3:::the-bucket"),
      ),
    ).toBe(false);
  });

  test("says of every service on whose behalf it may work", () => {
    const services = policy.Statement.filter(
      ({ Principal }) => typeof Principal === "object" && "Service" in Principal,
    );
    expect(services.length).toBeGreaterThan(0);
    for (const { Condition } of services) expect(Object.keys(Condition ?? {})).not.toEqual([]);
    expect(
      decide(policy, "resource", {
        caller: { service: "s3.amazonaws.com" },
        action: "kms:Decrypt",
        resource: RESOURCE,
      }),
    ).toBe("none");
  });

  test("names actions one by one", () => {
    for (const { Action = [] } of policy.Statement) {
      for (const action of listOf(Action)) expect(action).toMatch(/^kms:[A-Za-z]+$/);
    }
  });
});

test("statement ids are made of letters and digits", () => {
  expect(pascal("prod/zones/drop-key")).toBe("ProdZonesDropKey");
  expect(pascal("lake-prod-intake_2")).toBe("LakeProdIntake2");
});
