import { judge, type Verdict } from "../../../cli/guard/guard";
import type { Json, JsonObject, PlanJson, ResourceChange } from "../../../cli/plan/plan-json";

interface Changed {
  readonly type: string;
  readonly actions?: readonly string[];
  readonly before?: JsonObject;
  readonly after?: JsonObject;
  readonly unknown?: Json;
  readonly name?: string;
}

/** A change as a plan tells of it; with both sides an update. */
export function change({ type, actions, before, after, unknown, name = "one" }: Changed): ResourceChange {
  const implied = before === undefined ? ["create"] : after === undefined ? ["delete"] : ["update"];
  return {
    address: `${type}.${name}`,
    mode: "managed",
    type,
    name,
    change: {
      actions: actions ?? implied,
      before: before ?? null,
      after: after ?? null,
      ...(unknown === undefined ? {} : { after_unknown: unknown }),
    },
  };
}

export function planOf(...changes: readonly ResourceChange[]): PlanJson {
  return {
    format_version: "1.2",
    terraform_version: "1.11.4",
    timestamp: "2026-11-21T10:00:00Z",
    resource_changes: changes,
  };
}

/** What the guard says of the changes. */
export function verdictOn(...changes: readonly ResourceChange[]): Verdict {
  return judge([{ stack: "prod", plan: planOf(...changes) }], []);
}

/** Each finding as `rule: what`. */
export function findingsOn(...changes: readonly ResourceChange[]): string[] {
  return verdictOn(...changes).findings.map(({ rule, what }) => `${rule}: ${what}`);
}

export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}
