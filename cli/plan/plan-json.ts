/** A plan as `terraform show -json` prints it. https://developer.hashicorp.com/terraform/internals/json-format */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface PlanJson {
  readonly format_version: string;
  readonly terraform_version: string;
  readonly timestamp: string;
  readonly errored?: boolean;
  readonly resource_changes?: readonly ResourceChange[];
  readonly output_changes?: JsonObject;
}

/** What is to become of one resource. */
export interface ResourceChange {
  readonly address: string;
  /** Where it was before a `moved` block. */
  readonly previous_address?: string;
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly index?: string | number;
  readonly change: Change;
}

interface Change {
  readonly actions: readonly string[];
  readonly before: JsonObject | null;
  /** Without what is only known once it is made. */
  readonly after: JsonObject | null;
  /** `true` where a value is only known once it is made. */
  readonly after_unknown?: Json;
  /** `true` where a value is a secret. */
  readonly before_sensitive?: Json;
  readonly after_sensitive?: Json;
  readonly importing?: { readonly id?: string };
}

/** What a plan does to a resource. */
export type Action = "create" | "update" | "replace" | "delete" | "forget" | "import" | "move" | "nothing";

export function actionOf({ change, previous_address: from }: ResourceChange): Action {
  const { actions, importing } = change;
  if (actions.includes("delete")) return actions.includes("create") ? "replace" : "delete";
  if (actions.includes("forget")) return actions.includes("create") ? "replace" : "forget";
  if (actions.includes("create")) return "create";
  if (actions.includes("update")) return "update";
  if (importing !== undefined) return "import";
  return from === undefined ? "nothing" : "move";
}

/** Changes of what Terraform manages: without what it only reads. */
export function managedChanges(plan: PlanJson): ResourceChange[] {
  return (plan.resource_changes ?? []).filter(({ mode }) => mode === "managed");
}

/** What is at a dotted path; list items by their number. */
export function at(value: Json | undefined, path: string): Json | undefined {
  return path.split(".").reduce<Json | undefined>((inside, key) => {
    if (typeof inside !== "object" || inside === null) return undefined;
    return Array.isArray(inside) ? (inside as readonly Json[])[Number(key)] : (inside as JsonObject)[key];
  }, value);
}

/** Whether a mark (unknown, sensitive) lies on the path or on anything around or inside it. */
export function isMarked(marks: Json | undefined, path: string): boolean {
  const keys = path.split(".");
  for (let length = 0; length <= keys.length; length++) {
    const inside = length === 0 ? marks : at(marks, keys.slice(0, length).join("."));
    if (inside === true) return true;
    if (length === keys.length) return holdsMark(inside);
  }
  return false;
}

export function holdsMark(value: Json | undefined): boolean {
  if (value === true) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsMark);
}
