/** What roles may do, as far as the picture tells of it. */
import { nameOf } from "./boxes";
import type { Resource } from "./synthesized";

/** What somebody does with something. */
interface Deed {
  readonly actor: Resource;
  readonly verb: Verb;
  readonly target: Resource;
}

export type Verb = "reads" | "writes" | "starts" | "runs" | "calls" | "tables";

/** One of these rights is enough. */
const RIGHTS: Readonly<Record<Verb, readonly string[]>> = {
  reads: ["s3:GetObject", "dynamodb:GetItem", "dynamodb:Query"],
  writes: ["s3:PutObject", "dynamodb:PutItem", "dynamodb:UpdateItem"],
  starts: ["states:StartExecution", "glue:StartCrawler"],
  runs: ["glue:StartJobRun"],
  calls: ["lambda:InvokeFunction"],
  tables: ["glue:CreateTable", "glue:UpdateTable"],
};

/** The attribute with the role of those who act. */
const ROLES: Readonly<Record<string, string>> = {
  aws_lambda_function: "role",
  aws_sfn_state_machine: "role_arn",
  aws_glue_job: "role_arn",
  aws_glue_crawler: "role",
};

/** Types behind ARNs, by service and first part of the resource, as policies write them. */
const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^s3:::([^/]+)/, "aws_s3_bucket"],
  [/^dynamodb:[^:]*:\d*:table\/([^/]+)/, "aws_dynamodb_table"],
  [/^states:[^:]*:\d*:stateMachine:(.+)$/, "aws_sfn_state_machine"],
  [/^lambda:[^:]*:\d*:function:([^:]+)/, "aws_lambda_function"],
  [/^glue:[^:]*:\d*:job\/(.+)$/, "aws_glue_job"],
  [/^glue:[^:]*:\d*:crawler\/(.+)$/, "aws_glue_crawler"],
  [/^glue:[^:]*:\d*:database\/(.+)$/, "aws_glue_catalog_database"],
];

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
}

export const list = <T>(value: T | readonly T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? [...value] : [value as T];

/** Everything that functions, state machines, jobs and crawlers may do with each other and with what stores data. */
export function deedsOf(resources: readonly Resource[]): Deed[] {
  return resources
    .filter(({ type }) => type === "aws_iam_role_policy")
    .flatMap((policy) => {
      const role = /aws_iam_role\.[\w-]+/.exec(String(policy.block.role))?.[0];
      const actors = resources.filter(
        ({ type, account, block }) =>
          account === policy.account && String(block[ROLES[type] ?? ""] ?? "").includes(`\${${role}.`),
      );
      if (actors.length === 0) return [];
      const deeds = deedsIn(policy, resources);
      return actors.flatMap((actor) =>
        deeds.filter(({ target }) => !holdsCode(target, actor)).map((deed) => ({ actor, ...deed })),
      );
    });
}

function deedsIn(policy: Resource, resources: readonly Resource[]): Omit<Deed, "actor">[] {
  const { Statement } = JSON.parse(String(policy.block.policy)) as { Statement: Statement[] };
  return Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action, Resource: arns }) => {
    const verbs = (Object.keys(RIGHTS) as Verb[]).filter((verb) =>
      list(Action).some((action) => RIGHTS[verb].includes(action)),
    );
    if (verbs.length === 0) return [];
    const targets = list(arns).flatMap((arn) => targetsOf(policy, arn, resources));
    return verbs.flatMap((verb) => targets.map((target) => ({ verb, target })));
  });
}

/** The resources behind an ARN, a pattern of ARNs, or a reference. */
function targetsOf(policy: Resource, arn: string, resources: readonly Resource[]): Resource[] {
  const address = /^\$\{(\w+\.[\w-]+)\./.exec(arn)?.[1];
  if (address !== undefined) {
    return resources.filter((other) => other.address === address && other.account === policy.account);
  }
  const [, rest = ""] = /^arn:[\w-]+:(.+)$/.exec(arn) ?? [];
  return TYPES.flatMap(([pattern, type]) => {
    const name = pattern.exec(rest)?.[1];
    if (name === undefined) return [];
    const names = new RegExp(`^${name.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`);
    return resources.filter((other) => other.type === type && names.test(nameOf(other) ?? ""));
  });
}

/** Reading one's own code is no flow of data. */
function holdsCode(store: Resource, actor: Resource): boolean {
  const { script_location: script = "" } = (actor.block.command ?? {}) as { script_location?: string };
  return store.type === "aws_s3_bucket" && script.startsWith(`s3://${nameOf(store)}/`);
}
