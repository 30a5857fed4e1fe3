import { Deployers } from "../../modules/identity/deployers";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { decide, isAllowed, type Policy, type Request } from "../support/policy";
import { MODERN } from "./fixtures";

const OPERATOR = "arn:aws:iam::222222222222:role/operator";
const BOUNDARY = `arn:aws:iam::${PLACE.accountId}:policy/lake-prod-boundary`;
const STATE = "arn:aws:s3:::lake-prod-state-111111111111-eu-west-1";

const deployersOf = (change: { opensNetwork?: boolean; removable?: boolean } = {}) =>
  synthModule((scope) => {
    new Deployers(scope, "deployers", {
      place: PLACE,
      prefix: "lake-prod",
      stateBucketArn: STATE,
      deployRole: "lake-prod-deploy",
      planRole: "lake-prod-plan",
      boundary: "lake-prod-boundary",
      operators: ["arn:aws:iam::222222222222:root"],
      externalId: "secret of nobody",
      removable: false,
      ...change,
    });
  });
const stack = deployersOf();
const opening = deployersOf({ opensNetwork: true });
const removable = deployersOf({ removable: true });
const boundary = stack.policyOf(stack.only("aws_iam_policy", "deployers_boundary"));
const policies: Record<string, Policy> = {
  deploy: stack.rightsOf(stack.only("aws_iam_role", "deployers_deploy")),
  plan: stack.rightsOf(stack.only("aws_iam_role", "deployers_plan")),
  // Of accounts that ask for public subnets.
  "deploy-open": opening.rightsOf(opening.only("aws_iam_role", "deployers_deploy")),
  "plan-open": opening.rightsOf(opening.only("aws_iam_role", "deployers_plan")),
};
/** What a role is allowed that the deployer made for itself, as wide as it can write it. */
const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

const table = (name: string) => `arn:aws:dynamodb:eu-west-1:${PLACE.accountId}:table/lake-prod-${name}`;
const REGION = { "aws:RequestedRegion": PLACE.region };
const can = (role: string, action: string, resource: string, context: Request["context"] = {}) =>
  isAllowed(
    { caller: { arn: roleArn(`lake-prod-${role}`) }, action, resource, context: { ...MODERN, ...REGION, ...context } },
    { owner: PLACE.accountId, identity: [policies[role] ?? EVERYTHING], boundary, ...trusting(action) },
  );

/** The key or role that leaves all to the account: what stops the request then is not its own policy. */
function trusting(action: string): { resource?: Policy; trust?: Policy } {
  const statement = { Effect: "Allow", Principal: { AWS: PLACE.accountId }, Action: action };
  if (action.startsWith("kms:"))
    return { resource: { Version: "2012-10-17", Statement: [{ ...statement, Resource: "*" }] } };
  if (action.startsWith("sts:")) return { trust: { Version: "2012-10-17", Statement: [statement] } };
  return {};
}

const OWN_ROLE = roleArn("lake-prod-loader");
const ADMIN_ROLE = roleArn("OrganizationAccountAccessRole");
const bounded = { "iam:PermissionsBoundary": BOUNDARY };

describe("the deploy role", () => {
  test("makes and grants roles of its prefix within the boundary", () => {
    expect(can("deploy", "iam:CreateRole", OWN_ROLE, bounded)).toBe(true);
    expect(can("deploy", "iam:PutRolePolicy", OWN_ROLE, bounded)).toBe(true);
  });

  test.each(["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])(
    "does no %s without the boundary, with another, or outside its prefix",
    (action) => {
      expect(can("deploy", action, OWN_ROLE)).toBe(false);
      expect(can("deploy", action, OWN_ROLE, { "iam:PermissionsBoundary": `${BOUNDARY}-2` })).toBe(false);
      expect(can("deploy", action, ADMIN_ROLE, bounded)).toBe(false);
    },
  );

  test.each([
    "iam:AttachRolePolicy",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
  ])("cannot do %s to itself or to the plan role", (action) => {
    for (const name of ["lake-prod-deploy", "lake-prod-plan"]) {
      expect(can("deploy", action, roleArn(name), bounded)).toBe(false);
      expect(can("deploy", action, roleArn(name))).toBe(false);
    }
  });

  test.each(["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"])(
    "cannot do %s to the boundary",
    (action) => {
      expect(can("deploy", action, BOUNDARY)).toBe(false);
    },
  );

  test.each([
    "iam:AttachRolePolicy",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:DetachRolePolicy",
    "iam:SetDefaultPolicyVersion",
  ])("cannot do %s to the parts of its own rights, and neither can a role of its making", (action) => {
    for (const { block } of stack.resources("aws_iam_policy")) {
      const arn = `arn:aws:iam::${PLACE.accountId}:policy/${block.name}`;
      for (const role of ["deploy", "plan", "made"]) {
        expect(can(role, action, arn, bounded)).toBe(false);
        expect(can(role, action, roleArn("lake-prod-deploy"), { ...bounded, "iam:PolicyARN": arn })).toBe(false);
      }
    }
  });

  test("has its rights in parts that AWS takes, each with room for more", () => {
    const parts = stack.resources("aws_iam_policy").filter(({ name }) => !name.startsWith("deployers_boundary"));
    const sizes = parts.map(({ block }) => [block.name, String(block.policy).length] as const);
    expect(sizes.map(([name]) => name)).toEqual(
      expect.arrayContaining(["lake-prod-deploy-storage", "lake-prod-plan-storage"]),
    );
    expect(sizes.filter(([, size]) => size > 5000)).toEqual([]);
    for (const role of stack.resources("aws_iam_role")) {
      expect(stack.attachedTo(role).length).toBeGreaterThan(4);
      expect(stack.attachedTo(role).length).toBeLessThan(10);
    }
    expect(stack.resources("aws_iam_role_policy")).toEqual([]);
  });

  test("gives roles of its prefix to functions, and to nothing else", () => {
    const to = (service: string) => ({ "iam:PassedToService": service });
    expect(can("deploy", "iam:PassRole", OWN_ROLE, to("lambda.amazonaws.com"))).toBe(true);
    expect(can("deploy", "iam:PassRole", OWN_ROLE, to("ec2.amazonaws.com"))).toBe(false);
    expect(can("deploy", "iam:PassRole", OWN_ROLE)).toBe(false);
    expect(can("deploy", "iam:PassRole", ADMIN_ROLE, to("lambda.amazonaws.com"))).toBe(false);
  });

  test("manages what carries its prefix in its account and region, and nothing else", () => {
    const queue = (region: string, account: string, name: string) => `arn:aws:sqs:${region}:${account}:${name}`;
    expect(can("deploy", "sqs:CreateQueue", queue("eu-west-1", PLACE.accountId, "lake-prod-drop"))).toBe(true);
    expect(can("deploy", "sqs:CreateQueue", queue("eu-west-1", PLACE.accountId, "other"))).toBe(false);
    expect(can("deploy", "sqs:CreateQueue", queue("us-east-1", PLACE.accountId, "lake-prod-drop"))).toBe(false);
    expect(can("deploy", "s3:CreateBucket", "arn:aws:s3:::lake-prod-raw-111111111111-eu-west-1")).toBe(true);
    expect(can("deploy", "s3:CreateBucket", "arn:aws:s3:::other")).toBe(false);
    const mapping = (name: string) =>
      can("deploy", "lambda:CreateEventSourceMapping", "*", {
        "lambda:FunctionArn": `arn:aws:lambda:eu-west-1:111111111111:function:${name}`,
      });
    expect([mapping("lake-prod-intake"), mapping("other")]).toEqual([true, false]);
    expect(can("deploy", "lambda:UpdateFunctionCode", "arn:aws:lambda:eu-west-1:111111111111:function:other")).toBe(
      false,
    );
    expect(can("deploy", "kms:CreateAlias", "arn:aws:kms:eu-west-1:111111111111:alias/other")).toBe(false);
  });

  test.each<[string, string, Request["context"]?]>([
    ["s3:GetObject", "arn:aws:s3:::lake-prod-raw-1/sales/x"],
    ["s3:GetObjectVersion", "arn:aws:s3:::lake-prod-raw-1/sales/x"],
    ["s3:PutObject", "arn:aws:s3:::lake-prod-raw-1/sales/x"],
    ["s3:DeleteObject", "arn:aws:s3:::lake-prod-raw-1/sales/x"],
    ["s3:DeleteObjectVersion", "arn:aws:s3:::lake-prod-raw-1/sales/x"],
    ["s3:PutObjectTagging", "arn:aws:s3:::lake-prod-raw-1/sales/x"],
    ["s3:PutObjectVersionTagging", "arn:aws:s3:::lake-prod-raw-1/sales/x"],
    ["s3:BypassGovernanceRetention", "arn:aws:s3:::lake-prod-audit-1/x"],
    ["s3:DeleteObject", `${STATE}/prod/terraform.tfstate`],
    ["dynamodb:GetItem", table("ledger"), { "dynamodb:LeadingKeys": ["sales/orders"] }],
    ["dynamodb:PutItem", table("runs"), { "dynamodb:LeadingKeys": ["run"] }],
    ["dynamodb:DeleteItem", table("ingestion"), { "dynamodb:LeadingKeys": ["run#1"] }],
    ["dynamodb:Query", table("ledger")],
    ["dynamodb:Scan", table("ledger")],
    ["dynamodb:BatchWriteItem", table("ledger")],
    ["dynamodb:PartiQLSelect", table("ledger")],
    ["sqs:ReceiveMessage", "arn:aws:sqs:eu-west-1:111111111111:lake-prod-drop"],
    ["sqs:SendMessage", "arn:aws:sqs:eu-west-1:111111111111:lake-prod-drop"],
    ["sqs:PurgeQueue", "arn:aws:sqs:eu-west-1:111111111111:lake-prod-drop"],
    ["sns:Publish", "arn:aws:sns:eu-west-1:111111111111:lake-prod-alarms"],
    ["logs:GetLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/lambda/lake-prod-intake:log-stream:a"],
    ["lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111111111111:function:lake-prod-intake"],
    ["states:StartExecution", "arn:aws:states:eu-west-1:111111111111:stateMachine:lake-prod-refine"],
    ["glue:StartJobRun", "arn:aws:glue:eu-west-1:111111111111:job/lake-prod-refine-sales"],
    ["athena:StartQueryExecution", "arn:aws:athena:eu-west-1:111111111111:workgroup/lake-prod-query-secret"],
    ["guardduty:ArchiveFindings", "*"],
    ["guardduty:CreateFilter", "*"],
    ["securityhub:BatchUpdateFindings", "*"],
    ["macie2:CreateFindingsFilter", "*"],
    ["access-analyzer:CreateArchiveRule", "*"],
    ["athena:GetQueryResults", "arn:aws:athena:eu-west-1:111111111111:workgroup/lake-prod-query-secret"],
  ])("makes what holds and moves data, and does no %s on %s", (action, resource, context: Request["context"] = {}) => {
    expect(can("deploy", action, resource, context)).toBe(false);
  });

  test("uploads what functions and jobs run, writes its states, and defines sources", () => {
    for (const action of ["s3:PutObject", "s3:PutObjectTagging", "s3:GetObject", "s3:DeleteObjectVersion"]) {
      expect([action, can("deploy", action, "arn:aws:s3:::lake-prod-artifacts-1/functions/x.zip")]).toEqual([
        action,
        true,
      ]);
    }
    expect(can("deploy", "s3:PutObject", `${STATE}/prod/terraform.tfstate`)).toBe(true);
    for (const key of ["sources", "source#sales"]) {
      expect(can("deploy", "dynamodb:PutItem", table("ingestion"), { "dynamodb:LeadingKeys": [key] })).toBe(true);
    }
  });

  test("empties buckets only where its account may be removed", () => {
    const may = (from: typeof stack, action: string) =>
      isAllowed(
        {
          caller: { arn: roleArn("lake-prod-deploy") },
          action,
          resource: "arn:aws:s3:::lake-prod-raw-1/sales/x",
          context: { ...MODERN, ...REGION },
        },
        { owner: PLACE.accountId, identity: [from.rightsOf(from.only("aws_iam_role", "deployers_deploy"))] },
      );
    for (const action of ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"]) {
      expect([action, may(stack, action), may(removable, action)]).toEqual([action, false, true]);
    }
    for (const action of ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"]) {
      expect([action, may(removable, action)]).toEqual([action, false]);
    }
  });

  test("deletes databases of the catalog, for which AWS asks about their functions as well", () => {
    for (const name of ["catalog", "database/raw_sales", "table/raw_sales/*", "userDefinedFunction/raw_sales/*"]) {
      expect(can("deploy", "glue:DeleteDatabase", `arn:aws:glue:eu-west-1:${PLACE.accountId}:${name}`)).toBe(true);
    }
  });

  test("gives trail and access logs their roles, and no other role to these services", () => {
    const to = (service: string) => ({ "iam:PassedToService": `${service}.amazonaws.com` });
    for (const [name, service] of [
      ["trail", "cloudtrail"],
      ["access-logs", "s3"],
    ] as const) {
      expect(can("deploy", "iam:PassRole", roleArn(`lake-prod-${name}`), to(service))).toBe(true);
      expect(can("deploy", "iam:PassRole", roleArn("lake-prod-deploy"), to(service))).toBe(false);
      expect(can("deploy", "iam:PassRole", roleArn(`lake-prod-${name}`), to("ec2"))).toBe(false);
    }
  });

  test("makes what records its account", () => {
    const trail = `arn:aws:cloudtrail:eu-west-1:${PLACE.accountId}:trail/lake-prod-trail`;
    const logs = `arn:aws:logs:eu-west-1:${PLACE.accountId}:log-group:/aws/cloudtrail/lake-prod-trail`;
    const group = `arn:aws:athena:eu-west-1:${PLACE.accountId}:workgroup/lake-prod-audit`;
    for (const [action, resource] of [
      ["cloudtrail:CreateTrail", trail],
      ["cloudtrail:PutEventSelectors", trail],
      ["logs:CreateLogGroup", logs],
      ["logs:PutMetricFilter", logs],
      ["logs:CreateLogDelivery", "*"],
      ["ec2:CreateFlowLogs", "*"],
      ["s3:PutBucketLogging", "arn:aws:s3:::lake-prod-raw-1"],
      ["s3:PutReplicationConfiguration", "arn:aws:s3:::lake-prod-access-logs-1"],
      ["athena:CreateWorkGroup", group],
      ["athena:DeleteNamedQuery", group],
    ] as const) {
      expect([action, can("deploy", action, resource)]).toEqual([action, true]);
    }
    expect(can("deploy", "athena:CreateWorkGroup", group.replace("lake-prod", "other"))).toBe(false);
  });

  test("makes its own dashboards and budgets, and what watches its costs", () => {
    const dashboard = `arn:aws:cloudwatch::${PLACE.accountId}:dashboard/lake-prod-overview`;
    const budget = `arn:aws:budgets::${PLACE.accountId}:budget/lake-prod-budget`;
    const asked = [
      ["cloudwatch:PutDashboard", dashboard],
      ["cloudwatch:GetDashboard", dashboard],
      ["budgets:ModifyBudget", budget],
      ["budgets:ViewBudget", budget],
      ["ce:CreateAnomalyMonitor", "*"],
      ["ce:GetAnomalyMonitors", "*"],
    ] as const;
    for (const [action, resource] of asked) {
      expect([action, can("deploy", action, resource)]).toEqual([action, true]);
      expect([action, can("plan", action, resource)]).toEqual([action, /:(Get|View)/.test(action)]);
      if (resource !== "*") expect(can("deploy", action, resource.replace("lake-prod", "other"))).toBe(false);
    }
    const subscriptionOf = (account: string) => `arn:aws:ce::${account}:anomalysubscription/0f3c`;
    expect(can("deploy", "ce:UpdateAnomalySubscription", subscriptionOf(PLACE.accountId))).toBe(true);
    expect(can("deploy", "ce:UpdateAnomalySubscription", subscriptionOf("999999999999"))).toBe(false);
    expect(can("deploy", "ce:GetCostAndUsage", "*")).toBe(false);
  });

  test.each<[string, string]>([
    ["cloudtrail:DeleteTrail", `arn:aws:cloudtrail:eu-west-1:${PLACE.accountId}:trail/lake-prod-trail`],
    ["cloudtrail:StopLogging", `arn:aws:cloudtrail:eu-west-1:${PLACE.accountId}:trail/lake-prod-trail`],
    ["ec2:DeleteFlowLogs", "*"],
    ["logs:DeleteLogDelivery", "*"],
    ["logs:DeleteLogGroup", `arn:aws:logs:eu-west-1:${PLACE.accountId}:log-group:/aws/cloudtrail/lake-prod-trail`],
  ])("cannot do %s, until its account is to be removed", (action, resource) => {
    expect(can("deploy", action, resource)).toBe(false);
    const request = {
      caller: { arn: roleArn("lake-prod-deploy") },
      action,
      resource,
      context: { ...MODERN, ...REGION },
    };
    const identity = [removable.rightsOf(removable.only("aws_iam_role", "deployers_deploy"))];
    const bounds = removable.policyOf(removable.only("aws_iam_policy", "deployers_boundary"));
    expect(isAllowed(request, { owner: PLACE.accountId, identity, boundary: bounds })).toBe(true);
  });

  const NETWORK = [
    "AssociateDhcpOptions",
    "CreateDhcpOptions",
    "CreateNetworkAcl",
    "CreateNetworkAclEntry",
    "CreateVpc",
    "DeleteDhcpOptions",
    "DeleteNetworkAcl",
    "DeleteNetworkAclEntry",
    "ReplaceNetworkAclAssociation",
  ];
  const OPENINGS = [
    "AllocateAddress",
    "AttachInternetGateway",
    "CreateInternetGateway",
    "CreateManagedPrefixList",
    "CreateNatGateway",
    "CreateRoute",
    "ModifyManagedPrefixList",
    "ReplaceRoute",
  ];
  const CLOSINGS = [
    "DeleteInternetGateway",
    "DeleteManagedPrefixList",
    "DeleteNatGateway",
    "DeleteRoute",
    "DetachInternetGateway",
    "ReleaseAddress",
  ];
  const elsewhere = { "aws:RequestedRegion": "us-east-1" };

  test.each([...NETWORK, ...CLOSINGS])("does ec2:%s in its region only", (action) => {
    for (const role of ["deploy", "deploy-open"]) {
      expect(can(role, `ec2:${action}`, "*")).toBe(true);
      expect(can(role, `ec2:${action}`, "*", elsewhere)).toBe(false);
    }
    for (const role of ["plan", "plan-open"]) expect(can(role, `ec2:${action}`, "*")).toBe(false);
  });

  test.each(OPENINGS)("does ec2:%s only where the account asks for public subnets", (action) => {
    expect(can("deploy", `ec2:${action}`, "*")).toBe(false);
    expect(can("deploy-open", `ec2:${action}`, "*")).toBe(true);
    expect(can("deploy-open", `ec2:${action}`, "*", elsewhere)).toBe(false);
    for (const role of ["plan", "plan-open"]) expect(can(role, `ec2:${action}`, "*")).toBe(false);
  });

  test.each(["RunInstances", "CreateVpcPeeringConnection", "CreateVpnGateway", "CreateEgressOnlyInternetGateway"])(
    "never does ec2:%s",
    (action) => {
      for (const role of ["deploy", "deploy-open"]) expect(can(role, `ec2:${action}`, "*")).toBe(false);
    },
  );

  test("uses keys through services of its region only", () => {
    const key = "arn:aws:kms:eu-west-1:111111111111:key/any";
    expect(can("deploy", "kms:Encrypt", key, { "kms:ViaService": "lambda.eu-west-1.amazonaws.com" })).toBe(true);
    expect(can("deploy", "kms:Encrypt", key)).toBe(false);
    expect(can("deploy", "kms:Decrypt", key, { "kms:ViaService": "s3.us-east-1.amazonaws.com" })).toBe(false);
  });

  test.each([
    "iam:CreateUser",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:AttachUserPolicy",
    "iam:PutUserPolicy",
  ])("makes no lasting credentials by %s", (action) => {
    expect(can("deploy", action, `arn:aws:iam::${PLACE.accountId}:user/lake-prod-user`)).toBe(false);
  });
});

describe("databases", () => {
  const of = (resource: string, service = "rds") => `arn:aws:${service}:eu-west-1:111111111111:${resource}`;
  const SERVICE_ROLE = roleArn("aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS");

  test.each([
    ["rds:CreateDBCluster", of("cluster:lake-prod-database"), of("cluster:other")],
    ["rds:DeleteDBInstance", of("db:lake-prod-database-1"), of("db:other")],
    ["rds:CreateDBSubnetGroup", of("subgrp:lake-prod-database"), of("subgrp:other")],
    ["rds:ModifyDBClusterParameterGroup", of("cluster-pg:lake-prod-database"), of("cluster-pg:other")],
    ["rds:CreateDBClusterSnapshot", of("cluster-snapshot:lake-prod-database-final"), of("cluster-snapshot:other")],
    [
      "secretsmanager:CreateSecret",
      of("secret:lake-prod-x-AbCdEf", "secretsmanager"),
      of("secret:x", "secretsmanager"),
    ],
    [
      "secretsmanager:DeleteSecret",
      of("secret:lake-prod-x-AbCdEf", "secretsmanager"),
      of("secret:x", "secretsmanager"),
    ],
    [
      "secretsmanager:CreateSecret",
      of("secret:rds!cluster-0f3c-AbCdEf", "secretsmanager"),
      of("secret:rds!db-0f3c-AbCdEf", "secretsmanager"),
    ],
  ])("are made by %s where they carry the prefix", (action, own, other) => {
    expect(can("deploy", action, own)).toBe(true);
    expect(can("deploy", action, other)).toBe(false);
    expect(can("plan", action, own)).toBe(false);
  });

  test.each(["lake-prod-database-reader-AbCdEf", "rds!cluster-0f3c-AbCdEf"])(
    "have passwords that nobody reads who deploys or plans: %s",
    (name) => {
      for (const role of ["deploy", "plan"]) {
        expect(can(role, "secretsmanager:GetSecretValue", of(`secret:${name}`, "secretsmanager"))).toBe(false);
        expect(can(role, "secretsmanager:PutSecretValue", of(`secret:${name}`, "secretsmanager"))).toBe(false);
      }
      expect(can("made", "secretsmanager:GetSecretValue", of(`secret:${name}`, "secretsmanager"))).toBe(true);
    },
  );

  test("get the role by which RDS works in the account, and no other service gets one", () => {
    const make = (resource: string, service: string) =>
      can("deploy", "iam:CreateServiceLinkedRole", resource, { "iam:AWSServiceName": service });
    expect(make(SERVICE_ROLE, "rds.amazonaws.com")).toBe(true);
    expect(make(SERVICE_ROLE, "ec2.amazonaws.com")).toBe(false);
    expect(
      can("plan", "iam:CreateServiceLinkedRole", SERVICE_ROLE, { "iam:AWSServiceName": "rds.amazonaws.com" }),
    ).toBe(false);
  });

  test("are watched by RDS in a role of the lake", () => {
    const pass = (service: string) => can("deploy", "iam:PassRole", OWN_ROLE, { "iam:PassedToService": service });
    expect(pass("monitoring.rds.amazonaws.com")).toBe(true);
    expect(pass("rds.amazonaws.com")).toBe(false);
  });
});

describe("the plan role", () => {
  const key = "arn:aws:kms:eu-west-1:111111111111:key/any";
  const table = "arn:aws:dynamodb:eu-west-1:111111111111:table/lake-prod-ledger";
  const queue = "arn:aws:sqs:eu-west-1:111111111111:lake-prod-drop";
  const logs = "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/lambda/lake-prod-intake";

  test("reads states and settings", () => {
    expect(can("plan", "s3:GetObject", `${STATE}/prod/terraform.tfstate`)).toBe(true);
    expect(can("plan", "kms:Decrypt", key, { "kms:ViaService": "s3.eu-west-1.amazonaws.com" })).toBe(true);
    for (const [action, resource] of [
      ["s3:GetBucketPolicy", "arn:aws:s3:::lake-prod-drop-1"],
      ["sqs:GetQueueAttributes", queue],
      ["dynamodb:DescribeTable", table],
      ["dynamodb:DescribeContinuousBackups", table],
      ["dynamodb:ListTagsOfResource", table],
      ["logs:ListTagsForResource", logs],
      ["logs:DescribeLogGroups", "*"],
      ["lambda:GetFunction", "arn:aws:lambda:eu-west-1:111111111111:function:lake-prod-intake"],
      ["iam:GetRolePolicy", OWN_ROLE],
      ["ec2:DescribeVpcs", "*"],
      ["ec2:DescribeDhcpOptions", "*"],
      ["ec2:DescribeFlowLogs", "*"],
      ["ec2:DescribeInternetGateways", "*"],
      ["ec2:DescribeNatGateways", "*"],
      ["ec2:DescribeNetworkAcls", "*"],
      ["ec2:GetManagedPrefixListEntries", "*"],
      ["kms:GetKeyPolicy", key],
      ["cloudtrail:GetEventSelectors", "arn:aws:cloudtrail:eu-west-1:111111111111:trail/lake-prod-trail"],
      ["s3:GetBucketLogging", "arn:aws:s3:::lake-prod-drop-1"],
      ["ec2:DescribeFlowLogs", "*"],
      ["athena:GetWorkGroup", "arn:aws:athena:eu-west-1:111111111111:workgroup/lake-prod-audit"],
      ["athena:GetNamedQuery", "arn:aws:athena:eu-west-1:111111111111:workgroup/lake-prod-audit"],
      ["athena:ListTagsForResource", "arn:aws:athena:eu-west-1:111111111111:workgroup/lake-prod-audit"],
    ] as const) {
      expect([action, can("plan", action, resource)]).toEqual([action, true]);
    }
  });

  test.each([
    ["s3:GetObject", "arn:aws:s3:::lake-prod-raw-111111111111-eu-west-1/sales/x"],
    ["s3:GetObjectVersion", "arn:aws:s3:::lake-prod-drop-111111111111-eu-west-1/x"],
    ["dynamodb:GetItem", table],
    ["dynamodb:Query", table],
    ["dynamodb:Scan", table],
    ["dynamodb:GetRecords", table],
    ["sqs:ReceiveMessage", queue],
    ["logs:GetLogEvents", logs],
    ["logs:GetLogRecord", logs],
    ["logs:FilterLogEvents", logs],
    ["logs:StartQuery", logs],
    ["athena:GetQueryResults", "arn:aws:athena:eu-west-1:111111111111:workgroup/lake-prod-audit"],
    ["athena:StartQueryExecution", "arn:aws:athena:eu-west-1:111111111111:workgroup/lake-prod-audit"],
    ["lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111111111111:function:lake-prod-intake"],
  ])("reads no data by %s", (action, resource) => {
    expect(can("plan", action, resource)).toBe(false);
  });

  test("changes nothing", () => {
    const writes: readonly (readonly [string, string])[] = [
      ["s3:PutObject", `${STATE}/prod/terraform.tfstate`],
      ["s3:DeleteObject", `${STATE}/prod/terraform.tfstate.tflock`],
      ["s3:PutBucketPolicy", "arn:aws:s3:::lake-prod-drop-1"],
      ["sqs:SetQueueAttributes", queue],
      ["sqs:SendMessage", queue],
      ["dynamodb:PutItem", table],
      ["dynamodb:DeleteTable", table],
      ["lambda:UpdateFunctionCode", "arn:aws:lambda:eu-west-1:111111111111:function:lake-prod-intake"],
      ["iam:PutRolePolicy", OWN_ROLE],
      ["iam:PassRole", OWN_ROLE],
      ["kms:PutKeyPolicy", key],
      ["kms:ScheduleKeyDeletion", key],
      ["ec2:CreateVpc", "*"],
      ["logs:DeleteLogGroup", logs],
    ];
    for (const [action, resource] of writes)
      expect([action, can("plan", action, resource, bounded)]).toEqual([action, false]);
  });

  test("is named in no statement that allows more than reading", () => {
    const reading = /^([\w-]+):(Describe|Get|List)/;
    const actions = (policies.plan?.Statement ?? []).flatMap(({ Action = [] }) => Action);
    const others = actions.filter((action) => !reading.test(action));
    // Objects are encrypted, and so are environments of functions: reading them takes their keys.
    // A definition that is checked is kept nowhere. To view a budget is to read it.
    expect([...new Set(others)].sort()).toEqual([
      "budgets:ViewBudget",
      "kms:Decrypt",
      "states:ValidateStateMachineDefinition",
    ]);
  });
});

/** The deployer can make roles with any policy it likes: what holds them is the boundary alone. */
describe("a role that the deployer made and gave everything", () => {
  const user = `arn:aws:iam::${PLACE.accountId}:user/anybody`;

  test("works in the lake", () => {
    expect(can("made", "s3:GetObject", "arn:aws:s3:::lake-prod-raw/x")).toBe(true);
    expect(can("made", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111111111111:lake-prod-drop")).toBe(true);
  });

  test.each([
    ["iam:CreateRole", roleArn("free")],
    ["iam:CreateRole", roleArn("lake-prod-free")],
    ["iam:PutRolePolicy", ADMIN_ROLE],
    ["iam:AttachRolePolicy", ADMIN_ROLE],
    ["iam:UpdateAssumeRolePolicy", ADMIN_ROLE],
    ["iam:DeleteRolePermissionsBoundary", OWN_ROLE],
    ["iam:PutRolePermissionsBoundary", OWN_ROLE],
    ["iam:CreatePolicyVersion", BOUNDARY],
    ["iam:UpdateAssumeRolePolicy", roleArn("lake-prod-deploy")],
    ["iam:PutRolePolicy", roleArn("lake-prod-deploy")],
    ["iam:CreateUser", user],
    ["iam:CreateAccessKey", user],
    ["iam:UpdateLoginProfile", user],
    ["iam:AddUserToGroup", `arn:aws:iam::${PLACE.accountId}:group/administrators`],
    ["iam:PutGroupPolicy", `arn:aws:iam::${PLACE.accountId}:group/administrators`],
    ["iam:CreateServiceSpecificCredential", user],
    ["iam:CreateOpenIDConnectProvider", `arn:aws:iam::${PLACE.accountId}:oidc-provider/evil.example.com`],
    ["iam:CreateSAMLProvider", `arn:aws:iam::${PLACE.accountId}:saml-provider/evil`],
    ["organizations:LeaveOrganization", "*"],
    ["account:CloseAccount", "*"],
    ["sts:AssumeRole", ADMIN_ROLE],
  ])("does not break out by %s", (action, resource) => {
    expect(can("made", action, resource)).toBe(false);
  });
});

describe("both roles", () => {
  const roles = stack.resources("aws_iam_role");
  const assume = (caller: Request["caller"], context: Request["context"]) =>
    roles.map((role) =>
      decide(stack.policyOf(role), "trust", {
        caller,
        action: "sts:AssumeRole",
        resource: roleArn(String(role.block.name)),
        context,
      }),
    );

  test("are assumed by operators who present the external id", () => {
    expect(roles).toHaveLength(2);
    expect(assume({ arn: OPERATOR }, { "sts:ExternalId": "secret of nobody" })).toEqual(["account", "account"]);
  });

  test("are assumed by nobody else, and not without it", () => {
    expect(assume({ arn: OPERATOR }, {})).toEqual(["none", "none"]);
    expect(assume({ arn: OPERATOR }, { "sts:ExternalId": "guess" })).toEqual(["none", "none"]);
    for (const caller of [
      { arn: roleArn("any", FOREIGN_ACCOUNT) },
      { arn: roleArn("any") },
      { service: "lambda.amazonaws.com" },
      "anonymous",
    ] as const) {
      expect(assume(caller, { "sts:ExternalId": "secret of nobody" })).toEqual(["none", "none"]);
    }
  });

  test("are held by the boundary", () => {
    for (const role of roles) expect(stack.resolve(String(role.block.permissions_boundary))).toBe(BOUNDARY);
  });
});
