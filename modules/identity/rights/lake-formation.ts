import type { Place } from "../../place";
import type { Statement } from "../../policies/statement";
import { roleOf } from "../record-bounds";
import type { DeployerScope, RightsPart } from "./part";

/** No action of Lake Formation knows a resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslakeformation.html */
const READS = [
  "lakeformation:GetDataLakeSettings",
  "lakeformation:GetLFTag",
  "lakeformation:GetResourceLFTags",
  "lakeformation:ListLakeFormationOptIns",
  "lakeformation:ListPermissions",
];

const CHANGES = [
  "lakeformation:AddLFTagsToResource",
  "lakeformation:CreateLFTag",
  "lakeformation:CreateLakeFormationOptIn",
  "lakeformation:DeleteLFTag",
  "lakeformation:DeleteLakeFormationOptIn",
  "lakeformation:GrantPermissions",
  "lakeformation:PutDataLakeSettings",
  "lakeformation:RemoveLFTagsFromResource",
  "lakeformation:RevokePermissions",
  "lakeformation:UpdateLFTag",
];

const inRegion = ({ region }: Place) => ({ StringEquals: { "aws:RequestedRegion": region } });

/**
 * What governs the catalog besides IAM. Nobody may register a location of data or take the credentials that Lake Formation
 * would hand out for it: no tag of an object and no clearance would count with these.
 */
export const lakeFormationRights: RightsPart = {
  name: "formation",
  deploy: ({ place }) => [
    { Sid: "GovernTheCatalog", Action: [...READS, ...CHANGES], Resource: "*", Condition: inRegion(place) },
  ],
  plan: ({ place }) => [{ Sid: "ReadGovernance", Action: READS, Resource: "*", Condition: inRegion(place) }],
};

/** The boundary's part: deployers and planners govern the catalog, roles of their making do not. */
export function governingStatements(scope: DeployerScope): Statement[] {
  return [
    {
      Sid: "GovernTheCatalog",
      Effect: "Allow",
      Action: "lakeformation:*",
      Resource: "*",
      Condition: { ArnEquals: { "aws:PrincipalArn": ["deploy", "plan"].map((name) => roleOf(scope, name)) } },
    },
  ];
}
