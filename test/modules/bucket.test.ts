import { Bucket } from "../../modules/storage/bucket";
import { lifecycleRules } from "../../modules/storage/lifecycle";
import { PLACE, roleArn, synthModule } from "../support/module";
import { type Caller, decide, isAllowed, type Request } from "../support/policy";
import { keyIn, MODERN, OTHERS, roleIn } from "./fixtures";

const BUCKET = "arn:aws:s3:::the-bucket";
const WRITER: Caller = { arn: roleArn("writer") };
const READER: Caller = { arn: roleArn("reader") };

const stack = synthModule((scope) => {
  const bucket = new Bucket(scope, "bucket", {
    name: "the-bucket",
    key: keyIn(scope),
    lifecycle: {
      transitions: [{ afterDays: 30, storageClass: "GLACIER_IR" }],
      expireAfterDays: 90,
      keepOldVersionsDays: 7,
    },
    removable: false,
  });
  bucket.grantWrite(roleIn(scope, "writer"), "in/");
  bucket.grantRead(roleIn(scope, "reader"), "sales/");
  bucket.grantRead(roleIn(scope, "auditor"));
  new Bucket(scope, "plain", { name: "plain-bucket", key: keyIn(scope, "plain-key"), removable: true });
});
const policy = stack.policyOf(stack.only("aws_s3_bucket_policy", "bucket"));
const KEY = stack.resolve(`\${${stack.only("aws_kms_key", "key").address}.arn}`);
const ALIAS = `arn:aws:kms:${PLACE.region}:${PLACE.accountId}:alias/the-key`;

const put = (headers: Request["context"] = {}, caller: Caller = WRITER): Request => ({
  caller,
  action: "s3:PutObject",
  resource: `${BUCKET}/in/file.csv`,
  context: { ...MODERN, ...headers },
});
const CIPHER = "s3:x-amz-server-side-encryption";
const KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id";

describe("the policy of a bucket", () => {
  const decideOn = (request: Request) => decide(policy, "resource", request);

  test.each([
    ["without headers, which gets the bucket's cipher and key", {}],
    ["that names the bucket's key", { [CIPHER]: "aws:kms", [KEY_ID]: KEY }],
    ["that names the key's alias", { [CIPHER]: "aws:kms", [KEY_ID]: ALIAS }],
  ])("has nothing against an upload %s", (_, headers) => {
    expect(decideOn(put(headers))).toBe("none");
  });

  test.each([
    ["with S3's own key", { [CIPHER]: "AES256" }],
    ["with two layers", { [CIPHER]: "aws:kms:dsse", [KEY_ID]: KEY }],
    ["with another key", { [CIPHER]: "aws:kms", [KEY_ID]: KEY.replace("/key", "/other") }],
    ["with another account's key", { [CIPHER]: "aws:kms", [KEY_ID]: KEY.replace(PLACE.accountId, "999999999999") }],
    ["with another alias", { [CIPHER]: "aws:kms", [KEY_ID]: `${ALIAS}-other` }],
    // S3 takes the account's AWS managed key when a request names the cipher alone.
    ["that names the cipher without the key", { [CIPHER]: "aws:kms" }],
  ])("denies an upload %s, whoever makes it", (_, headers) => {
    for (const caller of [
      WRITER,
      { arn: roleArn("admin") },
      { arn: roleArn("stranger", "999999999999") },
      "anonymous",
    ] as const) {
      expect(decideOn(put(headers, caller))).toBe("deny");
    }
  });

  test("leaves the cipher of AWS services to them: trails write digests with S3's own key", () => {
    expect(decideOn(put({ [CIPHER]: "AES256" }, { service: "cloudtrail.amazonaws.com" }))).toBe("none");
  });

  test.each<[string, Request["context"]]>([
    ["plain HTTP", { "aws:SecureTransport": "false" }],
    ["TLS 1.0", { "aws:SecureTransport": "true", "s3:TlsVersion": "1.0" }],
    ["TLS 1.1", { "aws:SecureTransport": "true", "s3:TlsVersion": "1.1" }],
  ])("denies everything over %s, whoever asks", (_, context) => {
    for (const caller of [WRITER, READER, ...OTHERS]) {
      for (const [action, resource] of [
        ["s3:GetObject", `${BUCKET}/sales/x`],
        ["s3:PutObject", `${BUCKET}/in/x`],
        ["s3:ListBucket", BUCKET],
        ["s3:GetBucketPolicy", BUCKET],
      ] as const) {
        expect(decideOn({ caller, action, resource, context })).toBe("deny");
      }
    }
  });

  test.each(["1.2", "1.3"])("has nothing against TLS %s", (version) => {
    const request = { caller: READER, action: "s3:GetObject", resource: `${BUCKET}/sales/x` };
    expect(decideOn({ ...request, context: { "aws:SecureTransport": "true", "s3:TlsVersion": version } })).toBe("none");
  });

  test("opens the bucket to nobody by itself", () => {
    for (const caller of OTHERS) {
      for (const action of ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:PutBucketPolicy"]) {
        expect(decideOn({ caller, action, resource: `${BUCKET}/in/x`, context: MODERN })).toBe("none");
      }
    }
  });
});

describe("a role that", () => {
  const policyOf = (name: string) => stack.policyOf(stack.only("aws_iam_role_policy", name));
  const can = (role: string, action: string, resource: string, context: Request["context"] = {}) =>
    isAllowed(
      { caller: { arn: roleArn(role) }, action, resource, context: { ...MODERN, ...context } },
      { owner: PLACE.accountId, identity: [policyOf(role)], resource: policy },
    );

  test("may write puts objects below its prefix and nothing more", () => {
    expect(can("writer", "s3:PutObject", `${BUCKET}/in/a`)).toBe(true);
    expect(can("writer", "s3:PutObject", `${BUCKET}/out/a`)).toBe(false);
    for (const action of [
      "s3:GetObject",
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
      "s3:PutObjectAcl",
      "s3:PutBucketPolicy",
    ]) {
      expect(can("writer", action, `${BUCKET}/in/a`)).toBe(false);
      expect(can("writer", action, BUCKET)).toBe(false);
    }
  });

  test("may read lists and gets below its prefix and nothing more", () => {
    expect(can("reader", "s3:GetObject", `${BUCKET}/sales/a`)).toBe(true);
    expect(can("reader", "s3:GetObjectVersion", `${BUCKET}/sales/a`)).toBe(true);
    expect(can("reader", "s3:GetObject", `${BUCKET}/salaries/a`)).toBe(false);
    expect(can("reader", "s3:ListBucket", BUCKET, { "s3:prefix": "sales/2024" })).toBe(true);
    expect(can("reader", "s3:ListBucket", BUCKET, { "s3:prefix": "" })).toBe(false);
    expect(can("reader", "s3:ListBucket", BUCKET)).toBe(false);
    for (const action of ["s3:PutObject", "s3:DeleteObject", "s3:PutObjectTagging"]) {
      expect(can("reader", action, `${BUCKET}/sales/a`)).toBe(false);
    }
  });

  test("may read without prefix reads the whole bucket, and no other", () => {
    expect(can("auditor", "s3:GetObject", `${BUCKET}/anything`)).toBe(true);
    expect(can("auditor", "s3:ListBucket", BUCKET)).toBe(true);
    expect(can("auditor", "s3:GetObject", `${BUCKET}-other/anything`)).toBe(false);
  });

  const keyPolicy = stack.policyOf(stack.only("aws_kms_key", "key"));
  const uses = (role: string, action: string, via?: string) =>
    isAllowed(
      {
        caller: { arn: roleArn(role) },
        action,
        resource: KEY,
        context: via === undefined ? {} : { "kms:ViaService": via },
      },
      { owner: PLACE.accountId, identity: [policyOf(role)], resource: keyPolicy },
    );

  test("may read or write can use the key for it through S3, and for nothing else", () => {
    expect(uses("reader", "kms:Decrypt", "s3.eu-west-1.amazonaws.com")).toBe(true);
    expect(uses("reader", "kms:GenerateDataKey", "s3.eu-west-1.amazonaws.com")).toBe(false);
    expect(uses("writer", "kms:GenerateDataKey", "s3.eu-west-1.amazonaws.com")).toBe(true);
    for (const role of ["reader", "writer"]) {
      expect(uses(role, "kms:Decrypt")).toBe(false);
      expect(uses(role, "kms:Decrypt", "sqs.eu-west-1.amazonaws.com")).toBe(false);
      expect(uses(role, "kms:Decrypt", "s3.us-east-1.amazonaws.com")).toBe(false);
      expect(uses(role, "kms:CreateGrant", "s3.eu-west-1.amazonaws.com")).toBe(false);
    }
  });
});

describe("a bucket", () => {
  const of = (type: string) => stack.only(type, "bucket").block;

  test("is closed to the public, without ACLs, versioned, and encrypts with its own key", () => {
    expect(of("aws_s3_bucket_public_access_block")).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(of("aws_s3_bucket_ownership_controls").rule).toMatchObject({ object_ownership: "BucketOwnerEnforced" });
    expect(of("aws_s3_bucket_versioning").versioning_configuration).toEqual({ status: "Enabled" });
    const [rule] = of("aws_s3_bucket_server_side_encryption_configuration").rule as Record<string, unknown>[];
    expect(rule).toEqual({
      apply_server_side_encryption_by_default: {
        sse_algorithm: "aws:kms",
        kms_master_key_id: `\${${stack.only("aws_kms_key", "key").address}.arn}`,
      },
      bucket_key_enabled: true,
    });
  });

  test("survives a deployment unless it is removable", () => {
    expect(of("aws_s3_bucket")).toMatchObject({ force_destroy: false, lifecycle: { prevent_destroy: true } });
    expect(stack.only("aws_s3_bucket", "plain").block).toMatchObject({
      force_destroy: true,
      lifecycle: { prevent_destroy: false },
    });
  });

  test("has neither rules for old objects nor an object lock by default", () => {
    expect(stack.resources("aws_s3_bucket_lifecycle_configuration").map(({ name }) => name)).toHaveLength(1);
    expect(stack.only("aws_s3_bucket", "plain").block.object_lock_enabled).toBe(false);
  });

  test("waits with its policy for the public access block: S3 refuses both at once", () => {
    expect(of("aws_s3_bucket_policy").depends_on).toEqual([
      stack.only("aws_s3_bucket_public_access_block", "bucket").address,
    ]);
  });
});

describe("the lifecycle of objects", () => {
  const rules = stack.only("aws_s3_bucket_lifecycle_configuration").block.rule as Record<string, unknown>[];

  test("moves, deletes and forgets as it is told", () => {
    expect(rules.map(({ id, status }) => [id, status])).toEqual([
      ["abort-unfinished-uploads", "Enabled"],
      ["expire-old-versions", "Enabled"],
      ["move-to-cheaper-storage", "Enabled"],
      ["expire", "Enabled"],
    ]);
    expect(rules[0]).toMatchObject({ abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }] });
    expect(rules[1]).toMatchObject({ noncurrent_version_expiration: [{ noncurrent_days: 7 }] });
    expect(rules[2]).toMatchObject({ transition: [{ days: 30, storage_class: "GLACIER_IR" }] });
    expect(rules[3]).toMatchObject({ expiration: [{ days: 90 }] });
  });

  test("keeps everything for ever by default, but no upload that never ended", () => {
    expect(lifecycleRules({}).map(({ id }) => id)).toEqual(["abort-unfinished-uploads"]);
    expect(lifecycleRules({ transitions: [] }).map(({ id }) => id)).toEqual(["abort-unfinished-uploads"]);
  });

  test("applies to every object", () => {
    for (const rule of rules) expect(rule.filter).toEqual([{ prefix: "" }]);
  });
});
