import type { Problem } from "../contracts/problems";
import { type DocumentBlock, type Found, statementsOf, statementsOfBlock, wideStatement } from "./extension-statements";

/** Resources with policies that allow something, and the attribute of each. */
const POLICIES: Readonly<Record<string, string>> = {
  aws_glue_resource_policy: "policy",
  aws_iam_group_policy: "policy",
  aws_iam_policy: "policy",
  aws_iam_role: "assume_role_policy",
  aws_iam_role_policy: "policy",
  aws_iam_user_policy: "policy",
  aws_s3_bucket_policy: "policy",
  aws_secretsmanager_secret_policy: "policy",
  aws_sns_topic_policy: "policy",
  aws_sqs_queue_policy: "policy",
};

/** Attachments of policies, by which AWS's own could come in. */
const ATTACHMENTS = /^aws_iam_(group_policy|policy|role_policy|user_policy)_attachment$/;

/** People and what they are: not a team's to make. */
const PEOPLE = /^aws_(iam_(access_key|group|group_membership|user|user_group_membership)|lakeformation_\w+|kms_grant)$/;

type Block = Readonly<Record<string, unknown>>;
type Blocks = Readonly<Record<string, Readonly<Record<string, Block>>>>;

/** A synthesized stack, by type and name of what it has. */
export interface Synthesized {
  readonly resource?: Blocks;
  readonly data?: Blocks;
}

/** Where the extension is, and what is its own. */
export interface Share {
  readonly file: string;
  readonly boundaryArn: string;
  /** How names of its roles begin: policies of the lake let roles in by the patterns of their names. */
  readonly rolePrefix: string;
}

/**
 * What a team's own stack asks for that is more than its share of the lake: every action of a service, every bucket, key or
 * role, a role outside of the boundary or under a name of the lake's, buckets that are not its own, people, or AWS's own policies.
 */
export function widePolicies({ resource = {}, data = {} }: Synthesized, share: Share): Problem[] {
  const documents = Object.entries(data.aws_iam_policy_document ?? {});
  const owned = Object.values(resource.aws_s3_bucket ?? {}).map(({ bucket }) => bucket);
  const at = (type: string, name: string): Found<Problem> => {
    return (key, value, message, fix) => ({ file: share.file, path: `${type}.${name}.${key}`, value, message, fix });
  };
  return [
    ...documents.flatMap(([name, block]) =>
      statementsOfBlock(block as DocumentBlock).flatMap((statement, index) =>
        wideStatement(`statement[${index}]`, statement, at("data.aws_iam_policy_document", name)),
      ),
    ),
    ...Object.entries(resource).flatMap(([type, byName]) =>
      Object.entries(byName).flatMap(([name, block]) => problemsOf(type, block, owned, share, at(type, name))),
    ),
  ];
}

function problemsOf(
  type: string,
  block: Block,
  owned: readonly unknown[],
  share: Share,
  found: Found<Problem>,
): Problem[] {
  const attribute = POLICIES[type];
  return [
    ...(attribute === undefined ? [] : wideTexts(attribute, block[attribute], found)),
    ...(type === "aws_iam_role" ? roleProblems(block, share, found) : []),
    ...(PEOPLE.test(type)
      ? [found("", undefined, "is not a team's to make", "ask for it where accounts and personas are kept")]
      : []),
    ...(ATTACHMENTS.test(type) && /^arn:[\w-]+:iam::aws:/.test(String(block.policy_arn))
      ? [
          found(
            "policy_arn",
            block.policy_arn,
            "is a policy of AWS, which knows nothing of the lake",
            "write a policy of its own with stack.role(...).allow(...)",
          ),
        ]
      : []),
    ...(isForeignBucket(type, block, owned)
      ? [
          found(
            "bucket",
            block.bucket,
            "is a bucket of another stack, whose settings would be taken over",
            "make a bucket of its own, or be granted what is needed: stack.lake.zone(...)",
          ),
        ]
      : []),
  ];
}

/** Settings of buckets; objects may be put into any that a role may write. */
function isForeignBucket(type: string, { bucket }: Block, owned: readonly unknown[]): boolean {
  if (!/^aws_s3_bucket_/.test(type) || typeof bucket !== "string") return false;
  return !bucket.includes("${aws_s3_bucket") && !owned.includes(bucket);
}

function roleProblems(block: Block, { boundaryArn, rolePrefix }: Share, found: Found<Problem>): Problem[] {
  const { name, permissions_boundary: bound, managed_policy_arns: managed, inline_policy: inline } = block;
  const fix = "make roles with stack.role(...)";
  return [
    ...(bound === boundaryArn ? [] : [found("permissions_boundary", bound, "is not the account's boundary", fix)]),
    ...(String(name).startsWith(rolePrefix) ? [] : [found("name", name, `does not begin with ${rolePrefix}`, fix)]),
    ...(managed === undefined ? [] : [found("managed_policy_arns", managed, "brings policies of AWS", fix)]),
    ...(inline === undefined ? [] : [found("inline_policy", inline, "hides a policy in the role", fix)]),
  ];
}

/** What Terraform makes of a document that stands beside it is checked there; all else has to be the policy itself. */
function wideTexts(key: string, json: unknown, found: Found<Problem>): Problem[] {
  const statements = statementsOf(json);
  if (statements === undefined) {
    if (json === undefined || /^\$\{data\.aws_iam_policy_document\.[\w-]+\.json\}$/.test(String(json))) return [];
    const fix = "write the policy as JSON, as a document of Terraform, or with stack.role(...).allow(...)";
    return [found(key, json, "is no policy that can be checked", fix)];
  }
  return statements.flatMap((statement, index) =>
    wideStatement(`${key}.${statement.Sid ?? `Statement[${index}]`}`, statement, found),
  );
}
