import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A resource of a synthesized stack. */
export interface Resource {
  readonly type: string;
  /** `<type>.<name>`. */
  readonly address: string;
  /** The account that it is made in, e.g. `prod`. */
  readonly account: string;
  readonly block: Readonly<Record<string, unknown>>;
}

type Blocks = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface StackJson {
  readonly provider: { readonly aws: readonly ProviderJson[] };
  readonly resource?: Readonly<Record<string, Blocks>>;
}

interface ProviderJson {
  readonly alias?: string;
  readonly default_tags: readonly { readonly tags: { readonly environment: string } }[];
}

interface Manifest {
  readonly stacks: Readonly<Record<string, { readonly synthesizedStackPath: string }>>;
}

/** Every resource of every stack that a synthesis wrote into `folder`, in the order of their addresses. */
export function readResources(folder: string): Resource[] {
  const { stacks } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as Manifest;
  const all = Object.values(stacks).flatMap(({ synthesizedStackPath }) =>
    resourcesOf(JSON.parse(readFileSync(join(folder, synthesizedStackPath), "utf8")) as StackJson),
  );
  return all.sort((a, b) => (`${a.account} ${a.address}` < `${b.account} ${b.address}` ? -1 : 1));
}

function resourcesOf({ provider, resource = {} }: StackJson): Resource[] {
  const environment = (found: ProviderJson | undefined) => found?.default_tags[0]?.tags.environment ?? "";
  return Object.entries(resource).flatMap(([type, blocks]) =>
    Object.entries(blocks).map(([name, block]): Resource => {
      const alias = typeof block.provider === "string" ? block.provider.split(".")[1] : undefined;
      const account = environment(provider.aws.find((candidate) => candidate.alias === alias));
      return { type, address: `${type}.${name}`, account, block };
    }),
  );
}
