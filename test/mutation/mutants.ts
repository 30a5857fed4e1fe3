import { type MutableBlock, type MutableJson, set } from "../stacks/mutations";
import type { Block, Json, Resource, Stack } from "../support/stack";

/** A stack in which one line is not as it was written. */
export interface Mutant {
  /** What the line is about: the kind of resource and the path of the attribute, items of lists as `*`. */
  readonly rule: string;
  /** Where it is: the stack and the address. */
  readonly where: string;
  readonly make: () => Stack;
}

/** Attributes that hold policies: their statements are weakened one by one. */
const POLICIES = ["policy", "assume_role_policy"];

/** Every attribute of every resource, weakened by itself: what is on is off, and what is said is said no more. */
export function attributeMutants(stack: Stack): Mutant[] {
  return stack.resources().flatMap((resource) =>
    leaves(resource.block).map(({ path, value }) => ({
      rule: `${resource.type} ${path.map((key) => (/^\d+$/.test(key) ? "*" : key)).join(".")}`,
      where: `${stack.name}: ${resource.address}`,
      make: () => withChange(stack, resource, path, typeof value === "boolean" ? !value : undefined),
    })),
  );
}

function withChange(stack: Stack, resource: Resource, path: readonly string[], value: MutableJson | undefined): Stack {
  const block = structuredClone(resource.block) as MutableBlock;
  set(block, path.join("."), value);
  return stack.with(resource, block);
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: Json;
}

/** The attributes of a block, with those of blocks inside; keys with dots are names of something, not of attributes. */
function leaves(block: Block, above: readonly string[] = []): Leaf[] {
  return Object.entries(block)
    .filter(([key]) => key !== "//" && !key.includes(".") && !(above.length === 0 && POLICIES.includes(key)))
    .flatMap(([key, value]) => {
      const path = [...above, key];
      // What is null is not said at all.
      if (value === null) return [];
      if (typeof value !== "object") return [{ path, value }];
      const inside = Array.isArray(value)
        ? value.flatMap((item, index) => (isBlock(item) ? leaves(item, [...path, String(index)]) : []))
        : leaves(value as Block, path);
      return inside.length === 0 ? [{ path, value }] : inside;
    });
}

const isBlock = (value: Json): value is Block => typeof value === "object" && value !== null && !Array.isArray(value);
