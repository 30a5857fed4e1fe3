import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadAccounts } from "../../../accounts/model/load";
import { serviceControlPolicy } from "../../../modules/detection/service-control-policy";
import { decide, type Policy, type Request } from "../../support/policy";
import { ROOT } from "../../support/synthesis";

const FILE = join(ROOT, "docs", "service-control-policy.json");
/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html */
const LONGEST = 5120;

const { organization, all } = loadAccounts();
const policy = serviceControlPolicy({
  project: organization.project,
  regions: all.map(({ region }) => region),
  adminRole: organization.adminRole,
}) as Policy;

const role = (name: string) => `arn:aws:iam::333333333333:role/${name}`;
const DEPLOY = role("lake-prod-deploy");
const ADMIN = role(organization.adminRole);
const ANYBODY = role("administrator");
const ROOT_USER = "arn:aws:iam::333333333333:root";

/** Is it denied? Policies of organizations are read like those of identities. */
function denies(arn: string, action: string, resource = "*", context: Request["context"] = {}): boolean {
  return (
    decide(policy, "identity", {
      caller: { arn },
      action,
      resource,
      context: { "aws:RequestedRegion": "eu-west-1", ...context },
    }) === "deny"
  );
}

test("the policy in the docs is that of the account files, and short enough", () => {
  if (process.env.UPDATE_SCP !== undefined) writeFileSync(FILE, `${JSON.stringify(policy, undefined, 2)}\n`);
  expect(JSON.parse(readFileSync(FILE, "utf8"))).toEqual(policy);
  expect(JSON.stringify(policy).length).toBeLessThan(LONGEST);
});

test.each([
  "cloudtrail:StopLogging",
  "cloudtrail:DeleteTrail",
  "config:StopConfigurationRecorder",
  "ec2:DeleteFlowLogs",
  "guardduty:DeleteDetector",
  "guardduty:DisassociateFromAdministratorAccount",
  "guardduty:DisassociateMembers",
  "guardduty:StopMonitoringMembers",
  "macie2:DisassociateMember",
  "macie2:DeleteMember",
  "securityhub:DisassociateMembers",
  "securityhub:DeleteMembers",
  "config:DeleteConfigurationAggregator",
  "config:DisassociateResourceTypes",
  "macie2:DisableMacie",
  "securityhub:DisableSecurityHub",
  "organizations:LeaveOrganization",
  "account:CloseAccount",
])("nobody does %s, neither a deployment nor the organization's own role", (action) => {
  for (const arn of [DEPLOY, ADMIN, ANYBODY, ROOT_USER]) expect(denies(arn, action)).toBe(true);
});

test.each([
  "cloudtrail:UpdateTrail",
  "cloudtrail:PutEventSelectors",
  "config:PutDeliveryChannel",
  "s3:PutBucketLogging",
])("deployments do %s, and nobody else of an account", (action) => {
  expect([DEPLOY, ADMIN].map((arn) => denies(arn, action))).toEqual([false, false]);
  expect([ANYBODY, ROOT_USER].map((arn) => denies(arn, action))).toEqual([true, true]);
});

test.each(["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:DeleteRolePermissionsBoundary"])(
  "the organization's role alone does %s to a deployer",
  (action) => {
    expect(denies(ADMIN, action, DEPLOY)).toBe(false);
    expect([ANYBODY, DEPLOY].map((arn) => denies(arn, action, DEPLOY))).toEqual([true, true]);
    expect(denies(ANYBODY, action, role("lake-prod-intake"))).toBe(false);
  },
);

test("the boundary and the parts of what deployers may do are the organization's as well", () => {
  for (const name of ["lake-prod-boundary", "lake-prod-deploy-storage", "lake-prod-plan-roles"]) {
    const arn = `arn:aws:iam::333333333333:policy/${name}`;
    expect(denies(ANYBODY, "iam:CreatePolicyVersion", arn)).toBe(true);
    expect(denies(ADMIN, "iam:CreatePolicyVersion", arn)).toBe(false);
  }
});

test("nothing is made in other regions, apart from services that know none", () => {
  const elsewhere = { "aws:RequestedRegion": "us-east-1" };
  for (const action of ["s3:CreateBucket", "ec2:RunInstances", "lambda:CreateFunction"]) {
    expect(denies(DEPLOY, action, "*", elsewhere)).toBe(true);
    expect(denies(DEPLOY, action)).toBe(false);
  }
  for (const action of ["iam:CreateRole", "sts:AssumeRole", "support:CreateCase"]) {
    expect(denies(DEPLOY, action, "*", elsewhere)).toBe(false);
  }
});

test("root rests", () => {
  for (const action of ["s3:GetObject", "iam:CreateUser", "kms:PutKeyPolicy"]) {
    expect(denies(ROOT_USER, action)).toBe(true);
    expect(denies(ANYBODY, action)).toBe(false);
  }
});

test("settings of accounts are the organization's", () => {
  expect(denies(ANYBODY, "s3:PutAccountPublicAccessBlock")).toBe(true);
  expect(denies(ADMIN, "s3:PutAccountPublicAccessBlock")).toBe(false);
});
