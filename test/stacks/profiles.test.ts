import { join } from "node:path";
import { loadAccounts } from "../../accounts/model/load";
import { Names } from "../../accounts/model/naming";
import type { Block, Stack } from "../support/stack";
import {
  ROOT,
  readSynthesis,
  SYNTHESES,
  SYNTHESIS_TIMEOUT_MS,
  type Synthesis,
  synthesisOf,
  synthesize,
  testFolder,
} from "../support/synthesis";

const accounts = loadAccounts();
const profileOf = (name: string) => {
  const account = accounts.all.find((one) => one.name === name) ?? accounts.security;
  return new Names(accounts.organization, account).prefix;
};
const targets = ["aws", "local"] as const;
const stacks = ["bootstrap", ...accounts.all.map(({ name }) => name)];

let profiles: Record<string, Synthesis>;

beforeAll(async () => {
  const made = targets.map(async (target) => {
    const folder = join(testFolder(), `profiles-${target}`);
    await synthesize(ROOT, folder, { ...SYNTHESES[target], LAKE_ENTRY: "profile" });
    return [target, readSynthesis(folder)] as const;
  });
  profiles = Object.fromEntries(await Promise.all(made));
}, SYNTHESIS_TIMEOUT_MS);

const backend = ({ json }: Stack) => ((json.terraform?.backend ?? {}) as Record<string, Block>).s3 ?? {};
const without = (block: Block, ...keys: string[]) =>
  Object.fromEntries(Object.entries(block).filter(([key]) => !keys.includes(key)));

describe.each(targets.flatMap((target) => stacks.map((name) => ({ target, name }))))(
  "of the stack $name on $target, a plan that somebody else applies",
  ({ target, name }) => {
    test("names a profile for each account, and no role and no credentials", () => {
      const stack = profiles[target]?.stack(name) as Stack;
      expect(backend(stack).profile).toBe(profileOf(name));
      for (const provider of stack.json.provider?.aws ?? []) {
        expect(provider.profile).toBe(profileOf(String(provider.alias ?? name)));
      }
      const text = JSON.stringify([backend(stack), stack.json.provider]);
      expect(text).not.toMatch(/assume_role|role_arn|external_id|access_key|secret_key/);
    });

    test("is otherwise the same, byte for byte", () => {
      const [named, usual] = [profiles[target]?.stack(name) as Stack, synthesisOf(target).stack(name)];
      const own = ["assume_role", "access_key", "secret_key"];
      expect(without(backend(named), "profile")).toEqual(without(backend(usual), ...own));
      expect(named.json.provider?.aws?.map((provider) => without(provider, "profile"))).toEqual(
        usual.json.provider?.aws?.map((provider) => without(provider, ...own)),
      );
      const rest = ({ json }: Stack) => {
        const { backend: _, ...terraform } = json.terraform as Block;
        return JSON.stringify({ ...json, provider: undefined, terraform });
      };
      expect(rest(named) === rest(usual)).toBe(true);
    });
  },
);
