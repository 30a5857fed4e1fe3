import type { PlanJson } from "../plan/plan-json";
import type { AllowedChange } from "./allowed-changes";
import type { Configuration } from "./configuration";
import { type Subject, subjectsOf } from "./rule";
import { RULES } from "./rules";
import { unjudgedPolicies } from "./rules/policies";

/** A plan to be judged. */
export interface GuardedPlan {
  readonly stack: string;
  readonly plan: PlanJson;
  /** What was planned; without it, policies whose text is not known yet cannot be judged. */
  readonly configuration?: Configuration;
}

/** A change that a rule refuses. */
export interface Finding {
  readonly stack: string;
  readonly address: string;
  readonly rule: string;
  readonly what: string;
  readonly why: string;
  readonly how: string;
  /** The reason for which it is allowed nevertheless. @default it is refused */
  readonly allowed?: string;
}

export interface Verdict {
  readonly passes: boolean;
  readonly findings: readonly Finding[];
  /** What whoever reviews the plan should know besides. */
  readonly notes: readonly string[];
}

/** Judges plans by every rule. */
export function judge(plans: readonly GuardedPlan[], allowedChanges: readonly AllowedChange[]): Verdict {
  const used = new Set<AllowedChange>();
  const notes: string[] = [];
  const findings = plans.flatMap(({ stack, plan, configuration }) =>
    subjectsOf(plan, configuration).flatMap((subject) => {
      notes.push(...unjudgedNotes(stack, subject));
      return RULES.flatMap((rule) =>
        rule.find(subject).map((what): Finding => {
          const { address } = subject;
          const entry = allowedChanges.find(
            (one) => one.stack === stack && one.address === address && one.rule === rule.id,
          );
          if (entry !== undefined) used.add(entry);
          const isAllowed = entry !== undefined && dayOf(plan) <= entry.until;
          if (entry !== undefined && !isAllowed)
            notes.push(`${stack}: the leave for ${address} ended on ${entry.until}.`);
          const { id, why, how } = rule;
          return { stack, address, rule: id, what, why, how, ...(isAllowed ? { allowed: entry.reason } : {}) };
        }),
      );
    }),
  );
  return {
    passes: findings.every(({ allowed }) => allowed !== undefined),
    findings,
    notes: [...new Set(notes), ...unusedNotes(plans, allowedChanges, used)],
  };
}

/** The plan's own day: the same plan is judged in the same way at any time. */
function dayOf({ timestamp }: PlanJson): string {
  return timestamp.slice(0, 10);
}

function unjudgedNotes(stack: string, subject: Subject): string[] {
  return unjudgedPolicies(subject).map(
    (attribute) => `${stack}: ${attribute} of ${subject.address} cannot be judged before it is made.`,
  );
}

function unusedNotes(
  plans: readonly GuardedPlan[],
  allowedChanges: readonly AllowedChange[],
  used: ReadonlySet<AllowedChange>,
): string[] {
  const planned = plans.map(({ stack }) => stack);
  return allowedChanges
    .filter((entry) => planned.includes(entry.stack) && !used.has(entry))
    .map(({ stack, address, rule }) => `${stack}: the leave for ${rule} of ${address} is not needed: remove it.`);
}
