import { join } from "node:path";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { IamUser } from "@cdktf/provider-aws/lib/iam-user";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { App, Testing } from "cdktf";
import { parseAccounts } from "../../accounts/model/load";
import { trustService } from "../../modules/policies/statement";
import { type Extension, ExtensionStack, extensionIn } from "../../stacks/extension";
import { filesOf, lake, problemsIn } from "../accounts/fixtures";
import { isAllowed } from "../support/policy";
import { Stack, type StackJson } from "../support/stack";
import { synthesisOf, testFolder } from "../support/synthesis";

const prod = synthesisOf("aws").stack("prod");
const ACCOUNT = "333333333333";

function extensionWith(extend: Extension): Stack {
  const accounts = parseAccounts(filesOf({ prod: { ...lake, id: ACCOUNT } }));
  const [account] = accounts.lakes;
  if (account === undefined) throw new Error("there is no lake");
  const place = { file: "stacks/extensions/prod/reports.ts", path: "" };
  const stack = new ExtensionStack(
    new App({ outdir: join(testFolder(), "modules") }),
    { organization: accounts.organization, target: { kind: "aws" }, isRemovable: () => false },
    { stack: "prod-reports", name: "reports", account, ...place },
    extend,
  );
  return new Stack("prod-reports", JSON.parse(Testing.synth(stack, true)) as StackJson);
}

const trust = [trustService("lambda.amazonaws.com", ACCOUNT)];
const stack = extensionWith((reports) => {
  const reader = reports.role("reader", { description: "Reads sales", trust });
  reports.lake.zone("curated").grantRead(reader, "sales/");
  const writer = reports.role("writer", { description: "Writes reports", trust });
  reports.lake.zone("curated").grantWrite(writer, "reports/");
  reports.lake.zone("curated").grantRead(writer, "reports/");
  const exporter = reports.role("exporter", { description: "Writes large files", trust });
  reports.lake.zone("curated").grantWrite(exporter, "exports/", { levels: ["secret"], inParts: true });
});

describe("an extension", () => {
  test("has a state of its own in the lake's account, and makes nothing but what the team writes", () => {
    const { backend } = stack.json.terraform as { backend: { s3: object } };
    expect(backend.s3).toMatchObject({
      bucket: `lake-prod-state-${ACCOUNT}-eu-west-1`,
      key: "prod-reports/terraform.tfstate",
    });
    expect(new Set(stack.resources().map(({ type }) => type))).toEqual(
      new Set(["aws_iam_role", "aws_iam_role_policy"]),
    );
    expect(stack.json.data).toBeUndefined();
  });

  test("makes roles within the permissions boundary, by the name that the lake's keys know", () => {
    expect(stack.only("aws_iam_role", "reader").block).toMatchObject({
      name: "lake-prod-x-reports-reader",
      permissions_boundary: `arn:aws:iam::${ACCOUNT}:policy/lake-prod-boundary`,
    });
  });

  test.each<[role: string, action: string, zone: string, key: string, allowed: boolean]>([
    ["reader", "s3:GetObject", "curated", "sales/a.parquet", true],
    ["reader", "s3:GetObject", "curated", "hr/a.parquet", false],
    ["reader", "s3:GetObject", "raw", "sales/a.parquet", false],
    ["reader", "s3:PutObject", "curated", "sales/a.parquet", false],
    ["writer", "s3:PutObject", "curated", "reports/a.parquet", true],
    ["writer", "s3:PutObject", "curated", "sales/a.parquet", false],
    ["writer", "s3:DeleteObject", "curated", "reports/a.parquet", false],
  ])("its %s may %s in %s %s: %s%s", (role, action, zone, key, allowed) => {
    const bucket = prod.only("aws_s3_bucket", `zones_${zone}_`);
    const request = {
      caller: { arn: `arn:aws:iam::${ACCOUNT}:role/lake-prod-x-reports-${role}` },
      action,
      resource: `arn:aws:s3:::${bucket.block.bucket}/${key}`,
      context: {
        "aws:SecureTransport": "true",
        "s3:TlsVersion": "1.3",
        "s3:RequestObjectTag/classification": "confidential",
      },
    };
    const policies = {
      owner: ACCOUNT,
      identity: [stack.policyOf(stack.only("aws_iam_role_policy", role))],
      resource: prod.policyOf(prod.only("aws_s3_bucket_policy", `zones_${zone}_`)),
    };
    expect(isAllowed(request, policies)).toBe(allowed);
  });

  test.each<[role: string, action: string, key: string, tag: string | undefined, allowed: boolean]>([
    ["writer", "s3:PutObject", "reports/a.parquet", undefined, false],
    ["writer", "s3:PutObject", "reports/a.parquet", "public", false],
    ["writer", "s3:PutObject", "reports/a.parquet", "secret", true],
    ["writer", "s3:PutObjectTagging", "reports/a.parquet", "confidential", true],
    ["writer", "s3:PutObjectTagging", "reports/a.parquet", "public", false],
    ["writer", "s3:PutObjectVersionTagging", "reports/a.parquet", "secret", false],
    ["exporter", "s3:PutObject", "exports/a.parquet", undefined, true],
    ["exporter", "s3:PutObject", "exports/a.parquet", "secret", true],
    ["exporter", "s3:PutObject", "exports/a.parquet", "proprietary", false],
    ["exporter", "s3:PutObjectTagging", "exports/a.parquet", "secret", true],
    ["exporter", "s3:PutObjectTagging", "exports/a.parquet", "proprietary", false],
    ["exporter", "s3:PutObjectTagging", "exports/a.parquet", undefined, false],
    ["exporter", "s3:AbortMultipartUpload", "exports/a.parquet", undefined, true],
  ])("its %s may %s in %s tagged %s: %s", (role, action, key, tag, allowed) => {
    const policy = stack.policyOf(stack.only("aws_iam_role_policy", role));
    const caller = { arn: `arn:aws:iam::${ACCOUNT}:role/lake-prod-x-reports-${role}` };
    const resource = `arn:aws:s3:::${prod.only("aws_s3_bucket", "zones_curated_").block.bucket}/${key}`;
    const context: Record<string, string> = tag === undefined ? {} : { "s3:RequestObjectTag/classification": tag };
    expect(isAllowed({ caller, action, resource, context }, { owner: ACCOUNT, identity: [policy] })).toBe(allowed);
  });

  const decrypts = (role: string, zone: string, context: Record<string, string | string[]> = {}) =>
    isAllowed(
      {
        caller: { arn: `arn:aws:iam::${ACCOUNT}:role/${role}` },
        action: "kms:Decrypt",
        resource: `arn:aws:kms:eu-west-1:${ACCOUNT}:key/any`,
        context: {
          "kms:ViaService": "s3.eu-west-1.amazonaws.com",
          "kms:ResourceAliases": [`alias/lake-prod-${zone}`],
          ...context,
        },
      },
      {
        owner: ACCOUNT,
        identity: [stack.policyOf(stack.only("aws_iam_role_policy", "reader"))],
        resource: prod.policyOf(prod.only("aws_kms_key", `zones_${zone}_`)),
      },
    );

  test("opens the key of the zone that it was granted, through S3, and no other", () => {
    expect(decrypts("lake-prod-x-reports-reader", "curated")).toBe(true);
    expect(decrypts("lake-prod-x-reports-reader", "raw")).toBe(false);
    expect(decrypts("lake-prod-x-reports-reader", "curated", { "kms:ViaService": "sqs.eu-west-1.amazonaws.com" })).toBe(
      false,
    );
    // The same rights under another name: an administrator's role, for instance.
    expect(decrypts("administrator", "curated")).toBe(false);
  });

  test("that names a zone which is none is told which one may be meant", () => {
    expect(problemsIn(() => extensionWith((reports) => reports.lake.zone("curatd")))).toEqual([
      expect.objectContaining({
        file: "stacks/extensions/prod/reports.ts",
        value: "curatd",
        message: "is no zone of prod",
        fix: "use curated",
      }),
    ]);
  });

  describe("that asks for more than its share is refused with file, key and fix:", () => {
    const policy = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const widely = (statement: object): Extension => {
      return (reports) => {
        new IamRolePolicy(reports, "wide", {
          role: "any",
          policy: policy({ Sid: "Wide", Effect: "Allow", ...statement }),
        });
      };
    };
    test.each<[string, Extension, string]>([
      [
        "every action",
        widely({ Action: "*", Resource: "arn:aws:s3:::a/*" }),
        "aws_iam_role_policy.wide.policy.Wide.Action",
      ],
      [
        "every action of S3",
        widely({ Action: ["s3:*"], Resource: "arn:aws:s3:::a" }),
        "aws_iam_role_policy.wide.policy.Wide.Action",
      ],
      [
        "every bucket",
        widely({ Action: "s3:GetObject", Resource: "*" }),
        "aws_iam_role_policy.wide.policy.Wide.Resource",
      ],
      [
        "every key",
        widely({ Action: ["kms:Decrypt"], Resource: ["*"] }),
        "aws_iam_role_policy.wide.policy.Wide.Resource",
      ],
      [
        "every role",
        widely({ Action: "iam:PassRole", Resource: "*" }),
        "aws_iam_role_policy.wide.policy.Wide.Resource",
      ],
      [
        "all but something",
        widely({ NotAction: "iam:*", Resource: "arn:aws:s3:::a" }),
        "aws_iam_role_policy.wide.policy.Wide",
      ],
      [
        "a policy of AWS",
        (reports) => {
          const policyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
          new IamRolePolicyAttachment(reports, "all", { role: "any", policyArn });
        },
        "aws_iam_role_policy_attachment.all.policy_arn",
      ],
      [
        "a role without the boundary",
        (reports) => {
          new IamRole(reports, "free", { name: "free", assumeRolePolicy: policy({ Effect: "Allow" }) });
        },
        "aws_iam_role.free.permissions_boundary",
      ],
      [
        "every action of S3, otherwise spelled",
        widely({ Action: ["S3:*"], Resource: "arn:aws:s3:::a" }),
        "aws_iam_role_policy.wide.policy.Wide.Action",
      ],
      [
        "most actions of S3",
        widely({ Action: ["s3:G*", "s3:??t*"], Resource: "arn:aws:s3:::a" }),
        "aws_iam_role_policy.wide.policy.Wide.Action",
      ],
      [
        "every bucket by its ARN",
        widely({ Action: "s3:GetObject", Resource: "arn:aws:s3:::*" }),
        "aws_iam_role_policy.wide.policy.Wide.Resource",
      ],
      [
        "every bucket of the lake",
        widely({ Action: "s3:GetObject", Resource: "arn:aws:s3:::lake-prod-*/*" }),
        "aws_iam_role_policy.wide.policy.Wide.Resource",
      ],
      [
        "every key by its ARN",
        widely({ Action: "kms:Decrypt", Resource: "arn:aws:kms:eu-west-1:333333333333:key/*" }),
        "aws_iam_role_policy.wide.policy.Wide.Resource",
      ],
      [
        "to become every role",
        widely({ Action: "sts:AssumeRole", Resource: "arn:aws:iam::333333333333:role/*" }),
        "aws_iam_role_policy.wide.policy.Wide.Resource",
      ],
      [
        "resources of every account",
        widely({ Action: "s3:GetObject", Resource: "arn:*:s3:*:*:a" }),
        "aws_iam_role_policy.wide.policy.Wide.Resource",
      ],
      [
        "everything by a document of Terraform",
        (reports) => {
          const { json } = new DataAwsIamPolicyDocument(reports, "all", {
            statement: [{ actions: ["s3:*"], resources: ["*"] }],
          });
          new IamRolePolicy(reports, "wide", { role: "any", policy: json });
        },
        "data.aws_iam_policy_document.all.statement[0].Action",
      ],
      [
        "what cannot be checked",
        (reports) => void new IamRolePolicy(reports, "wide", { role: "any", policy: "${file('policy.json')}" }),
        "aws_iam_role_policy.wide.policy",
      ],
      [
        "a bucket that is open to everybody",
        (reports) => {
          const { bucket } = new S3Bucket(reports, "open", { bucket: "lake-prod-reports-open" });
          const open = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::a/*" };
          new S3BucketPolicy(reports, "policy", { bucket, policy: policy(open) });
        },
        "aws_s3_bucket_policy.policy.policy.Statement[0].Principal",
      ],
      [
        "the policy of a bucket of the lake",
        (reports) => {
          const { bucketName: bucket } = reports.lake.zone("raw");
          new S3BucketPolicy(reports, "policy", {
            bucket,
            policy: policy({ Effect: "Deny", Action: "*", Resource: "*" }),
          });
        },
        "aws_s3_bucket_policy.policy.bucket",
      ],
      [
        "a role under a name of the lake's",
        (reports) => {
          const permissionsBoundary = "arn:aws:iam::333333333333:policy/lake-prod-boundary";
          const assumeRolePolicy = policy({ Effect: "Allow", Principal: { Service: "glue.amazonaws.com" } });
          new IamRole(reports, "job", { name: "lake-prod-refine-reports", assumeRolePolicy, permissionsBoundary });
        },
        "aws_iam_role.job.name",
      ],
      [
        "a role that everybody may become",
        (reports) => {
          const anybody = { Sid: "Anybody", Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" } as const;
          reports.role("open", { description: "Open", trust: [anybody] });
        },
        "aws_iam_role.open_role",
      ],
      ["people", (reports) => void new IamUser(reports, "ada", { name: "ada" }), "aws_iam_user.ada"],
      [
        "too much for a role of its own",
        (reports) => {
          const reader = reports.role("reader", { description: "Reads", trust });
          reader.allow({ Sid: "All", Action: "s3:*", Resource: "*" });
        },
        "aws_iam_role_policy.reader_policy",
      ],
    ])("%s", (_, extend, path) => {
      const problems = problemsIn(() => extensionWith(extend));
      const found = problems.find((problem) => problem.path.includes(path));
      expect(found).toMatchObject({ file: "stacks/extensions/prod/reports.ts", fix: expect.stringMatching(/.+/) });
    });

    test("what names actions and resources, or refuses everything, is taken", () => {
      for (const statement of [
        { Action: ["s3:GetObject"], Resource: "arn:aws:s3:::a/*" },
        { Action: "xray:PutTraceSegments", Resource: "*" },
        { Effect: "Deny", Action: "*", Resource: "*" },
      ]) {
        expect(() => extensionWith(widely(statement))).not.toThrow();
      }
    });
  });

  test("has to export a function", () => {
    const account = parseAccounts(filesOf()).lakes[0];
    if (account === undefined) throw new Error("there is no lake");
    const path = join(__dirname, "addresses.json");
    expect(problemsIn(() => extensionIn({ stack: "s", name: "n", account, file: "f.ts", path }))).toEqual([
      expect.objectContaining({ file: "f.ts", path: "default", message: "is no function" }),
    ]);
  });
});
