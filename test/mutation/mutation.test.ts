import { CHECKS } from "../stacks/checks";
import * as settings from "../stacks/checks/settings";
import type { Stack } from "../support/stack";
import { synthesisOf } from "../support/synthesis";
import { attributeMutants, type Mutant } from "./mutants";
import { NOT_HARDENING } from "./not-hardening";

/** Of the lines that harden, so many have to be noticed when they go. */
const WANTED_SCORE = 100;
const TIMEOUT_MS = 900_000;

const stacks = [...synthesisOf("aws").stacks.values()];
/** Of each stack the checks that find nothing in it as it is: others would notice any mutant. */
const silent = new Map(
  stacks.map((stack) => [stack.name, [...CHECKS.keys()].filter((name) => !finds(name, stack))] as const),
);

/** Checks in the order in which they are asked: what noticed the last of a kind is asked first. */
const order = new Map<string, string>();
const useful = new Set<string>();

function isNoticed(mutant: Mutant): boolean {
  const stack = mutant.make();
  const kind = mutant.rule.split(" ")[0] ?? "";
  const names = silent.get(stack.name) ?? [];
  const first = [order.get(mutant.rule), order.get(kind)].filter((name) => name !== undefined && names.includes(name));
  for (const name of new Set([...first.map(String), ...names])) {
    if (!finds(name, stack)) continue;
    order.set(mutant.rule, name);
    order.set(kind, name);
    useful.add(name);
    return true;
  }
  return false;
}

/** A stack that a check refuses to judge is noticed as well. */
function finds(name: string, stack: Stack): boolean {
  try {
    return (CHECKS.get(name)?.find(stack).length ?? 0) > 0;
  } catch {
    return true;
  }
}

const exceptionOf = (rule: string) => NOT_HARDENING.find(([lines]) => lines.test(rule));

test(
  "no line that hardens can be taken out of a stack unnoticed",
  () => {
    const mutants = stacks.flatMap(attributeMutants);
    const rules = new Map<string, Mutant[]>();
    for (const mutant of mutants) rules.set(mutant.rule, [...(rules.get(mutant.rule) ?? []), mutant]);
    const survivors: string[] = [];
    const used = new Set<RegExp>();
    let excepted = 0;
    for (const [rule, places] of rules) {
      const exception = exceptionOf(rule);
      const unnoticed = exception
        ? places.slice(0, 1).filter((one) => !isNoticed(one))
        : places.filter((one) => !isNoticed(one));
      if (unnoticed.length === 0) continue;
      if (exception) {
        used.add(exception[0]);
        excepted += 1;
      } else survivors.push(`${rule}: ${unnoticed.map(({ where }) => where).join(", ")}`);
    }
    const hardening = rules.size - excepted;
    const score = (100 * (hardening - survivors.length)) / hardening;
    process.stdout.write(
      `${rules.size} lines in ${mutants.length} places: ${hardening} harden, ${hardening - survivors.length} of them are noticed (${score.toFixed(1)} %), ${excepted} do not harden\n${survivors.map((one) => `  unnoticed: ${one}\n`).join("")}`,
    );
    // What an account does not have is not excepted in vain.
    const isThere = (lines: RegExp) => [...rules.keys()].some((rule) => lines.test(rule));
    expect(NOT_HARDENING.filter(([lines]) => isThere(lines) && !used.has(lines)).map(String)).toEqual([]);
    expect(survivors).toEqual([]);
    expect(Object.keys(settings).filter((check) => !useful.has(check))).toEqual([]);
    expect(score).toBeGreaterThanOrEqual(WANTED_SCORE);
  },
  TIMEOUT_MS,
);
