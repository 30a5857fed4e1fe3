import type { Block, Json, Resource, Stack } from "../../support/stack";

/** One rule that every stack keeps. */
export interface Check {
  /** The rule, as a sentence. */
  readonly name: string;
  /** What breaks the rule in the stack; nothing in a good one. */
  readonly find: (stack: Stack) => string[];
}

/** Holds for each resource of a type: what the function says is wrong with it. */
export function eachResource(type: string, name: string, wrong: (resource: Resource, stack: Stack) => string[]): Check {
  return {
    name,
    find: (stack) =>
      stack.resources(type).flatMap((resource) => wrong(resource, stack).map((text) => `${resource.address}: ${text}`)),
  };
}

/** The attributes, by dotted path, that are not as they should be. */
export function unlike(block: Block, wanted: Readonly<Record<string, Json | RegExp>>): string[] {
  return Object.entries(wanted).flatMap(([path, value]) => {
    const actual = at(block, path);
    const same =
      value instanceof RegExp ? value.test(String(actual ?? "")) : JSON.stringify(actual) === JSON.stringify(value);
    return same ? [] : [`${path} is ${JSON.stringify(actual)}`];
  });
}

/** What is at a dotted path; list items by their number. */
export function at(block: Block, path: string): Json | undefined {
  return path.split(".").reduce<Json | undefined>((value, key) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Array.isArray(value) ? value[Number(key)] : (value as Block)[key];
  }, block);
}

/** A reference to the ARN of a key of ours. */
export const OWN_KEY = /^\$\{aws_kms_key\.[\w-]+\.arn\}$/;

/** The account ids that the stack's providers may work in. */
export function accountsOf(stack: Stack): string[] {
  return (stack.json.provider?.aws ?? []).flatMap((provider) => (provider.allowed_account_ids ?? []) as string[]);
}

/**
 * The one kind of bucket that S3's own key encrypts: S3 delivers access logs to no other. It does not log its own use
 * either, for each log would make another.
 */
export function takesAccessLogs({ block }: Resource): boolean {
  return /-access-logs-\d{12}-[\w-]+$/.test(String(block.bucket));
}

/** A bucket of the audit account in which records end. */
export function keepsRecords({ block }: Resource): boolean {
  return /-(audit|access-records|config-records|discovery-records|flow-records)-\d{12}-/.test(String(block.bucket));
}

export function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);
}
