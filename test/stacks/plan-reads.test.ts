import { loadAccounts } from "../../accounts/model/load";
import { Names } from "../../accounts/model/naming";
import { isAllowed, type Policy, type Request } from "../support/policy";
import { synthesisOf } from "../support/synthesis";
import { PLAN_CALLS, unlistedCalls } from "./plan-calls";

/** The local AWS does not enforce what roles may do: so what a plan was seen to read is asked of the role's policies. */
const { organization, lakes, security } = loadAccounts();
const bootstrap = synthesisOf("aws").stack("bootstrap");

describe.each([security, ...lakes].map((account) => ({ account, name: account.name })))(
  "the plan role of $name",
  ({ account }) => {
    const names = new Names(organization, account);
    const role = bootstrap.resources("aws_iam_role").find(({ block }) => block.name === names.planRole);
    const rights = bootstrap.rightsOf(role ?? bootstrap.only("aws_iam_role"));
    const boundary = bootstrap.resources("aws_iam_policy").find(({ block }) => block.name === names.boundary);
    const can = (action: string, resource: string, via?: string, more: Request["context"] = {}) =>
      isAllowed(
        {
          caller: { arn: names.roleArn(names.planRole) },
          action,
          resource,
          context: {
            "aws:RequestedRegion": names.region,
            ...more,
            ...(via === undefined ? {} : { "kms:ViaService": `${via}.${names.region}.amazonaws.com` }),
          },
        },
        {
          owner: names.accountId,
          identity: [rights],
          ...(boundary ? { boundary: bootstrap.policyOf(boundary) } : {}),
          ...(action.startsWith("kms:") ? { resource: leavesItToTheAccount(names.accountId, action) } : {}),
        },
      );

    test.each(PLAN_CALLS.map(([call, action, resource]) => ({ call, action, resource: resource(names) })))(
      "may do $action, which $call takes",
      ({ action, resource }) => {
        expect(can(action, resource)).toBe(true);
      },
    );

    test("opens environments of functions, tables, definitions of sources and its state through their services, and nothing else", () => {
      const key = names.arn("kms", "key/any");
      for (const service of ["dynamodb", "lambda", "glue", "s3"]) expect(can("kms:Decrypt", key, service)).toBe(true);
      expect([undefined, "sns", "sqs"].map((service) => can("kms:Decrypt", key, service))).toEqual([
        false,
        false,
        false,
      ]);
    });

    test("reads definitions of sources, and nothing else of any table", () => {
      const table = (name: string) => names.arn("dynamodb", `table/${names.of(name)}`);
      const get = (name: string, partition: string) =>
        can("dynamodb:GetItem", table(name), undefined, { "dynamodb:LeadingKeys": [partition] });
      expect(get("ingestion", "source#freight/freight")).toBe(true);
      expect(get("ingestion", "sources")).toBe(true);
      expect(get("ingestion", "state#freight/freight/shipments")).toBe(false);
      expect(get("ledger", "source#freight/freight")).toBe(false);
    });
  },
);

describe("the key of each catalog, which is that of a lake's functions", () => {
  test.each([security, ...lakes].map((account) => ({ account, name: account.name })))(
    "lets the plan role of $name see them, and no more",
    ({ account }) => {
      const names = new Names(organization, account);
      const stack = synthesisOf("aws").stack(account.name);
      const keyIn = (block: object) => /aws_kms_key\.[\w-]+/.exec(JSON.stringify(block))?.[0];
      const address = keyIn(stack.only("aws_glue_data_catalog_encryption_settings").block);
      const key = stack.resources("aws_kms_key").find((one) => one.address === address);
      if (key === undefined) throw new Error("the catalog has no key of its own");
      for (const { block } of stack.resources("aws_lambda_function")) {
        expect(keyIn({ key: block.kms_key_arn })).toBe(address);
      }
      const can = (action: string, via?: string) =>
        isAllowed(
          {
            caller: { arn: names.roleArn(names.planRole) },
            action,
            resource: stack.resolve(`\${${key.address}.arn}`),
            context: via === undefined ? {} : { "kms:ViaService": `${via}.${names.region}.amazonaws.com` },
          },
          { owner: names.accountId, resource: stack.policyOf(key) },
        );
      for (const service of ["dynamodb", "lambda", "glue"]) expect(can("kms:Decrypt", service)).toBe(true);
      expect(can("kms:Decrypt")).toBe(false);
      expect(["s3", "sqs", "sns"].map((service) => can("kms:Decrypt", service))).toEqual([false, false, false]);
      expect(["kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"].map((action) => can(action, "lambda"))).toEqual([
        false,
        false,
        false,
      ]);
    },
  );
});

test("a call that is not in the list is found in the log of a plan", () => {
  const line = (service: string, method: string) =>
    `2026-11-21 [DEBUG] provider: HTTP Request Sent: rpc.method=${method} rpc.service="${service}" x=1`;
  const log = [line("CloudWatch Logs", "DescribeLogGroups"), line("S3", "HeadBucket"), line("STS", "AssumeRole")];
  expect(unlistedCalls(log.join("\n"))).toEqual([]);
  expect(unlistedCalls([...log, line("SQS", "ReceiveMessage")].join("\n"))).toEqual(["SQS.ReceiveMessage"]);
});

/** A key's policy that lets the account's own policies decide. */
function leavesItToTheAccount(accountId: string, action: string): Policy {
  const statement = { Effect: "Allow", Principal: { AWS: accountId }, Action: action, Resource: "*" };
  return { Version: "2012-10-17", Statement: [statement] };
}
