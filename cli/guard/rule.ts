import {
  type Action,
  actionOf,
  at,
  isMarked,
  type Json,
  type JsonObject,
  managedChanges,
  type PlanJson,
} from "../plan/plan-json";
import type { Configuration } from "./configuration";

/** A resource of a plan as rules see it. */
export interface Subject {
  readonly address: string;
  readonly type: string;
  readonly action: Action;
  /** Empty for what is new. */
  readonly before: JsonObject;
  /** Empty for what is deleted. */
  readonly after: JsonObject;
  /** Whether the value at the path is only known once it is made. */
  readonly isUnknown: (path: string) => boolean;
  /** The resource as it was synthesized. @default not known */
  readonly configured?: JsonObject;
  /** Everything in the same plan. */
  readonly all: readonly Subject[];
}

/** One thing that no plan may do unless it is said to be meant. */
export interface Rule {
  readonly id: string;
  /** What it refuses, in a few words. */
  readonly refuses: string;
  readonly why: string;
  /** How to proceed. */
  readonly how: string;
  /** What the resource does that is refused; nothing for a good one. */
  readonly find: (subject: Subject) => readonly string[];
}

/** The resources of a plan, also those that it leaves as they are. */
export function subjectsOf(plan: PlanJson, configuration?: Configuration): Subject[] {
  const all: Subject[] = [];
  for (const resource of managedChanges(plan)) {
    const { address, type, name, change } = resource;
    const configured = configuration?.resource?.[type]?.[name];
    all.push({
      address,
      type,
      action: actionOf(resource),
      before: change.before ?? {},
      after: change.after ?? {},
      isUnknown: (path) => isMarked(change.after_unknown, path),
      ...(configured === undefined ? {} : { configured }),
      all,
    });
  }
  return all;
}

/** One attribute, and when its change weakens something. */
export interface Setting {
  readonly types: RegExp;
  readonly path: string;
  readonly isWeaker: (before: Json | undefined, after: Json | undefined) => boolean;
}

/** What stands for a value that Terraform does not know yet. */
export const UNKNOWN = "known after apply";

/** What a resource that stays, or is made again, loses of these settings. */
export function weakened(settings: readonly Setting[]): (subject: Subject) => string[] {
  return ({ type, action, before, after, isUnknown }) => {
    if (action !== "update" && action !== "replace") return [];
    return settings.flatMap(({ types, path, isWeaker }) => {
      if (!types.test(type)) return [];
      const old = at(before, path);
      // Another place than before is another place, also while its name is not known; a number may still be the same.
      if (isUnknown(path)) return isWeaker === changed && changed(old, UNKNOWN) ? [changeText(path, old, UNKNOWN)] : [];
      return isWeaker(old, at(after, path)) ? [changeText(path, old, at(after, path))] : [];
    });
  };
}

/** `enable_key_rotation: true -> false`. */
export function changeText(path: string, before: Json | undefined, after: Json | undefined): string {
  return `${path.replaceAll(/\.0(?=\.|$)/g, "")}: ${show(before)} -> ${show(after)}`;
}

function show(value: Json | undefined): string {
  if (value === undefined || value === null || value === "") return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}

const isEmpty = (value: Json | undefined) => value === undefined || value === null || value === "";

export const turnedOff = (before: Json | undefined, after: Json | undefined) => before === true && after !== true;
export const turnedOn = (before: Json | undefined, after: Json | undefined) => before !== true && after === true;
export const lowered = (before: Json | undefined, after: Json | undefined) =>
  typeof before === "number" && !(typeof after === "number" && after >= before);
export const raised = (before: Json | undefined, after: Json | undefined) =>
  typeof before === "number" && !(typeof after === "number" && after <= before);
export const changed = (before: Json | undefined, after: Json | undefined) => !isEmpty(before) && before !== after;
export const leaves = (value: string) => (before: Json | undefined, after: Json | undefined) =>
  before === value && after !== value;
