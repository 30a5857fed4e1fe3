/**
 * Decides requests by IAM policies as AWS does, for the part of the policy language that the lake uses. What it does not
 * know it refuses to judge: a guess could hide a hole. The rules are those of
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

type Values = string | readonly string[];

/** A role or user by its ARN, a service by its principal, the bearer of a token by its provider, or nobody in particular. */
export type Caller =
  | { readonly arn: string }
  | { readonly service: string }
  | { readonly provider: string }
  | "anonymous";

export interface Request {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request. Those that follow from the caller are added unless they stand here. */
  readonly context?: Readonly<Record<string, Values>>;
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: "*" | Readonly<Record<string, Values>>;
  readonly Action?: Values;
  readonly NotAction?: Values;
  readonly Resource?: Values;
  readonly NotResource?: Values;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
}

export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

/** What one policy says: `account` means that it leaves the decision to the policies of the caller's account. */
export type Decision = "deny" | "allow" | "account" | "none";

export type PolicyKind = "identity" | "resource" | "trust";

/** Every policy that has a say in a request. */
export interface Policies {
  /** Account that owns the resource. */
  readonly owner: string;
  /** Policies of the calling role or user. */
  readonly identity?: readonly Policy[];
  /** Permissions boundary of the calling role or user. */
  readonly boundary?: Policy;
  readonly resource?: Policy;
  /** Policy of the role, when the request is to assume it. */
  readonly trust?: Policy;
  /** Policy of the VPC endpoint through which the request goes. */
  readonly endpoint?: Policy;
}

/** Keys and roles are open to nobody whom their own policy does not name, not even in their own account. */
const RESOURCE_POLICY_DECIDES = /^(kms:|sts:AssumeRole$)/i;

export function isAllowed(request: Request, policies: Policies): boolean {
  const identity = (policies.identity ?? []).map((policy) => decide(policy, "identity", request));
  const boundary = policies.boundary && decide(policies.boundary, "identity", request);
  const resource =
    (policies.resource && decide(policies.resource, "resource", request)) ??
    (policies.trust && decide(policies.trust, "trust", request)) ??
    "none";
  const endpoint = policies.endpoint && decide(policies.endpoint, "resource", request);
  if ([...identity, boundary, resource, endpoint].includes("deny")) return false;
  if (endpoint !== undefined && endpoint !== "allow") return false;
  const account = accountOf(request.caller);
  if (account === undefined) return resource === "allow";
  const withinBoundary = boundary === undefined || boundary === "allow";
  const allowedByIdentity = identity.includes("allow") && withinBoundary;
  if (account !== policies.owner) return resource !== "none" && allowedByIdentity;
  if (resource === "allow") return withinBoundary;
  return allowedByIdentity && (resource === "account" || !RESOURCE_POLICY_DECIDES.test(request.action));
}

/** What the policy alone says. An explicit deny wins over everything. */
export function decide(policy: Policy, kind: PolicyKind, request: Request): Decision {
  const context = contextOf(request);
  const found = policy.Statement.flatMap((statement): Decision[] => {
    check(statement, kind);
    const named = kind === "identity" ? "allow" : principalMatch(statement.Principal, request.caller);
    const applies =
      named !== "none" &&
      matchesAction(statement, request.action) &&
      matchesResource(statement, request.resource, context) &&
      matchesCondition(statement.Condition ?? {}, context);
    if (!applies) return [];
    return [statement.Effect === "Deny" ? "deny" : named];
  });
  return (["deny", "allow", "account"] as const).find((decision) => found.includes(decision)) ?? "none";
}

/** Reads a policy and refuses one that the evaluator could misjudge. */
export function parsePolicy(json: string, kind: PolicyKind): Policy {
  const policy = JSON.parse(json) as Policy;
  if (policy.Version !== "2012-10-17") throw new Error(`unknown policy version ${policy.Version}`);
  for (const statement of policy.Statement) check(statement, kind);
  return policy;
}

const ELEMENTS = ["Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

function check(statement: Statement, kind: PolicyKind): void {
  const fail = (message: string): never => {
    throw new Error(`statement ${statement.Sid ?? JSON.stringify(statement)}: ${message}`);
  };
  for (const element of Object.keys(statement)) {
    if (!ELEMENTS.includes(element)) fail(`unknown element ${element}`);
  }
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny") fail(`unknown effect ${statement.Effect}`);
  if ((statement.Action === undefined) === (statement.NotAction === undefined)) fail("needs Action or NotAction");
  const resources = [statement.Resource, statement.NotResource].filter((value) => value !== undefined);
  if (resources.length !== (kind === "trust" ? 0 : 1)) fail(`has ${resources.length} resource elements`);
  if ((statement.Principal === undefined) !== (kind === "identity")) fail(`wrong principal for a ${kind} policy`);
}

function principalMatch(principal: Statement["Principal"], caller: Caller): Decision {
  if (principal === undefined) return "none";
  if (principal === "*") return "allow";
  const found = Object.entries(principal).flatMap(([kind, values]): Decision[] =>
    listOf(values).map((value) => {
      if (kind === "AWS") return awsMatch(value, caller);
      if (kind === "Service") return isService(caller) && caller.service === value ? "allow" : "none";
      if (kind === "Federated") return isBearer(caller) && caller.provider === value ? "allow" : "none";
      throw new Error(`unknown kind of principal: ${kind}`);
    }),
  );
  return (["allow", "account"] as const).find((decision) => found.includes(decision)) ?? "none";
}

function awsMatch(value: string, caller: Caller): Decision {
  if (value === "*") return "allow";
  if (/[*?]/.test(value)) throw new Error(`${value}: a principal cannot have wildcards`);
  if (caller === "anonymous" || isService(caller) || isBearer(caller)) return "none";
  if (value === caller.arn) return "allow";
  const account = /^arn:aws[\w-]*:iam::(\d{12}):root$/.exec(value)?.[1] ?? /^(\d{12})$/.exec(value)?.[1];
  return account !== undefined && account === accountOf(caller) ? "account" : "none";
}

function matchesAction(statement: Statement, action: string): boolean {
  const matches = (patterns: Values) =>
    listOf(patterns).some((pattern) => glob(pattern.toLowerCase(), action.toLowerCase()));
  return statement.Action === undefined ? !matches(statement.NotAction ?? []) : matches(statement.Action);
}

function matchesResource(statement: Statement, resource: string, context: Context): boolean {
  const matches = (patterns: Values) =>
    listOf(patterns).some((written) => {
      const pattern = expanded(written, context);
      return pattern !== undefined && glob(pattern, resource);
    });
  if (statement.Resource !== undefined) return matches(statement.Resource);
  return statement.NotResource === undefined || !matches(statement.NotResource);
}

/**
 * The pattern with the values of its variables, of which tags and ids of sessions are known here; in values `*` and `?` stand for themselves; with a variable that the
 * request does not have it matches nothing.
 */
function expanded(pattern: string, context: Context): string | undefined {
  let isKnown = true;
  const text = pattern.replace(/\$\{(aws:(?:PrincipalTag\/[\w.-]+|userid))\}/g, (variable, key: string) => {
    const value = context.get(key.toLowerCase());
    if (typeof value !== "string") isKnown = false;
    else if (/[*?]/.test(value)) throw new Error(`${variable}: ${value} has wildcards`);
    return String(value);
  });
  return isKnown ? text : undefined;
}

type Context = ReadonlyMap<string, Values>;

function contextOf({ caller, context = {} }: Request): Context {
  const account = accountOf(caller);
  const derived: Record<string, string> =
    caller === "anonymous" || isBearer(caller)
      ? {}
      : isService(caller)
        ? { "aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": caller.service }
        : {
            "aws:PrincipalIsAWSService": "false",
            "aws:PrincipalArn": caller.arn,
            "aws:PrincipalAccount": account ?? "",
          };
  return new Map(Object.entries({ ...derived, ...context }).map(([key, value]) => [key.toLowerCase(), value]));
}

type Test = (actual: string, wanted: string) => boolean;

const POSITIVE: Record<string, Test> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  StringLike: (actual, wanted) => glob(wanted, actual),
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  NumericEquals: numeric((actual, wanted) => actual === wanted),
  NumericLessThan: numeric((actual, wanted) => actual < wanted),
  NumericLessThanEquals: numeric((actual, wanted) => actual <= wanted),
  NumericGreaterThan: numeric((actual, wanted) => actual > wanted),
  NumericGreaterThanEquals: numeric((actual, wanted) => actual >= wanted),
};

/** Operators that hold when none of the values matches, and when the request lacks the key. */
const NEGATED: Record<string, Test | undefined> = {
  StringNotEquals: POSITIVE.StringEquals,
  StringNotEqualsIgnoreCase: POSITIVE.StringEqualsIgnoreCase,
  StringNotLike: POSITIVE.StringLike,
  ArnNotEquals: POSITIVE.ArnEquals,
  ArnNotLike: POSITIVE.ArnLike,
  NumericNotEquals: POSITIVE.NumericEquals,
};

function matchesCondition(condition: NonNullable<Statement["Condition"]>, context: Context): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      matchesOperator(
        operator,
        context.get(key.toLowerCase()),
        listOf(wanted).flatMap((value) => expanded(value, context) ?? []),
      ),
    ),
  );
}

function matchesOperator(written: string, actual: Values | undefined, wanted: readonly string[]): boolean {
  const unresolved = wanted.find((value) => value.includes("${"));
  if (unresolved !== undefined) throw new Error(`${unresolved}: policy variables are not known here`);
  if (written === "Null") {
    return wanted.some((value) => (value === "true") === (actual === undefined));
  }
  const [, quantifier, operator = "", ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(written) ?? [];
  const positive = POSITIVE[operator];
  const negated = NEGATED[operator];
  if (!positive && !negated) throw new Error(`unknown condition operator ${written}`);
  const holds = (value: string) =>
    positive
      ? wanted.some((candidate) => positive(value, candidate))
      : wanted.every((candidate) => !negated?.(value, candidate));
  if (quantifier === "ForAllValues") return listOf(actual ?? []).every(holds);
  if (actual === undefined) return ifExists !== undefined || (negated !== undefined && quantifier === undefined);
  if (quantifier === "ForAnyValue") return listOf(actual).some(holds);
  if (typeof actual !== "string")
    throw new Error(`${written}: a key with many values needs ForAnyValue or ForAllValues`);
  return holds(actual);
}

/** The six parts of an ARN are compared one by one: a wildcard does not reach over a colon, except in the last. */
function arnLike(actual: string, wanted: string): boolean {
  const [actualParts, wantedParts] = [arnParts(actual), arnParts(wanted)];
  return (
    actualParts.length === wantedParts.length &&
    wantedParts.every((part, index) => glob(part, actualParts[index] ?? ""))
  );
}

function arnParts(arn: string): string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

function numeric(test: (actual: number, wanted: number) => boolean): Test {
  return (actual, wanted) => {
    if (Number.isNaN(Number(wanted))) throw new Error(`${wanted} is no number`);
    return !Number.isNaN(Number(actual)) && test(Number(actual), Number(wanted));
  };
}

const globs = new Map<string, RegExp>();

function glob(pattern: string, text: string): boolean {
  if (pattern.includes("${")) throw new Error(`${pattern}: policy variables are not known here`);
  let regex = globs.get(pattern);
  if (regex === undefined) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    regex = new RegExp(`^${source}$`, "s");
    globs.set(pattern, regex);
  }
  return regex.test(text);
}

function isService(caller: Caller): caller is { readonly service: string } {
  return typeof caller === "object" && "service" in caller;
}

function isBearer(caller: Caller): caller is { readonly provider: string } {
  return typeof caller === "object" && "provider" in caller;
}

/** Account of a role or user; services and strangers have none. */
function accountOf(caller: Caller): string | undefined {
  return caller === "anonymous" || isService(caller) || isBearer(caller) ? undefined : caller.arn.split(":")[4];
}

export function listOf(values: Values): readonly string[] {
  return typeof values === "string" ? [values] : values;
}
