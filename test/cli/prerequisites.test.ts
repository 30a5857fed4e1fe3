import { dirname, join } from "node:path";
import { findPrerequisites, findTerraform, nodeInUse, type PrerequisiteError } from "../../tools/setup/prerequisites";
import { temporaryFolder, writeScript } from "./support";

const {
  nodeProblem,
}: {
  nodeProblem(version: string, engines: string, isInstalled: boolean): string | undefined;
} = require("../../tools/setup/node.cjs");

const folder = temporaryFolder();
let count = 0;

/** A PATH with nothing but these programs, one folder for each. */
function pathWith(...programs: [name: string, body: string][]): NodeJS.ProcessEnv {
  const folders = programs.map(([name, body]) => {
    const bin = join(folder, String(count++));
    writeScript(join(bin, name), body);
    return bin;
  });
  return { PATH: folders.join(":") };
}

const python = (version: string) => `echo "Python ${version}"; echo complete`;
const terraform = (version: string) => `echo "Terraform v${version}"; echo "on linux_amd64"`;
const PYTHON: [string, string] = ["python3", python("3.12.1")];
const TERRAFORM: [string, string] = ["terraform", terraform("1.12.0")];
const java = (version: string): [string, string] => ["java", `echo "openjdk ${version} 2025-04-15"; echo "OpenJDK"`];
const JAVA = java("17.0.15");

function problemsWith(...programs: [string, string][]): readonly string[] {
  try {
    findPrerequisites(pathWith(...programs));
    return [];
  } catch (error) {
    return (error as PrerequisiteError).problems;
  }
}

test("finds what is there, with its version", () => {
  const { python, terraform, java } = findPrerequisites(pathWith(PYTHON, TERRAFORM, JAVA));
  expect(python).toEqual({ command: expect.stringMatching(/\/python3$/), version: "3.12.1" });
  expect(terraform.version).toBe("1.12.0");
  expect(java.version).toBe("17.0.15");
});

test("says in one line each what is missing, and the fix", () => {
  expect(problemsWith()).toEqual([
    expect.stringMatching(/^Python 3\.11 or newer is needed, none was found: install .+$/),
    expect.stringMatching(/^Terraform 1\.11 or newer is needed, none was found: install .+$/),
    expect.stringMatching(/^Java 17 is needed, none was found: install .+$/),
  ]);
});

test("refuses what is too old and says which version was found", () => {
  const problems = problemsWith(["python3", python("3.10.9")], ["terraform", terraform("1.9.8")]);
  expect(problems[0]).toMatch(/python3 is 3\.10\.9: install/);
  expect(problems[1]).toMatch(/terraform is 1\.9\.8: install/);
});

test("passes over the stubs of version managers, also one that hides a good program behind it", () => {
  const stub: [string, string] = ["python3", "echo 'pyenv: python3: command not found' >&2; exit 127"];
  expect(findPrerequisites(pathWith(stub, PYTHON, TERRAFORM, JAVA)).python.version).toBe("3.12.1");
});

test("tells what it passed over, and why", () => {
  const stub: [string, string] = ["terraform", "echo 'no version is set' >&2; exit 1"];
  const environment = pathWith(stub, ["terraform", terraform("1.9.8")], TERRAFORM);
  const [first, second] = (environment.PATH ?? "").split(":");
  expect(findTerraform(environment).passedOver).toEqual([
    `${second}/terraform is 1.9.8`,
    `${first}/terraform does not tell its version`,
  ]);
  expect(findTerraform(pathWith(TERRAFORM)).passedOver).toBeUndefined();
});

test("tells when another Node.js than the first on the PATH runs the program", () => {
  const other = pathWith(["node", "echo v1"]);
  expect(nodeInUse(other)).toEqual({
    command: process.execPath,
    version: process.versions.node,
    passedOver: [`${other.PATH}/node was not what started it`],
  });
  for (const PATH of [dirname(process.execPath), "/nonexistent"]) {
    expect(nodeInUse({ PATH }).passedOver).toBeUndefined();
  }
});

test("takes a newer Python under its own name when the usual one is too old", () => {
  const old: [string, string] = ["python3", python("3.9.2")];
  const found = findPrerequisites(pathWith(old, ["python3.13", python("3.13.0")], TERRAFORM, JAVA));
  expect(found.python.command).toMatch(/python3\.13$/);
});

test("takes the Java of Spark's Glue: none that is older or newer, and the one of JAVA_HOME first", () => {
  for (const version of ["11.0.2", "21.0.1"]) {
    expect(problemsWith(PYTHON, TERRAFORM, java(version))).toEqual([
      expect.stringMatching(new RegExp(`^Java 17 is needed, \\S+/java is ${version}: install`)),
    ]);
  }
  const environment = pathWith(PYTHON, TERRAFORM, java("17.0.1"));
  const home = join(folder, "jdk");
  writeScript(join(home, "bin", "java"), JAVA[1]);
  expect(findPrerequisites({ ...environment, JAVA_HOME: home }).java).toEqual({
    command: join(home, "bin", "java"),
    version: "17.0.15",
  });
});

test("refuses a Python that cannot make virtual environments", () => {
  const bare: [string, string] = ["python3", `echo "No module named 'ensurepip'" >&2; exit 1`];
  expect(problemsWith(bare, TERRAFORM, JAVA)).toEqual([
    expect.stringMatching(/python3 lacks the module ensurepip.*python3-venv/),
  ]);
});

test("reports Node.js and missing dependencies before anything else is loaded", () => {
  expect(nodeProblem("18.20.4", ">=20.19", true)).toMatch(
    /^Node\.js 20\.19 or newer is needed, this is 18\.20\.4: install/,
  );
  expect(nodeProblem("20.18.0", ">=20.19", true)).toBeDefined();
  expect(nodeProblem("20.19.0", ">=20.19", true)).toBeUndefined();
  expect(nodeProblem("24.0.0", ">=20.19", true)).toBeUndefined();
  expect(nodeProblem("22.0.0", ">=20.19", false)).toMatch(/npm ci/);
});

test("whoever deploys to AWS needs neither Python nor Java", () => {
  expect(findTerraform(pathWith(TERRAFORM)).version).toBe("1.12.0");
});
