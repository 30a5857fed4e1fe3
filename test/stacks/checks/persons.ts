import { type Clearance, clearances, type Persona, personas } from "../../../contracts/people";
import type { Policy, Request } from "../../support/policy";
import type { Stack } from "../../support/stack";
import { accountOf } from "./access";
import type { Check } from "./check";

export type Level = Clearance | "none";
export const LEVELS: readonly Level[] = ["none", ...clearances];
export const MODERN = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };

/** A persona's role as its stack has it. */
export interface PersonaRole {
  readonly persona: Persona;
  readonly account: string;
  readonly arn: string;
  readonly identity: Policy;
  readonly trust: Policy;
}

export function personaRoles(stack: Stack): PersonaRole[] {
  return stack.resources("aws_iam_role").flatMap((role) => {
    const persona = personas.find((one) => String(role.block.name).endsWith(`-${one}`));
    const policy = stack.pointingAt("aws_iam_role_policy", "role", role);
    if (persona === undefined || policy === undefined) return [];
    return [
      {
        persona,
        account: accountOf(stack, role),
        arn: stack.resolve(`\${${role.address}.arn}`),
        identity: stack.policyOf(policy),
        trust: stack.policyOf(role),
      },
    ];
  });
}

export type Answer = readonly [question: string, actual: unknown, wanted: unknown];

/** Holds for each persona: the answers that follow from one of its policies, which are found once for each policy. */
export function eachPersona(
  name: string,
  from: "identity" | "trust",
  answers: (role: PersonaRole, stack: Stack) => readonly Answer[],
): Check {
  const known = new WeakMap<Policy, string[]>();
  return {
    name,
    find: (stack) =>
      personaRoles(stack).flatMap((role) => {
        const found =
          known.get(role[from]) ??
          answers(role, stack)
            .filter(([, actual, wanted]) => actual !== wanted)
            .map(([question, actual]) => `${role.persona}: ${question}: ${actual}`);
        known.set(role[from], found);
        return found;
      }),
  };
}

export const rank = (level: Level) => (level === "none" ? -1 : clearances.indexOf(level));
export const tagged = (clearance: Level): NonNullable<Request["context"]> =>
  clearance === "none" ? {} : { "aws:PrincipalTag/clearance": clearance };

/** Are there undeclared files that can be asked about? */
export const hasCrawler = (stack: Stack) => stack.resources("aws_glue_crawler").length > 0;
