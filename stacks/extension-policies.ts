import type { Problem } from "../contracts/problems";

/** Resources with policies that allow something, and the attribute of each. */
const POLICIES: Readonly<Record<string, string>> = {
  aws_iam_group_policy: "policy",
  aws_iam_policy: "policy",
  aws_iam_role_policy: "policy",
  aws_iam_user_policy: "policy",
  aws_s3_bucket_policy: "policy",
  aws_sns_topic_policy: "policy",
  aws_sqs_queue_policy: "policy",
};

/** Attachments of policies, by which AWS's own could come in. */
const ATTACHMENTS = /^aws_iam_(group_policy|policy|role_policy|user_policy)_attachment$/;

/** Services in which a statement has to say what it is about: data, its keys, and rights themselves. */
const NAMED_SERVICES = ["iam", "kms", "s3", "sts"];

type Block = Readonly<Record<string, unknown>>;

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly NotAction?: unknown;
  readonly Resource?: string | readonly string[];
  readonly NotResource?: unknown;
}

/**
 * What a team's own stack asks for that is more than its share of the lake: every action of a service, every bucket, key or
 * role, a role outside of the boundary, or AWS's own policies.
 * @param resources of the synthesized stack, by type and name
 */
export function widePolicies(
  file: string,
  resources: Readonly<Record<string, Readonly<Record<string, Block>>>>,
  boundaryArn: string,
): Problem[] {
  return Object.entries(resources).flatMap(([type, byName]) =>
    Object.entries(byName).flatMap(([name, block]) => {
      const found = (key: string, value: unknown, message: string, fix: string): Problem => ({
        file,
        path: `${type}.${name}.${key}`,
        value,
        message,
        fix,
      });
      const attribute = POLICIES[type];
      if (attribute !== undefined) return wideStatements(attribute, block[attribute], found);
      if (type === "aws_iam_role") return roleProblems(block, boundaryArn, found);
      if (ATTACHMENTS.test(type) && /^arn:aws:iam::aws:/.test(String(block.policy_arn))) {
        const fix = "write a policy of its own with stack.role(...).allow(...)";
        return [found("policy_arn", block.policy_arn, "is a policy of AWS, which knows nothing of the lake", fix)];
      }
      return [];
    }),
  );
}

type Found = (key: string, value: unknown, message: string, fix: string) => Problem;

function roleProblems(block: Block, boundaryArn: string, found: Found): Problem[] {
  const { permissions_boundary: bound, managed_policy_arns: managed, inline_policy: inline } = block;
  const fix = "make roles with stack.role(...)";
  return [
    ...(bound === boundaryArn ? [] : [found("permissions_boundary", bound, "is not the account's boundary", fix)]),
    ...(managed === undefined ? [] : [found("managed_policy_arns", managed, "brings policies of AWS", fix)]),
    ...(inline === undefined ? [] : [found("inline_policy", inline, "hides a policy in the role", fix)]),
  ];
}

const list = (values: string | readonly string[] | undefined): readonly string[] =>
  values === undefined ? [] : [values].flat();

function wideStatements(key: string, json: unknown, found: Found): Problem[] {
  return statementsOf(json).flatMap((statement, index) => {
    if (statement.Effect !== "Allow") return [];
    const path = `${key}.${statement.Sid ?? `Statement[${index}]`}`;
    const actions = list(statement.Action);
    const wide = actions.filter((action) => action === "*" || action.endsWith(":*"));
    const isNamed = actions.some((action) => NAMED_SERVICES.some((service) => action.startsWith(`${service}:`)));
    return [
      ...(statement.NotAction === undefined && statement.NotResource === undefined
        ? []
        : [found(path, undefined, "allows all but something", "name what it allows")]),
      ...wide.map((action) =>
        found(`${path}.Action`, action, "allows every action", "name the actions that are needed"),
      ),
      ...(isNamed && list(statement.Resource).includes("*")
        ? [found(`${path}.Resource`, "*", "allows them on everything", "name the resources that are meant")]
        : []),
    ];
  });
}

/** Statements of a policy as it stands in the synthesis; references of Terraform in it are no matter here. */
function statementsOf(json: unknown): readonly Statement[] {
  if (typeof json !== "string") return [];
  try {
    const { Statement } = JSON.parse(json) as { Statement?: Statement | readonly Statement[] };
    return Statement === undefined ? [] : ([Statement].flat() as readonly Statement[]);
  } catch {
    // Made by Terraform itself, from a document that is checked where it is written.
    return [];
  }
}
