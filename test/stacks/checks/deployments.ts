import { decide, type Request } from "../../support/policy";
import { type Answer, eachBootstrapped } from "./bounds";

/** Ways to use what holds and moves data, by what is used. */
const USES: Readonly<Record<string, readonly string[]>> = {
  "s3:::PREFIX-raw/x": ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"],
  "dynamodb:REGION:ACCOUNT:table/PREFIX-ledger": [
    "dynamodb:BatchGetItem",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetRecords",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
  ],
  "sqs:REGION:ACCOUNT:PREFIX-drop": ["sqs:ReceiveMessage", "sqs:SendMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"],
  "sns:REGION:ACCOUNT:PREFIX-alarms": ["sns:Publish"],
  "logs:REGION:ACCOUNT:log-group:/aws/lambda/PREFIX-intake:log-stream:x": ["logs:GetLogEvents", "logs:FilterLogEvents"],
  "lambda:REGION:ACCOUNT:function:PREFIX-intake": ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"],
  "states:REGION:ACCOUNT:stateMachine:PREFIX-refine": ["states:StartExecution", "states:RedriveExecution"],
  "glue:REGION:ACCOUNT:job/PREFIX-maintain": ["glue:StartJobRun"],
  "athena:REGION:ACCOUNT:workgroup/PREFIX-query": ["athena:StartQueryExecution", "athena:GetQueryResults"],
  "guardduty:REGION:ACCOUNT:detector/x": ["guardduty:ArchiveFindings", "guardduty:CreateFilter"],
  "securityhub:REGION:ACCOUNT:hub/default": ["securityhub:BatchUpdateFindings"],
};

export const deployersUseNothing = eachBootstrapped(
  "deployers make what holds and moves data, and use none of it, but for artifacts, states and definitions of sources",
  ({ account, prefix, region, deploy }) => {
    const can = (action: string, shape: string, context: Request["context"] = {}) => {
      const names = shape.replace("REGION", region).replace("ACCOUNT", account).replace("PREFIX", prefix);
      const request = {
        caller: { arn: `arn:aws:iam::${account}:role/${prefix}-deploy` },
        action,
        resource: `arn:aws:${names}`,
        context: { "aws:RequestedRegion": region, ...context },
      };
      return decide(deploy, "identity", request) === "allow";
    };
    const table = "dynamodb:REGION:ACCOUNT:table/PREFIX-ingestion";
    const items = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
    return [
      ...Object.entries(USES).flatMap(([shape, actions]) =>
        actions.map((action): Answer => [`${action} of ${shape}`, can(action, shape), false]),
      ),
      ...items.flatMap((action): Answer[] => [
        [`${action} of sources`, can(action, table, { "dynamodb:LeadingKeys": ["source#sales"] }), true],
        [`${action} of others`, can(action, table, { "dynamodb:LeadingKeys": ["run#1"] }), false],
      ]),
      ["uploads artifacts", can("s3:PutObject", "s3:::PREFIX-artifacts-1/functions/x.zip"), true],
    ];
  },
);
