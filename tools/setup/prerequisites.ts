import { spawnSync } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A program that this project needs and does not bring along. */
export interface Tool {
  readonly command: string;
  readonly version: string;
  /** What would have come first, and why it is not used. @default it is the first */
  readonly passedOver?: readonly string[];
}

export interface Prerequisites {
  readonly python: Tool;
  readonly terraform: Tool;
  readonly java: Tool;
}

/** A prerequisite that is missing or too old: what, and the fix. */
export class PrerequisiteError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "PrerequisiteError";
    this.problems = problems;
  }
}

interface Wanted {
  readonly title: string;
  readonly commands: readonly string[];
  readonly minimum: readonly [number, number];
  /** The first major version that will not do. @default any newer one does */
  readonly below?: number;
  /** Arguments that make the program print its version, and the version in what it prints. */
  readonly ask: readonly string[];
  readonly version: RegExp;
  readonly fix: string;
}

const PYTHON: Wanted = {
  title: "Python",
  commands: ["python3", "python3.11", "python3.12", "python3.13", "python3.14", "python"],
  minimum: [3, 11],
  // Debian ships Python without the modules that make virtual environments.
  ask: ["-c", "import platform; print('Python', platform.python_version()); import ensurepip, venv; print('complete')"],
  version: /^Python (\d+\.\d+\.\d+)\s+complete/,
  fix: "install it from https://www.python.org/downloads, or run `brew install python` or `sudo apt install python3 python3-venv`",
};

const TERRAFORM: Wanted = {
  title: "Terraform",
  commands: ["terraform"],
  minimum: [1, 11],
  ask: ["version"],
  version: /^Terraform v(\d+\.\d+\.\d+)/m,
  fix: "install it from https://developer.hashicorp.com/terraform/install",
};

const JAVA: Wanted = {
  title: "Java",
  commands: ["java"],
  minimum: [17, 0],
  // Glue runs Spark 3.5 on Java 17, and Spark 3.5 promises nothing for later ones.
  below: 18,
  ask: ["--version"],
  version: /^\w+ (\d+(?:\.\d+)*)/,
  fix: "install it from https://adoptium.net, or run `brew install openjdk@17` or `sudo apt install openjdk-17-jre-headless`, and let JAVA_HOME name it if another one comes first",
};

/** A program that never answers must not hang the check. */
const PATIENCE_MS = 20_000;

/**
 * The programs on the PATH that will do. Every candidate is run: version managers leave stubs that only complain.
 * @throws PrerequisiteError with one line for each that is missing or too old.
 */
export function findPrerequisites(environment: NodeJS.ProcessEnv): Prerequisites {
  const [python, terraform, java] = findAll([PYTHON, TERRAFORM, JAVA], environment) as [Tool, Tool, Tool];
  return { python, terraform, java };
}

/** For those who need neither Python nor Java: only the local AWS does. @throws PrerequisiteError */
export function findTerraform(environment: NodeJS.ProcessEnv): Tool {
  const [terraform] = findAll([TERRAFORM], environment) as [Tool];
  return terraform;
}

/** The Node.js that runs this process: it may have been started by its path, or by a version manager. */
export function nodeInUse(environment: NodeJS.ProcessEnv, execPath = process.execPath): Tool {
  const tool = { command: execPath, version: process.versions.node };
  const [first] = candidates(["node"], environment);
  if (first === undefined || realpathSync(first) === realpathSync(execPath)) return tool;
  return { ...tool, passedOver: [`${first} was not what started it`] };
}

function findAll(wanted: readonly Wanted[], environment: NodeJS.ProcessEnv): Tool[] {
  const found = wanted.map((one) => findTool(one, environment));
  const problems = found.filter((one) => typeof one === "string");
  if (problems.length > 0) throw new PrerequisiteError(problems);
  return found.filter((one) => typeof one !== "string");
}

function findTool(wanted: Wanted, environment: NodeJS.ProcessEnv): Tool | string {
  const needed = wanted.below === undefined ? `${wanted.minimum.join(".")} or newer` : wanted.minimum[0];
  const seen: string[] = [];
  const silent: string[] = [];
  for (const command of candidates(wanted.commands, environment)) {
    const { stdout, stderr } = spawnSync(command, wanted.ask, {
      encoding: "utf8",
      env: { ...environment, CHECKPOINT_DISABLE: "1" },
      timeout: PATIENCE_MS,
      killSignal: "SIGKILL",
    });
    const version = wanted.version.exec(stdout ?? "")?.[1];
    if (version === undefined) {
      const lacks = /No module named '(\w+)'/.exec(stderr ?? "")?.[1];
      if (lacks === undefined) silent.push(`${command} does not tell its version`);
      else seen.push(`${command} lacks the module ${lacks}`);
    } else if (isAtLeast(version, wanted.minimum) && isBelow(version, wanted.below)) {
      const passedOver = [...new Set([...seen, ...silent])];
      return passedOver.length === 0 ? { command, version } : { command, version, passedOver };
    } else {
      seen.push(`${command} is ${version}`);
    }
  }
  const found = seen.length === 0 ? "none was found" : [...new Set(seen)].join(", ");
  return `${wanted.title} ${needed} is needed, ${found}: ${wanted.fix}`;
}

/** Every executable of those names on the PATH: a broken one may hide a good one behind it. */
function candidates(commands: readonly string[], environment: NodeJS.ProcessEnv): string[] {
  const folders = (environment.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  // Where Spark itself looks first.
  if (commands.includes("java") && environment.JAVA_HOME) folders.unshift(join(environment.JAVA_HOME, "bin"));
  return commands.flatMap((command) => folders.map((folder) => join(folder, command))).filter(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isBelow(version: string, limit: number | undefined): boolean {
  return limit === undefined || Number.parseInt(version, 10) < limit;
}

function isAtLeast(version: string, minimum: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1]);
}
