import { isDeepStrictEqual } from "node:util";
import {
  type Action,
  actionOf,
  holdsMark,
  isMarked,
  type Json,
  managedChanges,
  type PlanJson,
  type ResourceChange,
} from "./plan-json";

/** A resource that a plan changes, as people are told of it. */
export interface DescribedChange {
  readonly address: string;
  readonly action: Exclude<Action, "nothing">;
  /** Its address before. @default the same */
  readonly from?: string;
  /** What changes of it; of new and deleted ones everything does. */
  readonly attributes: readonly AttributeChange[];
}

export interface AttributeChange {
  readonly path: string;
  /** Short values that are no secret. @default not told */
  readonly before?: string;
  readonly after?: string;
}

/** How many resources a plan changes in which way. */
export type Counts = Readonly<Record<DescribedChange["action"], number>>;

export const ACTIONS = ["create", "update", "replace", "delete", "move", "import", "forget"] as const;

const LONGEST_VALUE = 60;

export function describeChanges(plan: PlanJson): DescribedChange[] {
  return managedChanges(plan).flatMap((resource): DescribedChange[] => {
    const action = actionOf(resource);
    if (action === "nothing") return [];
    const { address, previous_address: from } = resource;
    const attributes = action === "update" || action === "replace" ? changedAttributes(resource) : [];
    return [{ address, action, attributes, ...(from === undefined ? {} : { from }) }];
  });
}

export function countChanges(changes: readonly DescribedChange[]): Counts {
  const count = (action: string) => changes.filter((change) => change.action === action).length;
  return Object.fromEntries(ACTIONS.map((action) => [action, count(action)])) as Record<
    DescribedChange["action"],
    number
  >;
}

/** `2 to create, 1 to move`, or `no changes`. */
export function describeCounts(counts: Counts): string {
  const parts = ACTIONS.filter((action) => counts[action] > 0).map((action) => `${counts[action]} to ${action}`);
  return parts.length === 0 ? "no changes" : parts.join(", ");
}

function changedAttributes({ change }: ResourceChange): AttributeChange[] {
  const before = change.before ?? {};
  const after = change.after ?? {};
  const names = [...new Set([...Object.keys(before), ...Object.keys(after), ...keysOf(change.after_unknown)])].sort();
  const changed = names.filter(
    (name) => isMarked(change.after_unknown, name) || !isDeepStrictEqual(before[name] ?? null, after[name] ?? null),
  );
  // `tags_all` is `tags` and the provider's own: telling both would tell it twice.
  return changed
    .filter((name) => name !== "tags_all" || !changed.includes("tags"))
    .map((path) => {
      const isSecret = isMarked(change.before_sensitive, path) || isMarked(change.after_sensitive, path);
      if (isSecret) return { path };
      const isUnknown = isMarked(change.after_unknown, path);
      return {
        path,
        ...shown("before", before[path]),
        ...(isUnknown ? { after: "known after apply" } : shown("after", after[path])),
      };
    });
}

function keysOf(marks: Json | undefined): string[] {
  return typeof marks === "object" && marks !== null
    ? Object.entries(marks).flatMap(([key, mark]) => (holdsMark(mark) ? [key] : []))
    : [];
}

function shown<K extends "before" | "after">(side: K, value: Json | undefined): Partial<Record<K, string>> {
  if (value === undefined || value === null) return {};
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const isShort = text.length <= LONGEST_VALUE && typeof value !== "object" && !/[\r\n]/.test(text);
  return isShort ? ({ [side]: text } as Record<K, string>) : {};
}
