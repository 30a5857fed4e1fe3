import { loadAccounts } from "../../../accounts/model/load";
import { decide, isAllowed, type Policy, type Request } from "../../support/policy";
import type { Stack } from "../../support/stack";
import { accountOf } from "./access";
import type { Check } from "./check";
import { asksForInternet } from "./network";
import { boundariesOf } from "./rights";

const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const MODERN = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };

/** Everything that bootstrap makes in one account to let others deploy there. */
export interface Bootstrapped {
  readonly account: string;
  /** `<project>-<account>` */
  readonly prefix: string;
  readonly region: string;
  readonly boundary: { readonly arn: string; readonly policy: Policy };
  readonly deploy: Policy;
  readonly plan: Policy;
  readonly state: { readonly arn: string; readonly policy: Policy; readonly key: Policy };
}

function bootstrapped(stack: Stack): Bootstrapped[] {
  return boundariesOf(stack).map((boundary) => {
    const prefix = String(boundary.block.name).replace(/-boundary$/, "");
    const account = accountOf(stack, boundary);
    const construct = boundary.name.split("_")[0];
    const bucket = stack.only("aws_s3_bucket", `${construct}_state`);
    return {
      account,
      prefix,
      region: loadAccounts().all.find(({ id }) => id === account)?.region ?? "eu-west-1",
      boundary: { arn: stack.resolve(`\${${boundary.address}.arn}`), policy: stack.policyOf(boundary) },
      deploy: stack.rightsOf(stack.only("aws_iam_role", `${construct}_deployers_deploy`)),
      plan: stack.rightsOf(stack.only("aws_iam_role", `${construct}_deployers_plan`)),
      state: {
        arn: `arn:aws:s3:::${bucket.block.bucket}`,
        policy: stack.policyOf(stack.only("aws_s3_bucket_policy", `${construct}_state`)),
        key: stack.policyOf(stack.only("aws_kms_key", `${construct}_state`)),
      },
    };
  });
}

export type Answer = readonly [question: string, actual: boolean, wanted: boolean];

export function eachBootstrapped(name: string, answers: (place: Bootstrapped) => Answer[]): Check {
  return {
    name,
    find: (stack) =>
      stack.name === "bootstrap"
        ? bootstrapped(stack).flatMap((place) =>
            answers(place)
              .filter(([, actual, wanted]) => actual !== wanted)
              .map(([question]) => `${place.prefix}: ${question}`),
          )
        : [],
  };
}

/** What concerns machines and the roles that services make for themselves: of deployers, planners, and roles of their making. */
export const machinesAreHeld = eachBootstrapped(
  "machines get the one role that is meant for them, services make their own roles only where they are needed, and planners see definitions alone",
  ({ account, prefix, boundary, deploy, plan }) => {
    const can = (identity: Policy, action: string, resource: string, context: Request["context"] = {}) =>
      isAllowed(
        { caller: { arn: `arn:aws:iam::${account}:role/${prefix}-any` }, action, resource, context },
        { owner: account, identity: [identity], boundary: boundary.policy },
      );
    const pass = (role: string, service: string) =>
      can(deploy, "iam:PassRole", `arn:aws:iam::${account}:role/${prefix}-${role}`, {
        "iam:PassedToService": `${service}.amazonaws.com`,
      });
    const linked = (identity: Policy, service: string, role = service) =>
      can(identity, "iam:CreateServiceLinkedRole", `arn:aws:iam::${account}:role/aws-service-role/${role}/x`, {
        "iam:AWSServiceName": service,
      });
    const region = loadAccounts().all.find(({ id }) => id === account)?.region ?? "";
    const connects =
      decide(deploy, "identity", {
        caller: { arn: "any" },
        action: "ec2:CreateNetworkInterface",
        resource: `arn:aws:ec2:${region}:${account}:network-interface/eni-1`,
      }) === "allow";
    const reads = (partition: string) =>
      can(plan, "dynamodb:GetItem", `arn:aws:dynamodb:${region}:${account}:table/${prefix}-ingestion`, {
        "dynamodb:LeadingKeys": [partition],
      });
    const maps = (name: string) =>
      can(deploy, "lambda:CreateEventSourceMapping", "*", {
        "lambda:FunctionArn": `arn:aws:lambda:${region}:${account}:function:${name}`,
      });
    return [
      ["queues cannot be mapped to functions of the lake", maps(`${prefix}-any`), true],
      ["queues are mapped to other functions", maps("another"), false],
      ["machines of clusters get their role", pass("ingest-emr-machines", "ec2"), true],
      ["machines of clusters get another role", pass("ingest-emr-service", "ec2"), false],
      ["functions get the role of machines of clusters as machines", pass("ingest-emr-machines", "ecs"), false],
      ["jobs without servers get the service's role", linked(deploy, "ops.emr-serverless.amazonaws.com"), true],
      ["databases get the service's role", linked(deploy, "rds.amazonaws.com"), true],
      ["deployers make roles of other services", linked(deploy, "spot.amazonaws.com"), false],
      ["deployers make them for another service", linked(deploy, "spot.amazonaws.com", "rds.amazonaws.com"), false],
      ["roles of the lake do so", linked(EVERYTHING, "sso.amazonaws.com", "rds.amazonaws.com"), false],
      ["roles of the lake make roles of spare capacity", linked(EVERYTHING, "spot.amazonaws.com"), true],
      ["roles of the lake make roles of other services", linked(EVERYTHING, "sso.amazonaws.com"), false],
      ["deployers make interfaces", connects, false],
      ["planners read definitions", reads("source#any/any"), true],
      ["planners read states", reads("state#any/any/any"), false],
    ];
  },
);

/** What roles can do to the records of their account when their own policies allow them everything. */
function recordAnswers({ account, prefix, boundary }: Pick<Bootstrapped, "account" | "prefix" | "boundary">): Answer[] {
  const can = (role: string, action: string, resource = "*") =>
    isAllowed(
      { caller: { arn: `arn:aws:iam::${account}:role/${prefix}-${role}` }, action, resource, context: MODERN },
      { owner: account, identity: [EVERYTHING], boundary: boundary.policy },
    );
  const logs = (name: string) => `arn:aws:logs:eu-west-1:${account}:log-group:${name}`;
  return [
    ...["deploy", "made"].flatMap((role): Answer[] => [
      ...["cloudtrail:DeleteTrail", "cloudtrail:StopLogging", "ec2:DeleteFlowLogs", "logs:DeleteLogDelivery"].map(
        (action): Answer => [`${role}: ${action}`, can(role, action), false],
      ),
      [`${role} deletes trail logs`, can(role, "logs:DeleteLogGroup", logs(`/aws/cloudtrail/${prefix}-trail`)), false],
      [`${role} deletes other logs`, can(role, "logs:DeleteLogGroup", logs(`/aws/lambda/${prefix}-x`)), true],
    ]),
    ...RECORD_CHANGES.flatMap((action): Answer[] => [
      [`a deployment cannot do ${action}`, can("deploy", action), true],
      [`a role of its making does ${action}`, can("made", action), false],
    ]),
  ];
}

const RECORD_CHANGES = [
  "cloudtrail:CreateTrail",
  "cloudtrail:PutEventSelectors",
  "cloudtrail:PutInsightSelectors",
  "cloudtrail:UpdateTrail",
  "cloudwatch:DeleteAlarms",
  "cloudwatch:DisableAlarmActions",
  "cloudwatch:PutMetricAlarm",
  "ec2:CreateFlowLogs",
  "logs:DeleteMetricFilter",
  "logs:PutMetricFilter",
  "logs:PutRetentionPolicy",
  "s3:PutBucketLogging",
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
];

export const deployersAreHeld = eachBootstrapped(
  "deployers and the roles that they make stay within the boundary, and still can do their work",
  ({ account, prefix, region: ownPlace, boundary, deploy }) => {
    const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
    const can = (identity: Policy, action: string, resource: string, context: Request["context"] = {}) =>
      isAllowed(
        { caller: { arn: role(`${prefix}-any`) }, action, resource, context: { ...MODERN, ...context } },
        { owner: account, identity: [identity], boundary: boundary.policy },
      );
    const own = (action: string) =>
      decide(deploy, "identity", {
        caller: { arn: role(`${prefix}-deploy`) },
        action,
        resource: role(`${prefix}-new`),
      }) === "allow";
    const bounded = { "iam:PermissionsBoundary": boundary.arn };
    const lambda = { "iam:PassedToService": "lambda.amazonaws.com" };
    const region = { "aws:RequestedRegion": "us-gov-east-1" };
    const ownRegion = { "aws:RequestedRegion": ownPlace };
    return [
      ["makes bounded roles", can(deploy, "iam:CreateRole", role(`${prefix}-new`), bounded), true],
      ["makes free roles", can(deploy, "iam:CreateRole", role(`${prefix}-new`)), false],
      ["makes free roles but for the boundary", own("iam:CreateRole"), false],
      ["widens free roles", can(deploy, "iam:PutRolePolicy", role(`${prefix}-new`)), false],
      ["makes roles of other names", can(deploy, "iam:CreateRole", role("new"), bounded), false],
      [
        "widens the administrators",
        can(deploy, "iam:UpdateAssumeRolePolicy", role("OrganizationAccountAccessRole")),
        false,
      ],
      ["gives roles to functions", can(deploy, "iam:PassRole", role(`${prefix}-new`), lambda), true],
      [
        "gives the trail its role",
        can(deploy, "iam:PassRole", role(`${prefix}-trail`), { "iam:PassedToService": "cloudtrail.amazonaws.com" }),
        true,
      ],
      [
        "gives the trail another role",
        can(deploy, "iam:PassRole", role(`${prefix}-other`), { "iam:PassedToService": "cloudtrail.amazonaws.com" }),
        false,
      ],
      [
        "gives the trail's role to machines",
        can(deploy, "iam:PassRole", role(`${prefix}-trail`), { "iam:PassedToService": "ec2.amazonaws.com" }),
        false,
      ],
      [
        "gives roles to machines",
        can(deploy, "iam:PassRole", role(`${prefix}-new`), { "iam:PassedToService": "ec2.amazonaws.com" }),
        false,
      ],
      ["works in other regions", can(deploy, "ec2:CreateVpc", "*", region), false],
      ["works in its own region", can(deploy, "ec2:CreateVpc", "*", ownRegion), true],
      [
        "opens the network",
        can(deploy, "ec2:CreateInternetGateway", "*", ownRegion),
        asksForInternet(loadAccounts().all.find(({ id }) => id === account)?.name ?? ""),
      ],
      ["widens itself", can(deploy, "iam:PutRolePolicy", role(`${prefix}-deploy`), bounded), false],
      ["a role of its making makes free roles", can(EVERYTHING, "iam:CreateRole", role(`${prefix}-free`)), false],
      ["a role of its making takes other roles", can(EVERYTHING, "iam:UpdateAssumeRolePolicy", role("other")), false],
      [
        "a role of its making widens the deployer",
        can(EVERYTHING, "iam:UpdateAssumeRolePolicy", role(`${prefix}-deploy`)),
        false,
      ],
      [
        "a role of its making makes users",
        can(EVERYTHING, "iam:CreateUser", `arn:aws:iam::${account}:user/new`),
        false,
      ],
      ...recordAnswers({ account, prefix, boundary }),
      ["a role of its making works in the lake", can(EVERYTHING, "s3:GetObject", `arn:aws:s3:::${prefix}-raw/x`), true],
    ];
  },
);

const LOSSES = [
  "s3:DeleteBucket",
  "s3:DeleteObjectVersion",
  "s3:PutBucketPolicy",
  "s3:PutBucketVersioning",
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
];

export const statesAreKept = eachBootstrapped(
  "no role of the lake can lose a state, its key or its history; administrators can still repair them",
  ({ account, prefix, state }) => {
    const can = (name: string, action: string, resource: string) =>
      isAllowed(
        { caller: { arn: `arn:aws:iam::${account}:role/${name}` }, action, resource, context: MODERN },
        {
          owner: account,
          identity: [EVERYTHING],
          resource: action.startsWith("kms:") ? state.key : state.policy,
        },
      );
    const file = `${state.arn}/any/terraform.tfstate`;
    const roles = [`${prefix}-deploy`, `${prefix}-made`];
    return [
      ...roles.flatMap((name): Answer[] => [
        ...LOSSES.map(
          (action): Answer => [`${name}: ${action}`, can(name, action, state.arn) || can(name, action, file), false],
        ),
        [`${name} deletes states`, can(name, "s3:DeleteObject", file), false],
        [`${name} deletes the key`, can(name, "kms:ScheduleKeyDeletion", "*"), false],
        [`${name} writes states`, can(name, "s3:PutObject", file), true],
        [`${name} unlocks states`, can(name, "s3:DeleteObject", `${file}.tflock`), true],
      ]),
      ["administrators repair the bucket", can("admin", "s3:PutBucketPolicy", state.arn), true],
      ["administrators remove states", can("admin", "s3:DeleteObject", file), true],
      ["administrators repair the key", can("admin", "kms:PutKeyPolicy", "*"), true],
    ];
  },
);
