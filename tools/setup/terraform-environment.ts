import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, homedir, platform } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Paths } from "./paths";

/** The one provider of the stacks, in the version that its bindings are made for. */
export interface Provider {
  /** e.g. `registry.terraform.io/hashicorp/aws`. */
  readonly address: string;
  readonly version: string;
}

/** Where Terraform gets the provider from. */
export type ProviderSource =
  | { readonly kind: "settings"; readonly file: string }
  | { readonly kind: "mirror"; readonly folder: string }
  | { readonly kind: "registry" };

export interface TerraformEnvironment {
  /** What has to be set for Terraform, and for anything that runs it. */
  readonly set: Readonly<Record<string, string>>;
  /** What must not be set. */
  readonly unset: readonly string[];
}

/** The provider that `@cdktf/provider-aws` was made from. */
export function bindingsProvider(): Provider {
  const { cdktf } = require("@cdktf/provider-aws/package.json") as {
    cdktf: { provider: { name: string; version: string } };
  };
  return { address: cdktf.provider.name, version: cdktf.provider.version };
}

/** Where Terraform finds the provider: by the user's own settings if there are any, else in a mirror on this machine. */
export function findProvider(environment: NodeJS.ProcessEnv): ProviderSource {
  const settings = [environment.TF_CLI_CONFIG_FILE, join(homeOf(environment), ".terraformrc")].find(
    (file) => file !== undefined && file !== "" && existsSync(file),
  );
  if (settings !== undefined) return { kind: "settings", file: settings };
  const provider = bindingsProvider();
  const folder = mirrorFolders(environment).find((candidate) => holdsProvider(candidate, provider));
  return folder === undefined ? { kind: "registry" } : { kind: "mirror", folder };
}

/** Writes the settings file that says where the provider is, unless the user has one. */
export function prepareTerraform(paths: Paths, environment: NodeJS.ProcessEnv): TerraformEnvironment {
  const source = findProvider(environment);
  const quiet = { CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" };
  if (source.kind === "settings") {
    const own = environment.TF_CLI_CONFIG_FILE;
    // A variable that names no file would make Terraform complain and overlook ~/.terraformrc.
    return { set: quiet, unset: own === undefined || own === source.file ? [] : ["TF_CLI_CONFIG_FILE"] };
  }
  if (source.kind === "registry") mkdirSync(paths.plugins, { recursive: true });
  const text =
    source.kind === "mirror" ? mirrorSettings(source.folder, bindingsProvider()) : cacheSettings(paths.plugins);
  writeIfChanged(paths.terraformConfig, text);
  return { set: { ...quiet, TF_CLI_CONFIG_FILE: paths.terraformConfig }, unset: [] };
}

/** An environment with the changes made to it. */
export function withTerraform(environment: NodeJS.ProcessEnv, terraform: TerraformEnvironment): NodeJS.ProcessEnv {
  const changed: NodeJS.ProcessEnv = { ...environment, ...terraform.set };
  for (const name of terraform.unset) delete changed[name];
  return changed;
}

function homeOf(environment: NodeJS.ProcessEnv): string {
  return environment.HOME ?? homedir();
}

/** Folders in which Terraform itself looks for providers, and those below `/opt`, where machine images keep theirs. */
function mirrorFolders(environment: NodeJS.ProcessEnv): string[] {
  const home = homeOf(environment);
  const dataFolders = (environment.XDG_DATA_DIRS ?? `/usr/local/share${delimiter}/usr/share`).split(delimiter);
  return [
    environment.TF_PLUGIN_CACHE_DIR ?? "",
    join(home, ".terraform.d", "plugins"),
    join(environment.XDG_DATA_HOME ?? join(home, ".local", "share"), "terraform", "plugins"),
    ...[...dataFolders, "/usr/local/share", "/usr/share"].map((folder) => join(folder, "terraform", "plugins")),
    ...foldersIn("/opt"),
  ].filter((folder) => folder !== "");
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Unpacked (`<address>/<version>/<os>_<arch>/`) or packed (`<address>/terraform-provider-…zip`), as mirrors come. */
export function holdsProvider(folder: string, { address, version }: Provider): boolean {
  const system = `${platform()}_${arch() === "x64" ? "amd64" : arch()}`;
  const type = address.split("/").at(-1);
  const unpacked = join(folder, address, version, system);
  const packed = join(folder, address, `terraform-provider-${type}_${version}_${system}.zip`);
  return foldersIn(unpacked).length > 0 || existsSync(packed);
}

function mirrorSettings(folder: string, { address }: Provider): string {
  const name = JSON.stringify(address);
  return `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(folder)}
    include = [${name}]
  }
  direct {
    exclude = [${name}]
  }
}
`;
}

/** Stack folders are generated and have no lock file until Terraform writes one; without the second line the cache would be ignored. */
function cacheSettings(plugins: string): string {
  return `plugin_cache_dir = ${JSON.stringify(plugins)}
plugin_cache_may_break_dependency_lock_file = true
`;
}

function writeIfChanged(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
