import { loadAccounts } from "../../../accounts/model/load";
import { listOf, type Policy, type PolicyKind, type Statement } from "../../support/policy";
import type { Resource, Stack } from "../../support/stack";
import { accountsOf, type Check } from "./check";
import { isBoundary } from "./rights";
import { ANY_ACTION, ANY_RESOURCE } from "./wildcards";

interface Placed {
  readonly resource: Resource;
  readonly kind: PolicyKind;
  readonly policy: Policy;
  readonly statement: Statement;
}

function statements(stack: Stack): Placed[] {
  return stack.policies().flatMap((found) => found.policy.Statement.map((statement) => ({ ...found, statement })));
}

/** Holds for each statement that allows something: what the function says is wrong with it. */
function eachAllowance(name: string, wrong: (placed: Placed, stack: Stack) => boolean): Check {
  return {
    name,
    find: (stack) =>
      statements(stack)
        .filter((placed) => placed.statement.Effect === "Allow" && wrong(placed, stack))
        .map(({ resource, statement }) => `${resource.address}, statement ${statement.Sid}`),
  };
}

/** The values that a condition demands of a key, under an operator that has to hold. */
function demanded({ Condition = {} }: Statement, key: string): readonly string[] {
  return Object.entries(Condition)
    .filter(([operator]) => /^(StringEquals|StringLike|ArnEquals|ArnLike|Bool)$/.test(operator))
    .flatMap(([, keys]) => Object.entries(keys))
    .filter(([name]) => name.toLowerCase() === key.toLowerCase())
    .flatMap(([, values]) => listOf(values));
}

const isAnybody = (principal: Statement["Principal"]) =>
  principal === "*" || (typeof principal === "object" && listOf(principal.AWS ?? []).includes("*"));

/** Condition keys that bind "everybody" to accounts of ours. */
const BINDING = ["aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID"];

/**
 * Buckets of AWS that everybody may read and package managers read without credentials. Endpoints let reads of them pass, by
 * their whole names: a pattern would be fulfilled by buckets of others as well.
 */
const BUCKETS_OF_AWS =
  /^arn:aws:s3:::(al2023-repos-R-de612dc2|amazonlinux-2-repos-R|amazonlinux\.R\.amazonaws\.com|repo\.R\.emr\.amazonaws\.com|aws157-instance-data(-bucket)?-[01]-prod-R|R\.elasticmapreduce|aws-glue-jes-prod-R-assets|aws-glue-studio-transforms-\d{12}-prod-R|prod-R-starport-layer-bucket)\/\*$/.source.replaceAll(
    "R",
    "[a-z]{2}-[a-z]+-\\d",
  );

function readsOfAws({ Action = [], Resource = [] }: Statement): boolean {
  const named = new RegExp(BUCKETS_OF_AWS);
  return (
    listOf(Action).every((action) => action === "s3:GetObject") && listOf(Resource).every((arn) => named.test(arn))
  );
}

export const nobodyIsAnybody = eachAllowance(
  "whoever allows something to everybody says which accounts they and the resource belong to, apart from reads of AWS's own buckets",
  ({ statement, resource }) =>
    isAnybody(statement.Principal) &&
    !(resource.type === "aws_vpc_endpoint" && readsOfAws(statement)) &&
    (!BINDING.some((key) => demanded(statement, key).some((value) => !value.includes("*"))) ||
      demanded(statement, "aws:ResourceAccount").length === 0),
);

export const actionsAreNamed = eachAllowance(
  "policies allow actions one by one, apart from a list with reasons",
  ({ statement }) =>
    statement.NotAction !== undefined ||
    listOf(statement.Action ?? []).some(
      (action) => action === "*" || (action.endsWith(":*") && !((statement.Sid ?? "") in ANY_ACTION)),
    ),
);

export const resourcesAreNamed = eachAllowance(
  "policies of roles name the resources that they allow, apart from a list with reasons",
  ({ statement, kind }) =>
    statement.NotResource !== undefined ||
    (kind === "identity" && listOf(statement.Resource ?? []).includes("*") && !((statement.Sid ?? "") in ANY_RESOURCE)),
);

export const namesAreOurs = eachAllowance(
  "policies of roles leave neither the account nor the whole name of a resource open",
  ({ statement, kind }) =>
    kind === "identity" &&
    listOf(statement.Resource ?? [])
      .filter((arn) => arn !== "*")
      .some((arn) => {
        const parts = arn.split(":");
        return parts.slice(0, 5).join().includes("*") || /^\*/.test(parts.slice(5).join(":"));
      }),
);

export const servicesSpeakForSomebody = eachAllowance(
  "whatever a service is allowed, it is allowed on behalf of an account of ours",
  ({ statement, kind }, stack) => {
    const { Principal } = statement;
    if (typeof Principal !== "object" || Principal.Service === undefined) return false;
    if (kind === "trust" && listOf(Principal.Service).every((service) => SAY_NO_SOURCE.includes(service))) return false;
    // The records of all accounts end in the one that audits them.
    const own = stack.name === "security" ? EVERY_ACCOUNT : accountsOf(stack);
    const accounts = demanded(statement, "aws:SourceAccount");
    const sources = SOURCES.flatMap((key) => demanded(statement, key));
    if (accounts.some((account) => !own.includes(account))) return true;
    if (kind === "trust") return accounts.length === 0;
    if (listOf(Principal.Service).every((service) => SAY_THEIR_ACCOUNT_ONLY.includes(service)))
      return accounts.length === 0;
    return sources.length === 0 || !sources.every((arn) => isOurs(arn, own, accounts.length > 0));
  },
);

export const sendersSayTheirAccount = eachAllowance(
  "whatever service sends to a queue says its account besides its source, also to the key of the queue",
  ({ statement, resource }) =>
    ["aws_kms_key", "aws_sqs_queue"].includes(resource.type) &&
    /^Send/.test(statement.Sid ?? "") &&
    demanded(statement, "aws:SourceAccount").length === 0,
);

/** Of all account files. */
const EVERY_ACCOUNT = loadAccounts().all.map(({ id }) => id);

/**
 * Services that say no source when they take a role. That roles are passed within one account only bounds them.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
 */
const SAY_NO_SOURCE = ["cloudtrail.amazonaws.com", "ec2.amazonaws.com", "s3.amazonaws.com"];

/**
 * Services that say the account in whose name they write or tell, and no source.
 * https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
 * https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html
 */
const SAY_THEIR_ACCOUNT_ONLY = ["config.amazonaws.com", "costalerts.amazonaws.com"];

const SOURCES = ["aws:SourceArn", "kms:EncryptionContext:aws:logs:arn"];

/** Says the source whose it is? Resources of other accounts have to be named one by one. */
function isOurs(arn: string, own: readonly string[], accountIsDemanded: boolean): boolean {
  const account = arn.split(":")[4] ?? "";
  // The ARN of a bucket says no account. It may leave open the end of the name, not the account's own beginning.
  if (account === "") return accountIsDemanded && /^arn:aws:s3:::[\w-]+-\*?/.test(arn);
  if (!/^\d{12}$/.test(account)) return false;
  return !arn.includes("*") || (own.includes(account) && (accountIsDemanded || arn.includes(":log-group:")));
}

const CRYPTOGRAPHY = /^kms:(\*|Decrypt|Encrypt|GenerateDataKey.*|ReEncrypt.*|CreateGrant)$/;

export const keysAreUsedThroughServices = eachAllowance(
  "roles use keys through AWS services only, never to decrypt bytes they got elsewhere",
  ({ statement, resource }) => {
    const forService = typeof statement.Principal === "object" && statement.Principal.Service !== undefined;
    // The boundary and endpoints give nothing by themselves.
    if (forService || isBoundary(resource) || resource.type === "aws_vpc_endpoint") return false;
    const uses = listOf(statement.Action ?? []).filter((action) => CRYPTOGRAPHY.test(action));
    const via = demanded(statement, "kms:ViaService");
    const grants = uses.includes("kms:CreateGrant") && resource.type === "aws_kms_key";
    return (
      (uses.length > 0 && (via.length === 0 || via.some((service) => /^\*?$/.test(service)))) ||
      (grants && !demanded(statement, "kms:GrantIsForAWSResource").includes("true"))
    );
  },
);

export const trustIsNarrow = eachAllowance(
  "roles are assumed by services of their account, by people who present the external id, by its own users with MFA, or by named roles of single sign-on",
  ({ statement, kind }) => {
    if (kind !== "trust") return false;
    if (statement.Principal === undefined || isAnybody(statement.Principal)) return true;
    const people = typeof statement.Principal === "object" && statement.Principal.AWS !== undefined;
    return people && demanded(statement, "sts:ExternalId").length === 0 && !isOwnEntrance(statement);
  },
);

/** Ways into a persona for the account's own people: its users with MFA, and roles that IAM Identity Center made. */
function isOwnEntrance(statement: Statement): boolean {
  const callers = demanded(statement, "aws:PrincipalArn");
  const all = (pattern: RegExp) => callers.length > 0 && callers.every((caller) => pattern.test(caller));
  const hasMfa = demanded(statement, "aws:MultiFactorAuthPresent").includes("true");
  return (
    (hasMfa && all(/^arn:aws:iam::\d{12}:user\/\*$/)) ||
    all(/^arn:aws:iam::\d{12}:role\/aws-reserved\/sso\.amazonaws\.com\//)
  );
}

export const tokensAreNarrow = eachAllowance(
  "a role is assumed with a token only for the work of named projects, and only with one that was made out for AWS",
  ({ statement }) => {
    const { Principal, Action = [] } = statement;
    const byToken = typeof Principal === "object" && Principal.Federated !== undefined;
    const actions = listOf(Action);
    if (!byToken) return actions.some((action) => /^sts:(\*|AssumeRoleWith)/.test(action));
    const exact = Object.entries(statement.Condition?.StringEquals ?? {});
    const values = (claim: string) =>
      exact.filter(([key]) => key.endsWith(`:${claim}`)).flatMap(([, all]) => listOf(all));
    const subjects = [...values("sub"), ...Object.values(statement.Condition?.StringLike ?? {}).flatMap(listOf)];
    const isNamed = (subject: string) => /^(repo|project_path):[^*?:]+\/[^*?:]+:[^*?]/.test(subject);
    return (
      actions.join() !== "sts:AssumeRoleWithWebIdentity" ||
      values("aud").join() !== "sts.amazonaws.com" ||
      subjects.length === 0 ||
      !subjects.every(isNamed)
    );
  },
);

/** The most characters that AWS takes, without white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const LONGEST: Readonly<Record<string, number>> = {
  aws_iam_group_policy: 5120,
  aws_iam_policy: 6144,
  aws_iam_role: 2048,
  aws_iam_role_policy: 10240,
  aws_kms_key: 32768,
  aws_s3_bucket_policy: 20480,
  aws_sns_topic_policy: 30720,
  aws_sqs_queue: 8192,
  aws_vpc_endpoint: 20480,
};

export const policiesFit: Check = {
  name: "every policy is short enough for AWS and gives each statement an id of its own, of letters and digits",
  find: (stack) =>
    stack.policies().flatMap(({ resource, policy }) => {
      const length = JSON.stringify(policy).length;
      const ids = policy.Statement.map(({ Sid }) => Sid ?? "");
      return [
        ...(length > (LONGEST[resource.type] ?? 0) ? [`${resource.address} has ${length} characters`] : []),
        ...(ids.some((id) => !/^[A-Za-z0-9]+$/.test(id)) ? [`${resource.address} has odd statement ids`] : []),
        ...(new Set(ids).size === ids.length ? [] : [`${resource.address} has two statements of one id`]),
        ...(policy.Statement.length > 0 ? [] : [`${resource.address} says nothing`]),
      ];
    }),
};
