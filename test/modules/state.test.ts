import { StateStore } from "../../modules/state/state-store";
import { PLACE, roleArn, synthModule } from "../support/module";
import { isAllowed, type Policy } from "../support/policy";
import { MODERN } from "./fixtures";

const BUCKET = "arn:aws:s3:::the-state";
const STATE = `${BUCKET}/prod/terraform.tfstate`;
const LAKE_ROLES = ["lake-prod-deploy", "lake-prod-plan", "lake-prod-made-by-a-deployer"];
const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

const stack = synthModule((scope) => {
  new StateStore(scope, "state", {
    place: PLACE,
    bucketName: "the-state",
    keyAlias: "the-state",
    writerArns: [roleArn("lake-prod-deploy")],
    readerArns: [roleArn("lake-prod-plan")],
    lakeRoles: roleArn("lake-prod-*"),
    removable: false,
  });
});
const bucketPolicy = stack.policyOf(stack.only("aws_s3_bucket_policy"));
const keyPolicy = stack.policyOf(stack.only("aws_kms_key"));

const can = (role: string, action: string, resource: string) =>
  isAllowed(
    { caller: { arn: roleArn(role) }, action, resource, context: MODERN },
    { owner: PLACE.accountId, identity: [EVERYTHING], resource: bucketPolicy },
  );
const canUseKey = (role: string, action: string, via?: string) =>
  isAllowed(
    {
      caller: { arn: roleArn(role) },
      action,
      resource: "arn:aws:kms:eu-west-1:111111111111:key/any",
      context: via === undefined ? {} : { "kms:ViaService": `${via}.eu-west-1.amazonaws.com` },
    },
    { owner: PLACE.accountId, identity: [EVERYTHING], resource: keyPolicy },
  );

describe("the state bucket, whatever IAM allows,", () => {
  test.each([
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObjectVersion",
    "s3:PutBucketAcl",
    "s3:PutBucketLogging",
    "s3:PutBucketNotification",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration",
  ])("lets no role of the lake do %s, not even one that a deployer made for it", (action) => {
    for (const role of LAKE_ROLES) {
      expect(can(role, action, BUCKET)).toBe(false);
      expect(can(role, action, STATE)).toBe(false);
    }
  });

  test("lets no role of the lake delete a state", () => {
    for (const role of LAKE_ROLES) expect(can(role, "s3:DeleteObject", STATE)).toBe(false);
  });

  test("lets the deployer read and write states and remove locks", () => {
    for (const action of ["s3:GetObject", "s3:PutObject"]) expect(can("lake-prod-deploy", action, STATE)).toBe(true);
    expect(can("lake-prod-deploy", "s3:DeleteObject", `${STATE}.tflock`)).toBe(true);
    expect(can("lake-prod-deploy", "s3:ListBucket", BUCKET)).toBe(true);
  });

  test("can be changed by the administrators who made it", () => {
    expect(can("OrganizationAccountAccessRole", "s3:PutBucketPolicy", BUCKET)).toBe(true);
  });

  test("keeps every version for ever, and itself", () => {
    const { rule } = stack.only("aws_s3_bucket_lifecycle_configuration").block;
    expect(rule).toEqual([expect.objectContaining({ id: "abort-unfinished-uploads" })]);
    expect(stack.only("aws_s3_bucket").block).toMatchObject({
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
    expect(stack.only("aws_kms_key").block).toMatchObject({ lifecycle: { prevent_destroy: true } });
  });
});

describe("the key of the states, whatever IAM allows,", () => {
  test("encrypts and decrypts for the deployer, and decrypts for the planner, through S3 only", () => {
    expect(canUseKey("lake-prod-deploy", "kms:GenerateDataKey", "s3")).toBe(true);
    expect(canUseKey("lake-prod-deploy", "kms:Decrypt", "s3")).toBe(true);
    expect(canUseKey("lake-prod-plan", "kms:Decrypt", "s3")).toBe(true);
    expect(canUseKey("lake-prod-plan", "kms:GenerateDataKey", "s3")).toBe(false);
    for (const role of ["lake-prod-deploy", "lake-prod-plan"]) {
      expect(canUseKey(role, "kms:Decrypt")).toBe(false);
      expect(canUseKey(role, "kms:Decrypt", "lambda")).toBe(false);
    }
  });

  test.each(["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy", "kms:CreateGrant"])(
    "lets no role of the lake do %s",
    (action) => {
      for (const role of LAKE_ROLES) expect(canUseKey(role, action, "s3")).toBe(false);
    },
  );

  test("can be changed by the administrators who made it", () => {
    expect(canUseKey("OrganizationAccountAccessRole", "kms:PutKeyPolicy")).toBe(true);
  });

  test("opens states to nobody else", () => {
    expect(canUseKey("administrator", "kms:Decrypt", "s3")).toBe(false);
  });
});
