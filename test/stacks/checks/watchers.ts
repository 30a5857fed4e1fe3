import { loadAccounts } from "../../../accounts/model/load";
import { isAllowed, type Policy, type Request } from "../../support/policy";
import { type Answer, eachBootstrapped } from "./bounds";

const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

/** Calls that set up what watches an account, and calls that end it. */
const SETTING_UP = [
  "access-analyzer:CreateAnalyzer",
  "config:PutConfigurationRecorder",
  "guardduty:CreateDetector",
  "macie2:EnableMacie",
  "securityhub:EnableSecurityHub",
];
const ENDING = [
  "access-analyzer:DeleteAnalyzer",
  "config:DeleteAggregationAuthorization",
  "config:DeleteConfigurationRecorder",
  "config:DeleteDeliveryChannel",
  "config:StopConfigurationRecorder",
  "guardduty:DeleteDetector",
  "guardduty:DisassociateFromAdministratorAccount",
  "guardduty:DisassociateMembers",
  "macie2:DisableMacie",
  "macie2:DisassociateFromAdministratorAccount",
  "macie2:DisassociateMember",
  "securityhub:DisableSecurityHub",
  "securityhub:DisassociateFromAdministratorAccount",
  "securityhub:DisassociateMembers",
];
const READS = ["guardduty:GetDetector", "macie2:GetMacieSession", "config:DescribeConfigRules"];

export const watchersAreKept = eachBootstrapped(
  "a deployment sets up what watches its account, in its own region, and nobody ends it",
  ({ account, prefix, boundary, deploy, plan }) => {
    const region = loadAccounts().all.find(({ id }) => id === account)?.region ?? "";
    const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
    const can = (name: string, identity: Policy, action: string, context: Request["context"] = {}, resource = "*") =>
      isAllowed(
        {
          caller: { arn: role(`${prefix}-${name}`) },
          action,
          resource,
          context: { "aws:RequestedRegion": region, ...context },
        },
        { owner: account, identity: [identity], boundary: boundary.policy },
      );
    const configRole = role("aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig");
    const pass = (service: string, identity = deploy, of = configRole) =>
      can("deploy", identity, "iam:PassRole", { "iam:PassedToService": `${service}.amazonaws.com` }, of);
    const linked = (service: string, of = service) =>
      can(
        "deploy",
        deploy,
        "iam:CreateServiceLinkedRole",
        { "iam:AWSServiceName": `${service}.amazonaws.com` },
        role(`aws-service-role/${of}.amazonaws.com/x`),
      );
    const elsewhere = { "aws:RequestedRegion": "us-gov-east-1" };
    return [
      ...SETTING_UP.flatMap((action): Answer[] => [
        [`a deployment cannot do ${action}`, can("deploy", deploy, action), true],
        [`a deployment does ${action} elsewhere`, can("deploy", deploy, action, elsewhere), false],
        [`a plan does ${action}`, can("plan", plan, action), false],
        [`a role of its making does ${action}`, can("made", EVERYTHING, action), false],
      ]),
      ...ENDING.flatMap((action): Answer[] => [
        [`a deployment does ${action}`, can("deploy", EVERYTHING, action), false],
        [`a role of its making does ${action}`, can("made", EVERYTHING, action), false],
      ]),
      ...READS.flatMap((action): Answer[] => [
        [`a plan cannot do ${action}`, can("plan", plan, action), true],
        [`a plan does ${action} elsewhere`, can("plan", plan, action, elsewhere), false],
      ]),
      ["a plan reads findings", can("plan", plan, "guardduty:GetFindings"), false],
      ["Config does not get its role", pass("config"), true],
      ["another service gets Config's role", pass("lambda"), false],
      ["Config gets another role", pass("config", deploy, role(`${prefix}-made`)), false],
      ["watchers do not get their own roles", linked("guardduty"), true],
      ["services that roles of the lake use get roles of watchers", linked("spot", "guardduty"), false],
      ["other services get roles of watchers", linked("sso", "guardduty"), false],
      ["watchers get roles of other services", linked("guardduty", "sso"), false],
      ["Config's role has no tags", can("deploy", deploy, "iam:TagRole", {}, configRole), true],
      [
        "roles of other services get tags",
        can("deploy", deploy, "iam:TagRole", {}, role("aws-service-role/x/y")),
        false,
      ],
      ["Config's role is described", can("plan", plan, "iam:GetRole", {}, configRole), true],
      [
        "roles of other services are described",
        can("plan", plan, "iam:GetRole", {}, role("aws-service-role/x/y")),
        false,
      ],
      [
        "a role of its making ends roles of other services",
        can("made", EVERYTHING, "iam:DeleteServiceLinkedRole", {}, role("aws-service-role/sso.amazonaws.com/x")),
        false,
      ],
    ];
  },
);
