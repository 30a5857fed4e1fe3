import type { Place } from "../../place";
import type { Statement } from "../../policies/statement";
import { linkedRoleGrant } from "../machines";
import { roleOf } from "../record-bounds";
import type { DeployerScope, RightsPart } from "./part";

/** Services that watch the account. Most of their calls know no resource, and what they make has ids and no names. */
const SERVICES = ["access-analyzer", "config", "guardduty", "macie2", "securityhub"];

/** Settings alone: "Get" of these services reads findings as well. */
const READS = [
  "access-analyzer:GetAnalyzer",
  "access-analyzer:ListTagsForResource",
  "config:DescribeAggregationAuthorizations",
  "config:DescribeConfigRules",
  "config:DescribeConfigurationAggregators",
  "config:DescribeConfigurationRecorderStatus",
  "config:DescribeConfigurationRecorders",
  "config:DescribeDeliveryChannels",
  "config:ListTagsForResource",
  "guardduty:GetAdministratorAccount",
  "guardduty:GetDetector",
  "guardduty:GetMasterAccount",
  "guardduty:GetMembers",
  "guardduty:ListTagsForResource",
  "macie2:DescribeClassificationJob",
  "macie2:GetAdministratorAccount",
  "macie2:GetClassificationExportConfiguration",
  "macie2:GetCustomDataIdentifier",
  "macie2:GetMacieSession",
  "macie2:GetMember",
  "macie2:ListMembers",
  "macie2:ListTagsForResource",
  "securityhub:DescribeHub",
  "securityhub:GetAdministratorAccount",
  "securityhub:GetEnabledStandards",
  "securityhub:GetFindingAggregator",
  "securityhub:GetMasterAccount",
  "securityhub:GetMembers",
  "securityhub:ListTagsForResource",
];

const inRegion = ({ region }: Place) => ({ StringEquals: { "aws:RequestedRegion": region } });

/** First parts of the names of the roles that these services make for themselves. */
export const WATCHING_SERVICES = ["access-analyzer", "config", "guardduty", "macie", "securityhub"];

const CONFIG = "config.amazonaws.com";

/** Config's own role: where nobody has made it, the deployment does. */
const configRole = ({ partition, accountId }: Place) =>
  `arn:${partition}:iam::${accountId}:role/aws-service-role/${CONFIG}/*`;

const ROLE_OF_CONFIG = [
  "iam:DeleteServiceLinkedRole",
  "iam:GetRole",
  "iam:GetServiceLinkedRoleDeletionStatus",
  "iam:TagRole",
  "iam:UntagRole",
];

/** What watches the account: found nowhere else, and switched off by nobody. */
export const detectionRights: RightsPart = {
  name: "detection",
  deploy: ({ place }) => [
    {
      Sid: "WatchTheAccount",
      Action: SERVICES.map((service) => `${service}:*`),
      Resource: "*",
      Condition: inRegion(place),
    },
    { ...linkedRoleGrant(place, WATCHING_SERVICES), Sid: "LetWatchersWork" },
    { Sid: "ManageRoleOfConfig", Action: ROLE_OF_CONFIG, Resource: configRole(place) },
    {
      Sid: "GiveConfigItsRole",
      Action: "iam:PassRole",
      Resource: configRole(place),
      Condition: { StringEquals: { "iam:PassedToService": CONFIG } },
    },
  ],
  withheld: () => [
    {
      Sid: "HideNoFindings",
      Action: [
        "access-analyzer:CreateArchiveRule",
        "access-analyzer:UpdateFindings",
        "guardduty:ArchiveFindings",
        "guardduty:CreateFilter",
        "guardduty:UpdateFilter",
        "macie2:CreateFindingsFilter",
        "macie2:UpdateFindingsFilter",
        "securityhub:BatchUpdateFindings",
        "securityhub:CreateAutomationRule*",
        "securityhub:UpdateFindings",
      ],
      Resource: "*",
    },
  ],
  plan: ({ place }) => [
    { Sid: "ReadWatchers", Action: READS, Resource: "*", Condition: inRegion(place) },
    { Sid: "ReadRoleOfConfig", Action: "iam:GetRole", Resource: configRole(place) },
  ],
};

/** The boundary's part: deployers and planners work with the watchers, roles of their making do not. */
export function watcherStatements(scope: DeployerScope): Statement[] {
  const { place } = scope;
  return [
    {
      Sid: "WatchTheAccount",
      Effect: "Allow",
      Action: SERVICES.map((service) => `${service}:*`),
      Resource: "*",
      Condition: { ArnEquals: { "aws:PrincipalArn": ["deploy", "plan"].map((name) => roleOf(scope, name)) } },
    },
    {
      Sid: "RoleOfConfig",
      Effect: "Allow",
      Action: [...ROLE_OF_CONFIG, "iam:PassRole"],
      Resource: configRole(place),
    },
  ];
}
