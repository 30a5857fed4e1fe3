import { at } from "../../plan/plan-json";
import { demandsOf, deniesAsMuch, listOf, type PolicyStatement, principalsOf, statementsOf } from "../policy-document";
import type { Rule, Subject } from "../rule";

/** Attributes that hold a policy, in any resource. */
const POLICIES = ["policy", "assume_role_policy", "access_policy", "resource_policy"];
const TRUST = "assume_role_policy";

interface Policies {
  readonly attribute: string;
  /** Empty for a new one. */
  readonly before: readonly PolicyStatement[];
  readonly after: readonly PolicyStatement[];
}

const TAKE_BACK = "Take the change back, or split it so that reviewers see this one alone.";

export const policyRules: readonly Rule[] = [
  {
    id: "policy-denial",
    refuses: "losing a denial in a policy",
    why: "What was refused to everybody, whatever else allows it, is refused no more.",
    how: TAKE_BACK,
    find: eachPolicy(({ before, after }) =>
      before
        .filter((statement) => statement.Effect === "Deny" && !after.some((now) => deniesAsMuch(now, statement)))
        .map((statement) => `no longer denies as much as ${nameOf(statement)} did`),
    ),
  },
  {
    id: "policy-condition",
    refuses: "losing a condition in a policy",
    why: "What was allowed in some cases only is allowed in more of them.",
    how: TAKE_BACK,
    find: eachPolicy(({ before, after }) =>
      pairs(before, after).flatMap(([old, now]) => {
        const demands = demandsOf(now);
        return [...demandsOf(old)].flatMap(([demand, values]) => {
          const kept = demands.get(demand);
          if (kept === undefined) return [`${nameOf(now)} no longer demands ${demand}`];
          const wild = kept.filter((value) => value.includes("*") && !values.includes(value) && !value.includes("${"));
          return wild.map((value) => `${nameOf(now)} demands of ${demand} only ${value}`);
        });
      }),
    ),
  },
  {
    id: "policy-everybody",
    refuses: "a policy that is open to everybody",
    why: "Any AWS account, or anybody at all, may do what the statement says.",
    how: "Name accounts, roles or services, or add conditions that do.",
    find: eachPolicy(({ before, after }) => {
      const known = (sid: string | undefined) => before.find((old) => old.Effect === "Allow" && old.Sid === sid);
      return after
        .filter((now) => now.Effect === "Allow" && principalsOf(now).includes("*"))
        .filter((now) => {
          const old = known(now.Sid);
          return old === undefined ? demandsOf(now).size === 0 : !principalsOf(old).includes("*");
        })
        .map((now) => `${nameOf(now)} allows everybody`);
    }),
  },
  {
    id: "policy-everything",
    refuses: "a policy that allows everything, of a service or of all",
    why: "It allows what nobody has thought of, also what AWS adds later.",
    how: "Name the actions and the resources.",
    find: eachPolicy(({ before, after }) => {
      const isNew = before.length === 0;
      const actions = new Set(allowed(before).flatMap(({ Action }) => [...listOf(Action)]));
      const wide = allowed(after).flatMap((now) => {
        const added = listOf(now.Action).filter((action) => /^(\*|[\w-]+:\*)$/.test(action) && !actions.has(action));
        // A new policy is judged by the tests of the stacks: here is asked what a plan changes.
        return added.filter((action) => !isNew || action === "*").map((action) => `${nameOf(now)} allows ${action}`);
      });
      const everywhere = pairs(before, after)
        .filter(([old, now]) => listOf(now.Resource).includes("*") && !listOf(old.Resource).includes("*"))
        .map(([, now]) => `${nameOf(now)} reaches every resource`);
      return [...wide, ...everywhere];
    }),
  },
  {
    id: "trust",
    refuses: "somebody new who may assume a role",
    why: "They get all the rights that the role has.",
    how: "Make sure that they are meant to have them, then say so.",
    find: eachPolicy(({ attribute, before, after }) => {
      if (attribute !== TRUST || before.length === 0) return [];
      const known = new Set(allowed(before).flatMap(principalsOf));
      const added = allowed(after)
        .flatMap(principalsOf)
        .filter((principal) => !known.has(principal));
      return [...new Set(added)].map((principal) => `may now be assumed by ${principal}`);
    }),
  },
  {
    id: "boundary",
    refuses: "another permissions boundary, or none",
    why: "The boundary is the most that the role can do, whatever its policies say.",
    how: TAKE_BACK,
    find: ({ action, before, after, isUnknown }) => {
      const [old, now] = [before.permissions_boundary, after.permissions_boundary];
      const isKept = old === undefined || old === null || old === "" || old === now;
      if (isKept || (action !== "update" && action !== "replace")) return [];
      return [isUnknown("permissions_boundary") ? "gets another boundary" : `boundary: ${old} -> ${now ?? "none"}`];
    },
  },
];

/** Policies that cannot be judged: they are known only once they are made, and their text is not at hand. */
export function unjudgedPolicies(subject: Subject): string[] {
  const { before, isUnknown, configured } = subject;
  return POLICIES.filter(
    (path) =>
      statementsOf(before[path]) !== undefined &&
      isUnknown(path) &&
      statementsOf(configured && at(configured, path)) === undefined,
  );
}

/** Holds for each policy that a resource has or gets. */
function eachPolicy(find: (policies: Policies) => string[]): Rule["find"] {
  return (subject) => {
    if (!["create", "update", "replace"].includes(subject.action)) return [];
    return POLICIES.flatMap((attribute) => {
      const after = statementsOf(textAfter(subject, attribute));
      const before = statementsOf(subject.before[attribute]);
      if (after === undefined && before === undefined) return [];
      // What is not known yet cannot be said to have lost anything: see unjudgedPolicies.
      if (after === undefined && subject.isUnknown(attribute)) return [];
      return find({ attribute, before: before ?? [], after: after ?? [] });
    });
  };
}

/** The policy as it will be; while parts of it are not known, as it was synthesized, with references. */
function textAfter({ after, isUnknown, configured }: Subject, path: string) {
  return isUnknown(path) ? configured && at(configured, path) : after[path];
}

const allowed = (statements: readonly PolicyStatement[]) => statements.filter(({ Effect }) => Effect === "Allow");

/** Statements of the same id that allow something, before and after. */
function pairs(
  before: readonly PolicyStatement[],
  after: readonly PolicyStatement[],
): (readonly [PolicyStatement, PolicyStatement])[] {
  return allowed(before).flatMap((old) =>
    allowed(after)
      .filter(({ Sid }) => Sid === old.Sid)
      .map((now) => [old, now] as const),
  );
}

function nameOf({ Sid, Effect }: PolicyStatement): string {
  return Sid === undefined || Sid === "" ? `the statement (${Effect})` : `statement ${Sid}`;
}
