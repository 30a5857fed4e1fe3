/** What statements of a team's own policies may not say. */

/** Reports something: where, what stands there, what is wrong with it, and what to do. */
export type Found<T> = (path: string, value: unknown, message: string, fix: string) => T;

export interface Statement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: unknown;
  readonly Resource?: string | readonly string[];
  readonly NotResource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Services in which a statement has to say what it is about: data, its keys, and rights themselves. */
const NAMED_SERVICES = ["dynamodb", "iam", "kms", "s3", "secretsmanager", "sts"];

/** Letters of an action's name before its first wildcard: fewer would be most of the service. */
const FEWEST_LETTERS = 3;

/** A condition that names keys by their alias makes up for a key whose id another stack knows alone. */
const NAMES_KEYS = "kms:ResourceAliases";

const list = (values: string | readonly string[] | undefined): readonly string[] =>
  values === undefined ? [] : [values].flat();

/** Everything in a statement that allows more than a team's share. */
export function wideStatement<T>(path: string, statement: Statement, found: Found<T>): T[] {
  if (statement.Effect !== "Allow") return [];
  const actions = list(statement.Action);
  const isNamed = actions.some((action) => {
    const [service = ""] = action.toLowerCase().split(":");
    return /[*?]/.test(service) || NAMED_SERVICES.includes(service);
  });
  return [
    ...(statement.NotAction === undefined && statement.NotResource === undefined && statement.NotPrincipal === undefined
      ? []
      : [found(path, undefined, "allows all but something", "name what it allows")]),
    ...actions
      .filter(isMostOfAService)
      .map((action) => found(`${path}.Action`, action, "allows every action", "name the actions that are needed")),
    ...(isNamed ? list(statement.Resource) : [])
      .filter((resource) => !isNamedResource(resource, statement))
      .map((resource) =>
        found(`${path}.Resource`, resource, "allows them on everything", "name the resources that are meant"),
      ),
    ...(isAnybody(statement.Principal) && statement.Condition === undefined
      ? [found(`${path}.Principal`, statement.Principal, "lets everybody in", "name who is meant")]
      : []),
  ];
}

/** `*`, `s3:*`, `s3:Ge*` and the like, in any spelling. */
function isMostOfAService(action: string): boolean {
  const [service = "", name = ""] = action.split(":");
  if (/[*?]/.test(service)) return true;
  const wildcard = name.search(/[*?]/);
  return wildcard !== -1 && wildcard < FEWEST_LETTERS;
}

/** Whether an ARN says which bucket, key or role is meant, at least by how its name begins. */
function isNamedResource(resource: string, { Condition = {} }: Statement): boolean {
  // What Terraform tells is the name of something that a stack declares.
  if (resource.startsWith("${")) return true;
  const [arn, , service = "", , account = "", ...rest] = resource.split(":");
  if (arn !== "arn" || /[*?]/.test(service) || /[*?]/.test(account)) return false;
  const name = rest.join(":");
  if (service === "s3") return !/[*?]/.test(name.split("/")[0] ?? "");
  if (service === "kms" && Object.values(Condition).some((keys) => NAMES_KEYS in keys)) return true;
  return !/^[*?]|^[\w-]+[/:][*?]/.test(name);
}

function isAnybody(principal: unknown): boolean {
  if (principal === "*") return true;
  if (typeof principal !== "object" || principal === null) return false;
  return Object.values(principal).flat().includes("*");
}

/** A document as Terraform makes it of blocks. */
export interface DocumentBlock {
  readonly statement?: readonly {
    readonly sid?: string;
    readonly effect?: string;
    readonly actions?: readonly string[];
    readonly not_actions?: readonly string[];
    readonly resources?: readonly string[];
    readonly not_resources?: readonly string[];
    readonly principals?: readonly { readonly type: string; readonly identifiers: readonly string[] }[];
    readonly condition?: readonly { readonly test: string; readonly variable: string; readonly values: unknown }[];
  }[];
}

/** The statements of such a document, as policies write them. */
export function statementsOfBlock({ statement = [] }: DocumentBlock): Statement[] {
  return statement.map((block) => ({
    Sid: block.sid,
    Effect: block.effect ?? "Allow",
    Action: block.actions,
    NotAction: block.not_actions,
    Resource: block.resources,
    NotResource: block.not_resources,
    ...(block.principals
      ? { Principal: Object.fromEntries(block.principals.map(({ type, identifiers }) => [type, identifiers])) }
      : {}),
    ...(block.condition
      ? {
          Condition: Object.fromEntries(
            block.condition.map(({ test, variable, values }) => [test, { [variable]: values }]),
          ),
        }
      : {}),
  }));
}

/** The statements of a policy as it stands in the synthesis; nothing if it is no text of a policy. */
export function statementsOf(json: unknown): readonly Statement[] | undefined {
  if (typeof json !== "string") return undefined;
  try {
    const { Statement } = JSON.parse(json) as { Statement?: Statement | readonly Statement[] };
    return Statement === undefined ? [] : ([Statement].flat() as readonly Statement[]);
  } catch {
    return undefined;
  }
}
