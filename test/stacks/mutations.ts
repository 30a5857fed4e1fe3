import { type Resource, Stack, type StackJson } from "../support/stack";

export type MutableJson = string | number | boolean | null | MutableJson[] | MutableBlock;
export interface MutableBlock {
  [key: string]: MutableJson;
}
export interface MutableStack {
  resource: Record<string, Record<string, MutableBlock>>;
  provider: Record<string, MutableBlock[]>;
  terraform: MutableBlock;
}

/** A copy of the stack, changed by the function. */
export function changed(stack: Stack, change: (json: MutableStack) => void): Stack {
  const json = structuredClone(stack.json) as unknown as MutableStack;
  change(json);
  return new Stack(stack.name, json as unknown as StackJson);
}

/** A copy of the stack in which one resource is changed. */
function withChange(stack: Stack, resource: Resource, change: (block: MutableBlock) => void): Stack {
  const block = structuredClone(resource.block) as MutableBlock;
  change(block);
  return stack.with(resource, block);
}

/** Sets what is at a dotted path, or takes it away when the value is undefined. */
export function set(block: MutableBlock, path: string, value: MutableJson | undefined): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const parent = keys.reduce<MutableBlock>((inside, key) => inside[key] as MutableBlock, block);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}

/** A copy of the stack for each resource of the type, in which that one is changed. */
export function eachChanged(
  stack: Stack,
  type: string,
  change: (block: MutableBlock) => void,
  where: (block: MutableBlock) => boolean = () => true,
): { address: string; stack: Stack }[] {
  return stack
    .resources(type)
    .filter(({ block }) => where(block as MutableBlock))
    .map((resource) => ({ address: resource.address, stack: withChange(stack, resource, change) }));
}

export interface MutableStatement {
  Sid: string;
  Effect: string;
  Principal?: MutableJson;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, MutableJson>>;
}

/** Attributes that hold policies. */
const POLICIES = ["policy", "assume_role_policy"];

/** A copy of the stack for each policy statement, in which the function changed that one; `false` leaves it out. */
export function eachStatementChanged(
  stack: Stack,
  change: (statement: MutableStatement) => MutableStatement[] | false,
): { where: string; stack: Stack }[] {
  return stack.resources().flatMap((resource) =>
    POLICIES.flatMap((attribute) => {
      const json = resource.block[attribute];
      if (typeof json !== "string") return [];
      const { Statement } = JSON.parse(json) as { Statement: MutableStatement[] };
      return Statement.flatMap((statement, index) => {
        const replacement = change(structuredClone(statement));
        if (replacement === false) return [];
        const statements = Statement.toSpliced(index, 1, ...replacement);
        const policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
        return [
          {
            where: `${resource.address}, ${statement.Sid}`,
            stack: withChange(stack, resource, (block) => set(block, attribute, policy)),
          },
        ];
      });
    }),
  );
}
