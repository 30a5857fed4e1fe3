import { join } from "node:path";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { App, TerraformStack } from "cdktf";
import { acceptFinding } from "../../modules/policies/accepted-finding";
import { temporaryFolder } from "../cli/support";
import { Stack, type StackJson } from "../support/stack";
import { ROOT, readSynthesis, SYNTHESES, SYNTHESIS_TIMEOUT_MS, synthesize } from "../support/synthesis";
import { type Acceptance, acceptances, type Finding, judge, scan } from "./checkov";

/** A scanner starts and reads its rules in some ten seconds, on a busy machine in more. */
const SCAN_TIMEOUT_MS = SYNTHESIS_TIMEOUT_MS * 2;
const FEWER_KINDS_THAN = 10;

const folder = temporaryFolder();
let stacks: readonly Stack[];
let bad: Stack;
let passed = 0;
let findings: readonly Finding[];

beforeAll(async () => {
  await synthesize(ROOT, join(folder, "aws"), SYNTHESES.aws);
  stacks = [...readSynthesis(join(folder, "aws")).stacks.values()];
  bad = badStack();
  // Both at once: most of the time the scanner reads its rules.
  ({ passed, findings } = await scan([...stacks, bad], join(folder, "scan")));
}, SCAN_TIMEOUT_MS);

const ours = () => findings.filter(({ stack }) => stack !== bad.name);
const found = () => findings.filter(({ stack }) => stack === bad.name);

describe("checkov, on every stack as it goes to AWS,", () => {
  test("finds nothing that is not accepted beside its resource", () => {
    expect(judge(ours(), acceptances(stacks)).failed).toEqual([]);
    expect(passed).toBeGreaterThan(900);
  });

  test("finds everything that is accepted: what is mended is accepted no longer", () => {
    expect(judge(ours(), acceptances(stacks)).stale).toEqual([]);
  });

  test("is contradicted in few things, and with a reason", () => {
    const accepted = acceptances(stacks);
    expect(new Set(accepted.map(({ rule }) => rule)).size).toBeLessThan(FEWER_KINDS_THAN);
    expect(accepted.filter(({ reason }) => reason.split(" ").length < 8)).toEqual([]);
  });
});

function badStack(): Stack {
  const app = new App({ outdir: join(folder, "bad"), stackTraces: false });
  addBadThings(new TerraformStack(app, "bad"));
  app.synth();
  return readSynthesis(join(folder, "bad")).stack("bad");
}

/** What nobody should make. */
function addBadThings(stack: TerraformStack): void {
  new AwsProvider(stack, "aws", { region: "eu-west-1", allowedAccountIds: ["111111111111"] });
  const bucket = new S3Bucket(stack, "bucket", { bucket: "bad" });
  new KmsKey(stack, "key", { enableKeyRotation: false });
  new SqsQueue(stack, "queue", { name: "bad", sqsManagedSseEnabled: false });
  const role = new IamRole(stack, "role", {
    assumeRolePolicy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
    }),
  });
  new IamRolePolicy(stack, "rights", {
    role: role.name,
    // As stacks say it: a document as text, with a reference in it.
    policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: ["*", bucket.arn] }],
    }),
  });
  const readAll = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] };
  const reads = new IamPolicy(stack, "reads", { name: "reads", policy: JSON.stringify(readAll) });
  new IamRolePolicyAttachment(stack, "attached", { role: role.name, policyArn: reads.arn });
  new IamPolicy(stack, "limit", { name: "limit", policy: JSON.stringify(readAll) });
  new LambdaFunction(stack, "function", { functionName: "bad", role: role.arn, runtime: "nodejs16.x" });
  const group = new SecurityGroup(stack, "group", { name: "bad" });
  const rule = { securityGroupId: group.id, ipProtocol: "tcp", fromPort: 22, toPort: 22 };
  new VpcSecurityGroupIngressRule(stack, "from-anywhere", { ...rule, cidrIpv4: "0.0.0.0/0" });
  new VpcSecurityGroupIngressRule(stack, "from-a-group", { ...rule, referencedSecurityGroupId: group.id });
  acceptFinding(bucket, "CKV_AWS_144", "for the test, which has to see that it is accepted");
  acceptFinding(group, "CKV_AWS_144", "for the test: a group is not replicated, so nothing is found");
}

describe("the scan is switched on:", () => {
  test.each([
    ["CKV_AWS_21", "aws_s3_bucket.bucket", "a bucket without versions"],
    ["CKV_AWS_145", "aws_s3_bucket.bucket", "a bucket without a key"],
    ["CKV2_AWS_6", "aws_s3_bucket.bucket", "a bucket that may be made public"],
    ["CKV_AWS_7", "aws_kms_key.key", "a key that does not rotate"],
    ["CKV2_AWS_64", "aws_kms_key.key", "a key without a policy"],
    ["CKV_AWS_27", "aws_sqs_queue.queue", "a queue in the clear"],
    ["CKV_AWS_60", "aws_iam_role.role", "a role for everybody"],
    ["CKV_AWS_62", "aws_iam_role_policy.rights", "a role that may do everything"],
    ["CKV_AWS_286", "aws_iam_role_policy.rights", "rights to more rights"],
    ["CKV_AWS_287", "aws_iam_role_policy.rights", "rights to credentials"],
    ["CKV_AWS_288", "aws_iam_policy.reads", "a right to all data"],
    ["CKV_AWS_289", "aws_iam_role_policy.rights", "rights to share what there is"],
    ["CKV_AWS_290", "aws_iam_role_policy.rights", "rights to write everywhere"],
    ["CKV_AWS_117", "aws_lambda_function.function", "a function outside the network"],
    ["CKV_AWS_363", "aws_lambda_function.function", "a function on a runtime of yesterday"],
    ["CKV_AWS_24", "aws_vpc_security_group_ingress_rule.from-anywhere", "a group that is open to the world"],
  ])("%s finds in %s %s", (rule, address) => {
    expect(judge(found(), acceptances([bad])).failed).toContainEqual(
      expect.objectContaining({ stack: "bad", rule, address }),
    );
  });

  test("what is let in by its group is not taken for the world", () => {
    const address = "aws_vpc_security_group_ingress_rule.from-a-group";
    expect(found().filter((finding) => finding.address === address && finding.rule === "CKV_AWS_24")).toEqual([]);
  });

  test("what is a limit is not taken for a right", () => {
    expect(found().filter(({ address, rule }) => address === "aws_iam_policy.limit" && rule === "CKV_AWS_288")).toEqual(
      [],
    );
  });

  test("what is accepted does not fail, and what is accepted in vain does", () => {
    const { failed, accepted, stale } = judge(found(), acceptances([bad]));
    const seen = ({ rule, address }: Finding | Acceptance) => `${rule} ${address}`;
    expect(failed.map(seen)).not.toContain("CKV_AWS_144 aws_s3_bucket.bucket");
    expect(accepted.map(seen)).toEqual(["CKV_AWS_144 aws_s3_bucket.bucket"]);
    expect(stale.map(seen)).toEqual(["CKV_AWS_144 aws_security_group.group"]);
  });

  test("a file that checkov cannot read is an error", async () => {
    const broken = new Stack("broken", { resource: { aws_s3_bucket: { bucket: "no block" } } } as unknown as StackJson);
    await expect(scan([broken], join(folder, "scan-broken"))).rejects.toThrow(/could not read|checked nothing/);
  });
});
