import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { findPrerequisites } from "../tools/setup/prerequisites";

export const root = join(__dirname, "..");
/** What measuring needs and the lake does not. */
export const folder = join(root, ".lake", "bench");
/** The stock way to run TypeScript under cdktf: what its project template sets up. */
const TS_NODE = "10.9.2";

/** Python with pandas. */
export function pandasPython(): string {
  const python = join(folder, "venv", "bin", "python");
  if (!existsSync(join(folder, "venv", "complete"))) {
    mkdirSync(folder, { recursive: true });
    const { command } = findPrerequisites(process.env).python;
    execFileSync(command, ["-m", "venv", join(folder, "venv")], { stdio: "inherit" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", "-r", join(__dirname, "requirements.txt")], {
      stdio: "inherit",
    });
    mkdirSync(join(folder, "venv", "complete"));
  }
  return python;
}

/** A program as a function's code is deployed: one bundled file, so that what is measured does not include a transpiler. */
export function bundled(name: string): string {
  const outfile = join(folder, "programs", `${name}.cjs`);
  buildSync({
    entryPoints: [join(__dirname, "programs", `${name}.ts`)],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    external: ["@duckdb/node-api"],
  });
  return outfile;
}

/** The ts-node program. */
export function tsNode(): string {
  const program = join(folder, "ts-node", "node_modules", "ts-node", "dist", "bin.js");
  if (!existsSync(program)) {
    mkdirSync(join(folder, "ts-node"), { recursive: true });
    execFileSync(
      "npm",
      ["install", "--silent", "--no-save", "--prefix", join(folder, "ts-node"), `ts-node@${TS_NODE}`],
      { stdio: "inherit" },
    );
  }
  return program;
}

/** What the figures were measured with. */
export function versions(): string {
  const lock = (name: string) =>
    (require(join(root, "node_modules", name, "package.json")) as { version: string }).version;
  const terraform = JSON.parse(
    execFileSync("terraform", ["version", "-json"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  ) as { terraform_version: string };
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus().length} cores, ${memory} GB of memory, ${process.platform} ${process.arch}`,
    `Node.js ${process.versions.node}`,
    `Terraform ${terraform.terraform_version}`,
    `cdktf ${lock("cdktf")}`,
    `TypeScript ${lock("typescript")} and ts-node ${TS_NODE}`,
    `@duckdb/node-api ${lock("@duckdb/node-api")}`,
    "Python, DuckDB and Spark as in local/requirements.txt; pandas and pyarrow as in bench/requirements.txt",
  ].join("; ");
}
