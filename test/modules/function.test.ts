import { NodeFunction } from "../../modules/functions/node-function";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { decide, isAllowed, type Request } from "../support/policy";
import { alarmsIn, artifact, BOUNDARY, functionEnvironment, MODERN, zoneIn } from "./fixtures";

const CODE = artifact("code");
const LAYER = artifact("layer");
const FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:the-loader";

const stack = synthModule((scope) => {
  const shared = functionEnvironment(scope);
  const alarms = alarmsIn(scope);
  const loader = new NodeFunction(scope, "loader", {
    shared,
    name: "the-loader",
    description: "Loads",
    code: CODE,
    layer: LAYER,
    environment: { TABLE: "ledger" },
    memoryMb: 1024,
    timeoutSeconds: 60,
    diskMb: 2048,
    concurrency: 4,
    alarms,
  });
  loader.consume(zoneIn(scope, "drop", alarms).queue, { size: 2 });
  new NodeFunction(scope, "plain", {
    shared,
    name: "the-plain",
    description: "Has no layer",
    code: CODE,
    environment: {},
    memoryMb: 512,
    timeoutSeconds: 30,
    diskMb: 512,
    concurrency: 2,
    alarms,
  });
});
const lambda = stack.only("aws_lambda_function", "loader");

describe("a function", () => {
  test("runs inside the network, traced, within its bounds", () => {
    expect(lambda.block).toMatchObject({
      function_name: "the-loader",
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      memory_size: 1024,
      timeout: 60,
      ephemeral_storage: { size: 2048 },
      reserved_concurrent_executions: 4,
      tracing_config: { mode: "Active" },
      vpc_config: {
        subnet_ids: stack.resources("aws_subnet").map(({ address }) => `\${${address}.id}`),
        security_group_ids: [`\${${stack.only("aws_security_group", "network_functions").address}.id}`],
      },
    });
  });

  test("keeps its settings and its logs under the key of operations", () => {
    const key = `\${${stack.only("aws_kms_key", "operations").address}.arn}`;
    expect(lambda.block).toMatchObject({ kms_key_arn: key, environment: { variables: { TABLE: "ledger" } } });
    expect(stack.only("aws_cloudwatch_log_group", "loader").block).toMatchObject({
      name: "/aws/lambda/the-loader",
      kms_key_id: key,
      retention_in_days: 30,
    });
    expect(lambda.block.logging_config).toMatchObject({ log_format: "JSON" });
  });

  test("tells people of a call that failed for good, and nobody else", () => {
    const topic = stack.only("aws_sns_topic", "alarms");
    expect(lambda.block).toMatchObject({ dead_letter_config: { target_arn: `\${${topic.address}.arn}` } });
    const policy = stack.policyOf(stack.only("aws_iam_role_policy", "loader"));
    const publishes = (name: string) =>
      decide(policy, "identity", {
        caller: { arn: "any" },
        action: "sns:Publish",
        resource: `arn:aws:sns:eu-west-1:${PLACE.accountId}:${name}`,
      });
    expect([publishes("the-alarms"), publishes("another")]).toEqual(["allow", "none"]);
  });

  test("is deployed anew exactly when its code or layer changes", () => {
    const base64 = (hex: string) => Buffer.from(hex, "hex").toString("base64");
    expect(lambda.block.source_code_hash).toBe(base64(CODE.sha256));
    expect(stack.only("aws_lambda_layer_version").block).toMatchObject({
      source_code_hash: base64(LAYER.sha256),
      compatible_architectures: ["arm64"],
      compatible_runtimes: ["nodejs22.x"],
    });
    expect(stack.only("aws_s3_object", "artifacts_function-loader").block.key).toBe(
      `functions/the-loader/${CODE.sha256}.zip`,
    );
    expect(stack.only("aws_s3_object", "artifacts_layer-loader").block.key).toBe(
      `layers/the-loader/${LAYER.sha256}.zip`,
    );
  });

  test("has no layer unless it asks for one", () => {
    expect(stack.only("aws_lambda_function", "plain").block.layers).toEqual([]);
    expect(lambda.block.layers).toEqual([`\${${stack.only("aws_lambda_layer_version").address}.arn}`]);
  });

  test("is made after its role may do what it needs, for Lambda checks that", () => {
    const policy = stack.only("aws_iam_role_policy", "loader").address;
    expect(lambda.block.depends_on).toEqual([policy]);
    expect(stack.only("aws_lambda_event_source_mapping").block.depends_on).toEqual([policy]);
  });

  test("takes messages in batches, gives back the failed ones alone, and no more than it can run", () => {
    expect(stack.only("aws_lambda_event_source_mapping").block).toMatchObject({
      batch_size: 2,
      function_response_types: ["ReportBatchItemFailures"],
      scaling_config: { maximum_concurrency: 4 },
      event_source_arn: `\${${stack.only("aws_sqs_queue", "drop_arrivals_queue").address}.arn}`,
    });
  });
});

describe("the role of a function", () => {
  const role = stack.only("aws_iam_role", "loader");
  const identity = stack.policyOf(stack.only("aws_iam_role_policy", "loader"));
  const key = stack.only("aws_kms_key", "operations");
  const can = (action: string, resource: string, context: Request["context"] = {}) =>
    isAllowed(
      { caller: { arn: roleArn("the-loader") }, action, resource, context: { ...MODERN, ...context } },
      {
        owner: PLACE.accountId,
        identity: [identity],
        ...(action.startsWith("kms:") ? { resource: stack.policyOf(key) } : {}),
      },
    );
  const fromItsCode = { "lambda:SourceFunctionArn": FUNCTION };

  test("is assumed by Lambda for its own account only, and is bounded", () => {
    const trust = (context: Request["context"], caller: Request["caller"] = { service: "lambda.amazonaws.com" }) =>
      decide(stack.policyOf(role), "trust", { caller, action: "sts:AssumeRole", resource: "*", context });
    expect(trust({ "aws:SourceAccount": PLACE.accountId })).toBe("allow");
    expect(trust({ "aws:SourceAccount": FOREIGN_ACCOUNT })).toBe("none");
    expect(trust({})).toBe("none");
    expect(trust({ "aws:SourceAccount": PLACE.accountId }, { service: "ec2.amazonaws.com" })).toBe("none");
    expect(trust({ "aws:SourceAccount": PLACE.accountId }, { arn: roleArn("any") })).toBe("none");
    expect(role.block.permissions_boundary).toBe(BOUNDARY);
  });

  test("writes its own logs and no others", () => {
    const group = (name: string) => `arn:aws:logs:eu-west-1:111111111111:log-group:/aws/lambda/${name}:log-stream:x`;
    expect(can("logs:PutLogEvents", group("the-loader"))).toBe(true);
    expect(can("logs:PutLogEvents", group("the-plain"))).toBe(false);
    expect(can("logs:DeleteLogStream", group("the-loader"))).toBe(false);
    expect(can("logs:CreateLogGroup", group("the-loader"))).toBe(false);
  });

  test("joins the network for Lambda, while its code can make no network interface", () => {
    const ec2 = "arn:aws:ec2:eu-west-1:111111111111";
    for (const [action, resource] of [
      ["ec2:CreateNetworkInterface", `${ec2}:subnet/subnet-1`],
      ["ec2:CreateNetworkInterface", `${ec2}:network-interface/*`],
      ["ec2:DeleteNetworkInterface", `${ec2}:network-interface/eni-1`],
      ["ec2:DescribeSubnets", "*"],
    ] as const) {
      expect(can(action, resource)).toBe(true);
      expect(can(action, resource, fromItsCode)).toBe(false);
    }
    expect(can("ec2:DeleteNetworkInterface", "arn:aws:ec2:eu-west-1:999999999999:network-interface/eni-1")).toBe(false);
    expect(can("ec2:RunInstances", "*")).toBe(false);
    expect(can("ec2:AuthorizeSecurityGroupEgress", "*")).toBe(false);
  });

  test("sees through its settings with the key, by Lambda only", () => {
    const arn = stack.resolve(`\${${key.address}.arn}`);
    expect(can("kms:Decrypt", arn, { "kms:ViaService": "lambda.eu-west-1.amazonaws.com" })).toBe(true);
    expect(can("kms:Decrypt", arn)).toBe(false);
    expect(can("kms:Encrypt", arn, { "kms:ViaService": "lambda.eu-west-1.amazonaws.com" })).toBe(false);
  });

  test.each([
    ["iam:PassRole", roleArn("the-loader")],
    ["sts:AssumeRole", roleArn("any")],
    ["lambda:UpdateFunctionCode", FUNCTION],
    ["lambda:InvokeFunction", FUNCTION],
    ["s3:GetObject", "arn:aws:s3:::the-artifacts/functions/the-loader/x.zip"],
    ["s3:GetObject", "arn:aws:s3:::the-drop-bucket/x"],
    ["secretsmanager:GetSecretValue", "*"],
    ["sqs:SendMessage", "arn:aws:sqs:eu-west-1:111111111111:the-drop"],
  ])("does not %s, which nobody granted", (action, resource) => {
    expect(can(action, resource)).toBe(false);
  });
});
