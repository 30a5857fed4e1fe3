import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { pathsOf } from "../../tools/setup/paths";
import {
  bindingsProvider,
  findProvider,
  holdsProvider,
  prepareTerraform,
  withTerraform,
} from "../../tools/setup/terraform-environment";
import { temporaryFolder } from "./support";

const folder = temporaryFolder();
const { address, version } = bindingsProvider();
const system = `${platform()}_${arch() === "x64" ? "amd64" : arch()}`;
let count = 0;

function emptyHome(): string {
  const home = join(folder, String(count++));
  mkdirSync(home);
  return home;
}

function mirrorIn(path: string): string {
  mkdirSync(join(path, address, version, system), { recursive: true });
  writeFileSync(join(path, address, version, system, "terraform-provider-aws"), "");
  return path;
}

test("knows the version that the bindings are made for", () => {
  expect({ address, version }).toEqual({ address: "registry.terraform.io/hashicorp/aws", version: "5.100.0" });
});

test("the user's own settings come first and are left alone", () => {
  const home = emptyHome();
  const own = join(home, "own.rc");
  writeFileSync(own, "");
  const environment = { HOME: home, TF_CLI_CONFIG_FILE: own, TF_PLUGIN_CACHE_DIR: mirrorIn(join(home, "mirror")) };
  expect(findProvider(environment)).toEqual({ kind: "settings", file: own });
  const child = withTerraform(environment, prepareTerraform(pathsOf({ LAKE_HOME: home }), environment));
  expect(child.TF_CLI_CONFIG_FILE).toBe(own);
});

test("a settings variable that names no file is dropped in favour of ~/.terraformrc", () => {
  const home = emptyHome();
  writeFileSync(join(home, ".terraformrc"), "");
  const environment = { HOME: home, TF_CLI_CONFIG_FILE: join(home, "missing.rc") };
  const child = withTerraform(environment, prepareTerraform(pathsOf({ LAKE_HOME: home }), environment));
  expect(child).not.toHaveProperty("TF_CLI_CONFIG_FILE");
  expect(child.CHECKPOINT_DISABLE).toBe("1");
});

test.each([
  ["the usual plugin folder", (home: string) => join(home, ".terraform.d", "plugins"), {}],
  [
    "the folder of the desktop standard",
    (home: string) => join(home, "data", "terraform", "plugins"),
    { XDG_DATA_HOME: "data" },
  ],
])("finds a mirror in %s", (_, mirror, extra) => {
  const home = emptyHome();
  const wanted = mirrorIn(mirror(home));
  const xdg = "XDG_DATA_HOME" in extra ? { XDG_DATA_HOME: join(home, extra.XDG_DATA_HOME) } : {};
  const environment = { HOME: home, ...xdg };
  expect(findProvider(environment)).toEqual({ kind: "mirror", folder: wanted });
  const { set } = prepareTerraform(pathsOf({ LAKE_HOME: home }), environment);
  const settings = readFileSync(set.TF_CLI_CONFIG_FILE ?? "", "utf8");
  expect(settings).toContain(`path    = "${wanted}"`);
  expect(settings).toContain(`exclude = ["${address}"]`);
});

test("only the right version for this system counts, packed or not", () => {
  const home = emptyHome();
  expect(holdsProvider(mirrorIn(home), { address, version: "6.0.0" })).toBe(false);
  expect(holdsProvider(home, { address, version })).toBe(true);
  const packed = emptyHome();
  mkdirSync(join(packed, address), { recursive: true });
  writeFileSync(join(packed, address, `terraform-provider-aws_${version}_${system}.zip`), "");
  expect(holdsProvider(packed, { address, version })).toBe(true);
});
