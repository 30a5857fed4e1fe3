/** What EMR may do in the account to make clusters, and nothing else: the rights of the role that it takes. */
import type { Grant } from "../identity/role";
import { arnIn, type Place } from "../place";
import { EMR_TAG } from "./cluster";

export interface MachineScope {
  readonly place: Place;
  readonly subnetIds: readonly string[];
  /** Ids of the security groups of clusters. */
  readonly groupIds: readonly string[];
  /** ARN of the role of the machines. */
  readonly machineRoleArn: string;
}

/** These know no resources. */
const LOOKS = [
  "ec2:DescribeAccountAttributes",
  "ec2:DescribeCapacityReservations",
  "ec2:DescribeDhcpOptions",
  "ec2:DescribeImages",
  "ec2:DescribeInstanceTypeOfferings",
  "ec2:DescribeInstances",
  "ec2:DescribeLaunchTemplates",
  "ec2:DescribeNetworkAcls",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeRouteTables",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeSpotInstanceRequests",
  "ec2:DescribeSubnets",
  "ec2:DescribeVolumeStatus",
  "ec2:DescribeVolumes",
  "ec2:DescribeVpcAttribute",
  "ec2:DescribeVpcEndpoints",
  "ec2:DescribeVpcs",
];

/**
 * As AWS's policy of EMR asks it, with subnets, groups and roles by their names instead of by tags:
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEMRServicePolicy_v2.html
 */
export function machineGrants({ place, subnetIds, groupIds, machineRoleArn }: MachineScope): Grant[] {
  const ec2 = (...kinds: string[]) => kinds.map((kind) => arnIn(place, "ec2", `${kind}/*`));
  const groups = groupIds.map((id) => arnIn(place, "ec2", `security-group/${id}`));
  const asked = { StringEquals: { [`aws:RequestTag/${EMR_TAG.key}`]: EMR_TAG.value } };
  const carries = { StringEquals: { [`aws:ResourceTag/${EMR_TAG.key}`]: EMR_TAG.value } };
  return [
    {
      Sid: "WorkInSubnets",
      Action: [
        "ec2:CreateFleet",
        "ec2:CreateLaunchTemplate",
        "ec2:CreateLaunchTemplateVersion",
        "ec2:CreateNetworkInterface",
        "ec2:RunInstances",
      ],
      Resource: [...subnetIds.map((id) => arnIn(place, "ec2", `subnet/${id}`)), ...groups],
    },
    {
      Sid: "UseTemplates",
      Action: ["ec2:CreateFleet", "ec2:CreateLaunchTemplateVersion", "ec2:RunInstances"],
      Resource: ec2("launch-template"),
      Condition: carries,
    },
    { Sid: "MakeTemplates", Action: "ec2:CreateLaunchTemplate", Resource: ec2("launch-template"), Condition: asked },
    {
      Sid: "MakeMachines",
      Action: ["ec2:CreateFleet", "ec2:RunInstances"],
      Resource: ec2("instance", "volume"),
      Condition: asked,
    },
    {
      Sid: "MakeMachinesOfParts",
      Action: ["ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplateVersion", "ec2:RunInstances"],
      Resource: [...ec2("fleet", "network-interface"), `arn:${place.partition}:ec2:${place.region}::image/ami-*`],
    },
    {
      Sid: "MakeManagementInterface",
      Action: "ec2:CreateNetworkInterface",
      Resource: ec2("network-interface"),
      Condition: asked,
    },
    {
      Sid: "EndMachines",
      Action: [
        "ec2:DeleteLaunchTemplate",
        "ec2:DeleteNetworkInterface",
        "ec2:ModifyInstanceAttribute",
        "ec2:TerminateInstances",
      ],
      Resource: ec2("instance", "launch-template", "network-interface"),
      Condition: carries,
    },
    {
      Sid: "TagMachines",
      Action: ["ec2:CreateTags", "ec2:DeleteTags"],
      Resource: ec2("instance", "launch-template", "network-interface", "volume"),
      Condition: carries,
    },
    {
      Sid: "TagNewMachines",
      Action: "ec2:CreateTags",
      Resource: ec2("instance", "launch-template", "network-interface", "volume"),
      Condition: {
        StringEquals: {
          "ec2:CreateAction": ["CreateFleet", "CreateLaunchTemplate", "CreateNetworkInterface", "RunInstances"],
        },
      },
    },
    { Sid: "SeeMachines", Action: LOOKS, Resource: "*" },
    {
      Sid: "CompleteGroups",
      Action: [
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
      ],
      Resource: groups,
    },
    {
      Sid: "GiveMachinesTheirRole",
      Action: "iam:PassRole",
      Resource: machineRoleArn,
      Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
    },
    serviceLinkedRole(place, "BuySpareCapacity", "spot.amazonaws.com", "AWSServiceRoleForEC2Spot"),
  ];
}

/** A service's own role may be made where the account has none yet: the service alone can take it. */
export function serviceLinkedRole(place: Place, sid: string, service: string, name: string): Grant {
  return {
    Sid: sid,
    Action: "iam:CreateServiceLinkedRole",
    Resource: `arn:${place.partition}:iam::${place.accountId}:role/aws-service-role/${service}/${name}`,
    Condition: { StringEquals: { "iam:AWSServiceName": service } },
  };
}
