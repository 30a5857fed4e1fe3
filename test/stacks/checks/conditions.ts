import { listOf, type Statement } from "../../support/policy";
import type { Check } from "./check";

const EMR_TAG = "for-use-with-amazon-emr-managed-policies";

/** What a role may only do so, by the action. */
const OF_ACTIONS: Readonly<Record<string, string>> = {
  "cloudwatch:PutMetricData": "StringEquals cloudwatch:namespace",
  "elasticmapreduce:AddTags": "StringEquals elasticmapreduce:RequestTag/ingestion",
  "elasticmapreduce:RunJobFlow": "StringEquals elasticmapreduce:RequestTag/ingestion",
  "elasticmapreduce:TerminateJobFlows": "StringEquals elasticmapreduce:ResourceTag/ingestion",
  "iam:CreateServiceLinkedRole": "StringEquals iam:AWSServiceName",
  "iam:PassRole": "StringEquals iam:PassedToService",
  "kms:CreateGrant": "Bool kms:GrantIsForAWSResource",
};

/** The same by the names of statements: their actions are bound to other resources elsewhere. */
const OF_STATEMENTS: Readonly<Record<string, string>> = {
  EndMachines: `StringEquals aws:ResourceTag/${EMR_TAG}`,
  MakeMachines: `StringEquals aws:RequestTag/${EMR_TAG}`,
  MakeManagementInterface: `StringEquals aws:RequestTag/${EMR_TAG}`,
  MakeTemplates: `StringEquals aws:RequestTag/${EMR_TAG}`,
  ManageIngested: "ForAllValues:StringLike dynamodb:LeadingKeys",
  MissWhatIsNotThere: "Null s3:prefix",
  ReadDefinitionsOfIngested: "ForAllValues:StringLike dynamodb:LeadingKeys",
  RemoveInterfaces: "ArnEquals ec2:Vpc",
  TagInterfaces: "ForAllValues:StringEquals aws:TagKeys",
  TagMachines: `StringEquals aws:ResourceTag/${EMR_TAG}`,
  TagNewMachines: "StringEquals ec2:CreateAction",
  UseTemplates: `StringEquals aws:ResourceTag/${EMR_TAG}`,
  WorkOnIngested: "ForAllValues:StringLike dynamodb:LeadingKeys",
};

/** Statements that are named after a part of a bucket let its names be listed, and no others. */
const OF_PARTS = /^List.*(Spark|Landing|Ingested)$/;

/** Deployers make what roles use, by the names of things: their rights have checks of their own. */
const OF_DEPLOYERS = /^(bootstrap|.*deploy)/;

export const conditionsAreThere: Check = {
  name: "what roles may do in some way only, they may do in that way only",
  find: (stack) =>
    stack
      .policies()
      .filter(({ resource }) => resource.type === "aws_iam_role_policy" && !OF_DEPLOYERS.test(stack.name))
      .flatMap(({ resource, policy }) =>
        policy.Statement.filter(({ Effect }) => Effect === "Allow").flatMap((statement) =>
          missing(statement).map((condition) => `${resource.address}, ${statement.Sid}: lacks ${condition}`),
        ),
      ),
};

function missing({ Sid = "", Action = [], Condition = {} }: Statement): string[] {
  const found = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.keys(keys).map((key) => `${operator} ${key}`),
  );
  const wanted = [
    ...listOf(Action).map((action) => OF_ACTIONS[action]),
    OF_STATEMENTS[Sid],
    OF_PARTS.test(Sid) ? "StringLike s3:prefix" : undefined,
  ];
  return wanted.filter((condition) => condition !== undefined && !found.includes(condition)).map(String);
}

const TAGGED = "s3:ExistingObjectTag/classification";

/** What statements of any policy, denials among them, may not do without, by their names. */
const NEEDED: readonly (readonly [statements: RegExp, conditions: readonly string[]])[] = [
  [/^PeopleAreClearedFor/, ["ArnEquals aws:PrincipalArn", "StringEquals s3:RequestObjectTag/classification"]],
  [/^ClassifySecret$/, [`StringEquals ${TAGGED}`]],
  [/^ClassifyUntagged$/, [`Null ${TAGGED}`]],
  [/^WriteTo(Experiments)?Secret$/, [`StringEqualsIfExists ${TAGGED}`]],
  [/^List.*Clearance$/, ["StringLike s3:prefix"]],
  [/^MapQueues$/, ["ArnLike lambda:FunctionArn"]],
];

export const statementsKeepTheirConditions: Check = {
  name: "statements that are about some people, objects or functions only say so",
  find: (stack) =>
    stack.policies().flatMap(({ resource, policy }) =>
      policy.Statement.flatMap(({ Sid = "", Condition = {} }) => {
        const found = Object.entries(Condition).flatMap(([operator, keys]) =>
          Object.keys(keys).map((key) => `${operator} ${key}`),
        );
        const [, needed = []] = NEEDED.find(([statements]) => statements.test(Sid)) ?? [];
        return needed
          .filter((condition) => !found.includes(condition))
          .map((condition) => `${resource.address}, ${Sid}: lacks ${condition}`);
      }),
    ),
};
