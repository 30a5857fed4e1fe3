import { INTERFACE_ENDPOINTS } from "../../../accounts/model/endpoints";
import { clearDatabase } from "../../../contracts";
import { type Caller, decide, isAllowed, type Policy, type Request } from "../../support/policy";
import type { Resource, Stack } from "../../support/stack";
import { accountsOf, type Check, eachResource, keepsRecords, takesAccessLogs } from "./check";

/** Answers that policies have to give, and those that they gave. */
function wrongAnswers(answers: Readonly<Record<string, readonly [actual: unknown, wanted: unknown]>>): string[] {
  return Object.entries(answers)
    .filter(([, [actual, wanted]]) => actual !== wanted)
    .map(([question, [actual]]) => `${question}: ${actual}`);
}

const MODERN = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };
const PLAIN = { "aws:SecureTransport": "false" };
const STRANGER = "arn:aws:iam::999999999999:role/stranger";
const CIPHER = "s3:x-amz-server-side-encryption";
const KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id";

function keyOf(stack: Stack, bucket: Resource): string {
  const encryption = stack.pointingAt("aws_s3_bucket_server_side_encryption_configuration", "bucket", bucket);
  const reference = /\$\{aws_kms_key\.[\w-]+\.arn\}/.exec(JSON.stringify(encryption?.block))?.[0];
  return reference === undefined ? "none" : stack.resolve(reference);
}

export const bucketsRefuse = eachResource(
  "aws_s3_bucket",
  "every bucket refuses plain HTTP, old TLS, strangers, other ciphers and other keys, and takes what is right",
  (bucket, stack) => {
    const companion = stack.pointingAt("aws_s3_bucket_policy", "bucket", bucket);
    if (!companion) return ["has no policy"];
    const policy = stack.policyOf(companion);
    const arn = `arn:aws:s3:::${bucket.block.bucket}`;
    const account = accountOf(stack, bucket);
    const role: Caller = { arn: `arn:aws:iam::${account}:role/any` };
    const key = keyOf(stack, bucket);
    const ask = (action: string, context: Request["context"], caller: Caller = role) =>
      decide(policy, "resource", { caller, action, resource: `${arn}/any`, context });
    // Records are for the auditor alone: whoever else reads is denied, not just given nothing.
    const others = keepsRecords(bucket) ? "deny" : "none";
    const put = (context: Request["context"], caller?: Caller) =>
      ask("s3:PutObject", { ...MODERN, ...context }, caller);
    return wrongAnswers({
      "plain HTTP": [ask("s3:GetObjectTagging", PLAIN), "deny"],
      "plain HTTP on the bucket": [
        decide(policy, "resource", { caller: role, action: "s3:ListBucket", resource: arn, context: PLAIN }),
        "deny",
      ],
      "TLS 1.1": [ask("s3:GetObjectTagging", { "aws:SecureTransport": "true", "s3:TlsVersion": "1.1" }), "deny"],
      ...(takesAccessLogs(bucket)
        ? {}
        : {
            "another cipher": [put({ [CIPHER]: "AES256" }), "deny"],
            "two layers": [put({ [CIPHER]: "aws:kms:dsse", [KEY_ID]: key }), "deny"],
            "another key": [put({ [CIPHER]: "aws:kms", [KEY_ID]: `${key}-other` }), "deny"],
            "a cipher without a key": [put({ [CIPHER]: "aws:kms" }), "deny"],
          }),
      "a stranger": [ask("s3:GetObject", MODERN, { arn: STRANGER }), others],
      "an anonymous reader": [ask("s3:GetObject", MODERN, "anonymous"), others],
      "the right key": [put({ [CIPHER]: "aws:kms", [KEY_ID]: key }), "none"],
      "no headers": [put({}), "none"],
      "a service that must use S3's own cipher": [
        put({ [CIPHER]: "AES256" }, { service: "delivery.amazonaws.com" }),
        "none",
      ],
      reading: [ask("s3:GetObject", MODERN), others],
    });
  },
);

export const queuesRefuse = eachResource(
  "aws_sqs_queue",
  "every queue refuses plain HTTP and strangers",
  (queue, stack) => {
    const arn = stack.resolve(`\${${queue.address}.arn}`);
    const ask = (context: Request["context"], caller: Caller) =>
      decide(stack.policyOf(queue), "resource", { caller, action: "sqs:SendMessage", resource: arn, context });
    const own: Caller = { arn: `arn:aws:iam::${accountOf(stack, queue)}:role/any` };
    return wrongAnswers({
      "plain HTTP": [ask(PLAIN, own), "deny"],
      "plain HTTP of a service": [ask(PLAIN, { service: "s3.amazonaws.com" }), "deny"],
      "a stranger": [ask(MODERN, { arn: STRANGER }), "none"],
      "another service": [ask(MODERN, { service: "sns.amazonaws.com" }), "none"],
      "an own role": [ask(MODERN, own), "none"],
    });
  },
);

export const topicsRefuse = eachResource(
  "aws_sns_topic_policy",
  "every topic refuses plain HTTP and strangers",
  (policy, stack) => {
    const arn = stack.resolve(String(policy.block.arn));
    const ask = (context: Request["context"], caller: Caller) =>
      decide(stack.policyOf(policy), "resource", { caller, action: "sns:Publish", resource: arn, context });
    return wrongAnswers({
      "plain HTTP": [ask(PLAIN, { service: "cloudwatch.amazonaws.com" }), "deny"],
      "a stranger": [ask(MODERN, { arn: STRANGER }), "none"],
      "an own role": [ask(MODERN, { arn: `arn:aws:iam::${accountOf(stack, policy)}:role/any` }), "none"],
    });
  },
);

/** What an administrator is allowed by IAM: everything. */
const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

export const keysAreKept = eachResource(
  "aws_kms_key",
  "every key is administered by its account and used by nobody whom its policy does not name",
  (key, stack) => {
    const account = accountOf(stack, key);
    const can = (action: string, owner = account, via = "s3") =>
      isAllowed(
        {
          caller: { arn: `arn:aws:iam::${owner}:role/administrator` },
          action,
          resource: stack.resolve(`\${${key.address}.arn}`),
          context: { "kms:ViaService": `${via}.eu-west-1.amazonaws.com`, "kms:GrantIsForAWSResource": "true" },
        },
        { owner: account, identity: [EVERYTHING], resource: stack.policyOf(key) },
      );
    return wrongAnswers({
      "an administrator decrypts": [can("kms:Decrypt"), false],
      "an administrator decrypts the catalog": [can("kms:Decrypt", account, "glue"), false],
      "an administrator encrypts the catalog": [can("kms:GenerateDataKey", account, "glue"), false],
      "an administrator encrypts": [can("kms:GenerateDataKey"), false],
      "an administrator gives it away": [can("kms:CreateGrant"), false],
      // Who could, could then delete the key of all records.
      "an administrator changes its policy": [can("kms:PutKeyPolicy"), !/records/i.test(String(key.block.description))],
      "a stranger administers": [can("kms:PutKeyPolicy", "999999999999"), false],
      "a stranger decrypts": [can("kms:Decrypt", "999999999999"), false],
      "a stranger asks for it": [can("kms:DescribeKey", "999999999999"), false],
    });
  },
);

export const endpointsAreOurs = eachResource(
  "aws_vpc_endpoint",
  "every endpoint lets own roles reach own resources, and nothing else",
  (endpoint, stack) => {
    if (endpoint.block.policy === undefined) return [];
    const name = String(endpoint.block.service_name).split(".").slice(3).join(".");
    const service = INTERFACE_ENDPOINTS[name]?.iamPrefix ?? name;
    const account = accountOf(stack, endpoint);
    const pass = (caller: Caller, owner: string) =>
      decide(stack.policyOf(endpoint), "resource", {
        caller,
        action: `${service}:Any`,
        resource: "any",
        context: { "aws:ResourceAccount": owner },
      });
    return wrongAnswers({
      "own role, own resource": [pass({ arn: `arn:aws:iam::${account}:role/any` }, account), "allow"],
      "own role, foreign resource": [pass({ arn: `arn:aws:iam::${account}:role/any` }, "999999999999"), "none"],
      "foreign role, own resource": [pass({ arn: STRANGER }, account), "none"],
      "nobody's call": [pass("anonymous", account), "none"],
    });
  },
);

export const functionsJoinTheNetwork: Check = {
  name: "Lambda joins functions to the network, and their code can make no network interface",
  find: (stack) =>
    stack.resources("aws_lambda_function").flatMap(({ address, block }) => {
      const role = stack.resources("aws_iam_role").find((one) => String(block.role).includes(one.address));
      const policy = role && stack.pointingAt("aws_iam_role_policy", "role", role);
      if (!policy) return [`${address} has no role with a policy`];
      if (block.vpc_config === undefined) return [];
      const ask = (context: Request["context"]) =>
        decide(stack.policyOf(policy), "identity", {
          caller: { arn: stack.resolve(`\${${role.address}.arn}`) },
          action: "ec2:CreateNetworkInterface",
          resource: `arn:aws:ec2:eu-west-1:${accountOf(stack, role)}:subnet/subnet-1`,
          context,
        });
      return wrongAnswers({
        "Lambda for it": [ask({}), "allow"],
        "its code": [ask({ "lambda:SourceFunctionArn": stack.resolve(`\${${address}.arn}`) }), "deny"],
      });
    }),
};

export const masksHold: Check = {
  name: "nobody without a clearance but jobs and deployments sees databases of unmasked tables in the catalog",
  find: (stack) =>
    stack.resources("aws_iam_role").flatMap((role) => {
      const policy = stack.pointingAt("aws_iam_role_policy", "role", role);
      const isJob = String(role.block.assume_role_policy).includes("glue.amazonaws.com");
      if (!policy || isJob || role.name.includes("_deployers_")) return [];
      const sees = (name: string) =>
        decide(stack.policyOf(policy), "identity", {
          caller: { arn: stack.resolve(`\${${role.address}.arn}`) },
          action: "glue:GetTable",
          resource: `arn:aws:glue:eu-west-1:${accountOf(stack, role)}:${name}`,
        }) === "allow";
      const clear = clearDatabase("sales");
      return [`database/${clear}`, `table/${clear}/customers`]
        .filter(sees)
        .map((name) => `${role.address} sees ${name}`);
    }),
};

/** Account of a resource: that of its provider. */
export function accountOf(stack: Stack, { block }: Resource): string {
  const alias = typeof block.provider === "string" ? block.provider.split(".")[1] : undefined;
  const provider = stack.json.provider?.aws?.find((one) => one.alias === alias);
  return String((provider?.allowed_account_ids as string[] | undefined)?.[0] ?? accountsOf(stack)[0]);
}
