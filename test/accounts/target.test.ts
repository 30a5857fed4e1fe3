import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { entryOf, serverFile, targetOf } from "../../accounts/model/target";
import { pathsOf } from "../../tools/setup/paths";
import { testFolder } from "../support/synthesis";
import { problemsIn } from "./fixtures";

describe("the target", () => {
  const root = join(testFolder(), "project-of-test");

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test("is local unless AWS is asked for, so that nothing reaches AWS by accident", () => {
    expect(targetOf({}, root).kind).toBe("local");
    expect(targetOf({ LAKE_TARGET: "local" }, root).kind).toBe("local");
    expect(targetOf({ LAKE_TARGET: "aws" }, root)).toEqual({ kind: "aws" });
  });

  test.each(["", "AWS", "prod", "local "])("is not %j: the environment has to say local or aws", (value) => {
    expect(problemsIn(() => targetOf({ LAKE_TARGET: value }, root))).toEqual([
      expect.objectContaining({ file: "environment", path: "LAKE_TARGET", value, fix: "set it to local or aws" }),
    ]);
  });

  test("is where the environment says, else where the local AWS runs, else where it would by default", () => {
    const idle = { kind: "local", endpoint: "http://127.0.0.1:4566" };
    expect(targetOf({}, root)).toEqual(idle);
    mkdirSync(dirname(serverFile({}, root)), { recursive: true });
    writeFileSync(serverFile({}, root), JSON.stringify({ endpoint: "http://127.0.0.1:5000", pid: 1 }));
    expect(targetOf({}, root)).toEqual({ kind: "local", endpoint: "http://127.0.0.1:5000" });
    const said = { LAKE_LOCAL_ENDPOINT: "http://127.0.0.1:6000" };
    expect(targetOf(said, root)).toEqual({ kind: "local", endpoint: "http://127.0.0.1:6000" });
  });

  test("is found in the folder that LAKE_HOME names, by synthesis and command line alike", () => {
    const environment = { LAKE_HOME: "runs/second" };
    const { serverFile: announced } = pathsOf(environment, root);
    expect(announced).toBe(join(root, "runs", "second", "local", "server.json"));
    mkdirSync(dirname(announced), { recursive: true });
    writeFileSync(announced, JSON.stringify({ endpoint: "http://127.0.0.1:7000", pid: 1 }));
    expect(targetOf(environment, root)).toEqual({ kind: "local", endpoint: "http://127.0.0.1:7000" });
    expect(targetOf({}, root)).toEqual({ kind: "local", endpoint: "http://127.0.0.1:4566" });
  });

  test("never takes a local endpoint to AWS", () => {
    expect(targetOf({ LAKE_TARGET: "aws", LAKE_LOCAL_ENDPOINT: "http://127.0.0.1:6000" }, root)).toEqual({
      kind: "aws",
    });
  });
});

describe("the way in", () => {
  test("is a role unless profiles are asked for", () => {
    expect([entryOf({}), entryOf({ LAKE_ENTRY: "role" }), entryOf({ LAKE_ENTRY: "profile" })]).toEqual([
      "role",
      "role",
      "profile",
    ]);
    expect(problemsIn(() => entryOf({ LAKE_ENTRY: "door" }))).toMatchObject([{ path: "LAKE_ENTRY", value: "door" }]);
  });
});
