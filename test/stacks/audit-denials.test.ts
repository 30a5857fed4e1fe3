import { isAllowed, type Policy, type Request } from "../support/policy";
import type { Resource, Stack } from "../support/stack";
import { synthesisOf } from "../support/synthesis";
import { accountOf } from "./checks/access";
import { boundariesOf } from "./checks/rights";

const aws = synthesisOf("aws");
const bootstrap = aws.stack("bootstrap");
const MODERN = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3", "aws:RequestedRegion": "eu-west-1" };
const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

interface RoleUnderTest {
  readonly arn: string;
  readonly account: string;
  readonly identity: Policy;
  readonly boundary: Policy;
}

function rolesOf(stack: Stack): RoleUnderTest[] {
  return stack.resources("aws_iam_role").map((role) => {
    const account = accountOf(stack, role);
    const boundary = boundariesOf(bootstrap).find((one) => accountOf(bootstrap, one) === account) as Resource;
    return {
      arn: stack.resolve(`\${${role.address}.arn}`),
      account,
      identity: stack.rightsOf(role),
      boundary: bootstrap.policyOf(boundary),
    };
  });
}

const all = [...aws.stacks.values()].flatMap(rolesOf);
const [prodAccount, securityAccount] = ["prod", "security"].map(
  (name) => all.find(({ arn }) => arn.endsWith(`role/lake-${name}-deploy`))?.account ?? "none",
) as [string, string];

/** Every bucket of both accounts that keeps or relays records, by a short name. */
function bucket(part: string, account: string): { arn: string; owner: string; policy: Policy } {
  for (const stack of aws.stacks.values()) {
    for (const found of stack.resources("aws_s3_bucket")) {
      if (!new RegExp(`-${part}-${account}-`).test(String(found.block.bucket))) continue;
      const policy = stack.pointingAt("aws_s3_bucket_policy", "bucket", found) as Resource;
      return { arn: `arn:aws:s3:::${found.block.bucket}`, owner: account, policy: stack.policyOf(policy) };
    }
  }
  throw new Error(`no bucket ${part} in ${account}`);
}

const central = ["audit", "access-records", "flow-records"].map((part) => bucket(part, securityAccount));
const relay = bucket("access-logs", prodAccount);

function can(
  role: RoleUnderTest,
  action: string,
  resource: string,
  more: { owner?: string; policy?: Policy; context?: Request["context"] } = {},
): boolean {
  return isAllowed(
    { caller: { arn: role.arn }, action, resource, context: { ...MODERN, ...more.context } },
    {
      owner: more.owner ?? role.account,
      identity: [role.identity],
      boundary: role.boundary,
      ...(more.policy ? { resource: more.policy } : {}),
    },
  );
}

const DELETES = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutObjectRetention"];
const OVERWRITES = ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"];
const SHORTENS = [
  "s3:DeleteBucket",
  "s3:DeleteBucketPolicy",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutBucketPolicy",
  "s3:PutBucketVersioning",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
];
const RECORDS_OF_PROD = [
  ["cloudtrail:DeleteTrail", `arn:aws:cloudtrail:eu-west-1:${prodAccount}:trail/lake-prod-trail`],
  ["cloudtrail:StopLogging", `arn:aws:cloudtrail:eu-west-1:${prodAccount}:trail/lake-prod-trail`],
  ["ec2:DeleteFlowLogs", "*"],
  ["logs:DeleteLogDelivery", "*"],
  ["logs:DeleteLogGroup", `arn:aws:logs:eu-west-1:${prodAccount}:log-group:/aws/cloudtrail/lake-prod-trail`],
  ["logs:DeleteLogStream", `arn:aws:logs:eu-west-1:${prodAccount}:log-group:/aws/cloudtrail/lake-prod-trail`],
] as const;
const CHANGES_OF_PROD = [
  ["cloudtrail:UpdateTrail", `arn:aws:cloudtrail:eu-west-1:${prodAccount}:trail/lake-prod-trail`],
  ["cloudtrail:PutEventSelectors", `arn:aws:cloudtrail:eu-west-1:${prodAccount}:trail/lake-prod-trail`],
  ["s3:PutBucketLogging", `arn:aws:s3:::lake-prod-raw-${prodAccount}-eu-west-1`],
  ["s3:PutReplicationConfiguration", relay.arn],
  ["logs:DeleteMetricFilter", `arn:aws:logs:eu-west-1:${prodAccount}:log-group:/aws/cloudtrail/lake-prod-trail`],
  ["cloudwatch:DeleteAlarms", `arn:aws:cloudwatch:eu-west-1:${prodAccount}:alarm:lake-prod-records-changed`],
] as const;

const ofProd = all.filter(({ account }) => account === prodAccount);
const named = (roles: readonly RoleUnderTest[]) =>
  roles.flatMap((role): [string, RoleUnderTest][] => {
    const name = role.arn.split("role/")[1] ?? "";
    // What a role could become whose policy the deployer widens: held by the boundary and the buckets alone.
    return [
      [name, role],
      [`${name}, whatever it is allowed,`, { ...role, identity: EVERYTHING }],
    ];
  });

test("prod has the roles that these tests are about", () => {
  const names = ofProd.map(({ arn }) => arn.split("role/lake-prod-")[1]);
  expect(names).toEqual(
    expect.arrayContaining([
      "deploy",
      "plan",
      "data-steward",
      "data-engineer",
      "data-analyst",
      "producer",
      "intake",
      "trail",
      "access-logs",
    ]),
  );
});

describe.each(named(ofProd))("%s", (name, role) => {
  const isDeployer = role.arn.endsWith("-deploy");

  test.each([...DELETES, ...OVERWRITES])("cannot %s records in the audit account", (action) => {
    for (const { arn, owner, policy } of central) {
      for (const below of [`AWSLogs/${prodAccount}/x`, `${prodAccount}/x`, `AWSLogs/aws-account-id=${prodAccount}/x`]) {
        const context = { "s3:x-amz-acl": "bucket-owner-full-control" };
        expect(can(role, action, `${arn}/${below}`, { owner, policy, context })).toBe(false);
      }
    }
  });

  test.each(SHORTENS)("cannot %s where records are kept", (action) => {
    for (const { arn, owner, policy } of central) expect(can(role, action, arn, { owner, policy })).toBe(false);
  });

  test.each([...DELETES, ...OVERWRITES].filter((action) => !/Bypass|Retention/.test(action)))(
    "cannot %s access logs on their way there",
    (action) => {
      expect(can(role, action, `${relay.arn}/${prodAccount}/x`, { policy: relay.policy })).toBe(false);
    },
  );

  test("cannot end access logs earlier on their way there", () => {
    expect(can(role, "s3:PutLifecycleConfiguration", relay.arn, { policy: relay.policy })).toBe(false);
  });

  test.each(RECORDS_OF_PROD)("cannot %s", (action, resource) => {
    expect(can(role, action, resource)).toBe(false);
  });

  test.each(CHANGES_OF_PROD)(`${isDeployer ? "can as a deployment" : "cannot"} %s`, (action, resource) => {
    const policy = resource === relay.arn ? { policy: relay.policy } : {};
    expect([name, can(role, action, resource, policy)]).toEqual([name, isDeployer]);
  });

  test("replicates access logs below its own account's name, or nothing", () => {
    const [, access] = central;
    if (!access) throw new Error("no bucket of access logs");
    const replicates = (account: string, action = "s3:ReplicateObject") =>
      can(role, action, `${access.arn}/${account}/x`, access);
    expect(replicates(prodAccount)).toBe(role.arn.endsWith("-access-logs"));
    expect(replicates(securityAccount)).toBe(false);
    expect(replicates(prodAccount, "s3:ReplicateDelete")).toBe(false);
  });

  test("reads no records in the audit account", () => {
    for (const { arn, owner, policy } of central) {
      expect(can(role, "s3:GetObject", `${arn}/AWSLogs/${prodAccount}/x`, { owner, policy })).toBe(false);
    }
  });
});

describe("in the audit account", () => {
  const ofSecurity = all.filter(({ account }) => account === securityAccount);

  test.each(named(ofSecurity))("%s can neither remove records nor keep them shorter", (_, role) => {
    for (const { arn, owner, policy } of central) {
      for (const action of DELETES) expect(can(role, action, `${arn}/AWSLogs/x`, { owner, policy })).toBe(false);
      for (const action of SHORTENS.filter((one) => one !== "s3:PutBucketPolicy")) {
        expect([action, can(role, action, arn, { owner, policy })]).toEqual([action, false]);
      }
    }
  });

  test("the deployer alone lets further accounts in", () => {
    for (const role of ofSecurity.map((one) => ({ ...one, identity: EVERYTHING }))) {
      for (const { arn, owner, policy } of central) {
        expect(can(role, "s3:PutBucketPolicy", arn, { owner, policy })).toBe(role.arn.endsWith("-deploy"));
      }
    }
  });

  test("the auditor alone reads records, and changes none", () => {
    for (const role of ofSecurity) {
      const isAuditor = role.arn.endsWith("-auditor");
      for (const { arn, owner, policy } of central) {
        const object = `${arn}/AWSLogs/${prodAccount}/x`;
        const reads = can(role, "s3:GetObject", object, { owner, policy });
        expect([role.arn, reads]).toEqual([role.arn, isAuditor]);
        expect(can({ ...role, identity: EVERYTHING }, "s3:GetObject", object, { owner, policy })).toBe(isAuditor);
        if (isAuditor) {
          for (const action of OVERWRITES) expect(can(role, action, object, { owner, policy })).toBe(false);
        }
      }
    }
  });

  test("keys open records for the auditor alone", () => {
    const security = aws.stack("security");
    for (const construct of ["audit", "records-key"]) {
      const key = security.policyOf(security.only("aws_kms_key", construct));
      for (const role of all) {
        const opens = isAllowed(
          {
            caller: { arn: role.arn },
            action: "kms:Decrypt",
            resource: security.resolve(`\${${security.only("aws_kms_key", construct).address}.arn}`),
            context: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" },
          },
          { owner: securityAccount, identity: [EVERYTHING], boundary: role.boundary, resource: key },
        );
        expect([role.arn, opens]).toEqual([role.arn, role.arn.endsWith("-auditor")]);
      }
    }
  });
});
