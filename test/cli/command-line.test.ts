import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../../cli/commands";
import { main } from "../../cli/main";
import { temporaryFolder } from "./support";

/** Runs a command line in this process and catches what it prints. */
async function lake(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const printed = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    jest.spyOn(process[name], "write").mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    }),
  );
  try {
    return { code: await main(args), ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const names = commands.map(({ name }) => name);

test("help goes to the standard output, names every command and explains the exit codes", async () => {
  for (const args of [["--help"], []]) {
    const { code, stdout, stderr } = await lake(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name.split(" ")[0]} `, "m"));
    expect(stdout).toContain("Exit codes: 0 done");
    expect(stdout).toContain("LAKE_TARGET");
  }
});

test.each(names)("%s has help with examples, and speaks JSON", async (name) => {
  const { code, stdout } = await lake(...name.split(" "), "--help");
  expect(code).toBe(0);
  expect(stdout).toContain(`npm run lake -- ${name}`);
  expect(stdout).toContain("--json");
});

test("a group of commands shows what is in it", async () => {
  for (const args of [["source"], ["source", "--help"]]) {
    const { stdout, stderr } = await lake(...args);
    for (const name of ["list", "run", "backfill", "history"])
      expect(stdout + stderr).toMatch(new RegExp(`^  ${name} `, "m"));
  }
});

test("every command has one name", () => {
  expect(new Set(names).size).toBe(names.length);
});

test.each([
  [["staus"], "unknown command 'staus'", "Did you mean status?"],
  [["status", "--acount", "prod"], "unknown option '--acount'", "Did you mean --account?"],
  [["upload"], "missing required argument 'paths'", "npm run lake -- upload --help"],
  [["redrive", "drop", "raw"], "too many arguments", "npm run lake -- redrive --help"],
  [["logs", "--lines", "many"], "It must be a whole number", "npm run lake -- logs --help"],
  [["upload", "x", "--timeout", "5"], "such as 90s, 15m or 1h", "npm run lake -- upload --help"],
  [["source", "lst"], "unknown command 'lst'", "Did you mean list?"],
  [
    ["source", "backfill", "t", "--from", "2026-02-30", "--to", "2026-03-01"],
    "It must be a day",
    "source backfill --help",
  ],
  [["source", "backfill", "t", "--from", "2026-01-31T10:00", "--to", "2026-03-01"], "a time with its zone", "--help"],
  [["run"], "missing required argument 'job'", "npm run lake -- run --help"],
])("%j is refused with a suggestion", async (args, complaint, suggestion) => {
  const { code, stdout, stderr } = await lake(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(complaint);
  expect(stderr).toContain(suggestion);
});

test("with --json even a refusal is one document on the standard output", async () => {
  const { code, stdout, stderr } = await lake("status", "--acount", "prod", "--json");
  expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
  expect(JSON.parse(stdout)).toEqual({
    error: {
      exitCode: 2,
      message: "error: unknown option '--acount'",
      fix: "Did you mean --account?\nSee `npm run lake -- status --help`.",
    },
  });
});

test("every wrong value of a command line is told at once", async () => {
  const { code, stderr } = await lake("sample", "x", "--orders", "x", "--seed", "1.5");
  expect(code).toBe(2);
  expect(stderr).toMatch(/'--orders <number>' argument 'x' is invalid.*'--seed <number>' argument '1.5' is invalid/s);
  expect((await lake("sample", "x", "--orders", "x", "--sed", "1")).stderr).toMatch(/'x' is invalid.*'--sed'/s);
});

test("help shows defaults as people type them", async () => {
  expect((await lake("upload", "--help")).stdout).toContain("(default: 30m)");
});

test.each(["demo", "up", "status", "upload", "quarantine", "redrive", "runs", "run", "quality", "destroy"])(
  "%s takes --account",
  async (name) => {
    expect((await lake(name, "--help")).stdout).toContain("--account <name>");
  },
);

describe("sample", () => {
  const folder = temporaryFolder();
  const sample = (name: string, ...more: string[]) => lake("sample", join(folder, name), "--orders", "5", ...more);

  test("fills an empty folder, and refuses one in which files are", async () => {
    expect((await sample("shop", "--defects")).code).toBe(0);
    const names = readdirSync(join(folder, "shop"));
    const { code, stderr } = await sample("shop");
    expect(code).toBe(2);
    expect(stderr).toContain(`${join(folder, "shop")} is not empty`);
    expect(stderr).toContain("Name a folder that is empty or does not exist yet.");
    expect(readdirSync(join(folder, "shop"))).toEqual(names);
  });

  test("refuses what is no folder", async () => {
    writeFileSync(join(folder, "file"), "");
    for (const name of ["file", "file/below"]) {
      const { code, stderr } = await sample(name);
      expect(code).toBe(2);
      expect(stderr).toContain(`${join(folder, name)} cannot be used as a folder`);
      expect(stderr).not.toContain("    at ");
    }
  });
});

describe("without a local AWS", () => {
  const own = { ...process.env };
  beforeEach(() => {
    process.env.LAKE_HOME = "/nonexistent/lake";
  });
  afterEach(() => {
    process.env = { ...own };
  });

  test("status says so", async () => {
    const { code, stdout } = await lake("status", "--json");
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ target: "local", running: false, accounts: [{ name: "security" }, {}] });
  });

  test.each([
    ["upload", "package.json"],
    ["quarantine"],
    ["redrive", "drop"],
    ["redrive", "lake-prod-drop"],
    ["redrive", "landing-crawler"],
    ["redrive", "lake-prod-landing-crawler"],
    ["runs"],
    ["run", "all"],
    ["quality", "orders"],
    ["destroy", "--yes"],
    ["env"],
  ])("%s asks to start it", async (...args) => {
    const { code, stderr } = await lake(...args);
    expect(code).toBe(2);
    expect(stderr).toContain("The local AWS is not running.");
    expect(stderr).toContain("npm run lake -- up");
  });

  test("down has nothing to do", async () => {
    const { code, stdout } = await lake("down", "--json");
    expect({ code, document: JSON.parse(stdout) }).toEqual({ code: 0, document: { stopped: false } });
  });

  test.each([
    [["redrive", "drp"], "Did you mean drop?"],
    [["redrive", "lake-prod-drop-photos"], "belongs to a stream of the zone drop"],
    [["quarantine", "sales/ordrs"], "Did you mean sales/orders?"],
    [["quarantine", "--account", "prd"], "Did you mean prod?"],
    [["runs", "sales/ordrs"], "Did you mean sales/orders?"],
    [["run", "order"], "Did you mean orders?"],
    [["quality", "nothing like it"], "Use one of freight/shipments, sales/closed_deals, "],
    [["upload", "package.json", "--dataset", "sales/oders"], "Did you mean sales/orders?"],
    [["upload", "no/such/file"], "There is no file or folder no/such/file."],
    [["upload", "package.json", "--strict"], "1 of 1 files belong to no dataset"],
  ])("%j names the mistake before anything is reached", async (args, message) => {
    const { code, stderr } = await lake(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test.each([
    [["status", "--account", "prd"], ["There is no lake account prd."]],
    [
      ["upload", "/no/such", "--dataset", "sales/oders", "--account", "prd"],
      ["There is no lake account prd.", "There is no dataset sales/oders.", "There is no file or folder /no/such."],
    ],
    [
      ["quarantine", "sales/ordrs", "--account", "prd"],
      ["There is no dataset sales/ordrs.", "There is no lake account prd."],
    ],
    [
      ["run", "ordrs", "--account", "prd"],
      ["There is no lake account prd.", "There is no job ordrs."],
    ],
    [["destroy", "--yes", "--account", "prd"], ["There is no lake account prd."]],
    [["up", "--account", "prd"], ["There is no lake account prd."]],
    [["demo", "--account", "prd"], ["There is no lake account prd."]],
  ])("%j names every mistake, each with its fix", async (args, messages) => {
    const { code, stdout } = await lake(...args, "--json");
    expect(code).toBe(2);
    const { error } = JSON.parse(stdout) as { error: { message: string; fix: string } };
    for (const message of messages) expect(error.message).toContain(message);
    expect(error.fix.split("\n")).toHaveLength(messages.length);
  });

  test("an unknown target is a configuration problem", async () => {
    process.env.LAKE_TARGET = "azure";
    const { code, stdout } = await lake("up", "--json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { problems: [{ path: "LAKE_TARGET", value: "azure" }] } });
  });

  test.each([["status"], ["quarantine"], ["upload", "package.json"], ["redrive", "drop"]])(
    "on AWS without credentials, %s asks to sign in",
    async (...args) => {
      process.env = { PATH: own.PATH, LAKE_TARGET: "aws", AWS_EC2_METADATA_DISABLED: "true", HOME: "/nonexistent" };
      const { code, stderr } = await lake(...args);
      expect(code).toBe(2);
      expect(stderr).toContain("Sign in: no AWS credentials were found in the environment.");
      expect(stderr).not.toContain("    at ");
      const { stdout, ...json } = await lake(...args, "--json");
      expect(json).toEqual({ code: 2, stderr: expect.any(String) });
      expect(JSON.parse(stdout)).toMatchObject({ error: { exitCode: 2, fix: expect.stringContaining("Sign in") } });
    },
  );

  test("on AWS, destroy refuses while the accounts' files retain the data", async () => {
    process.env.LAKE_TARGET = "aws";
    const { code, stderr } = await lake("destroy", "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain("is to be retained; nothing was changed");
    expect(stderr).toContain('removal: "destroy"');
  });

  test("destroy asks, and takes no answer from a script", async () => {
    process.env.LAKE_LOCAL_ENDPOINT = "http://127.0.0.1:9";
    const { code, stderr } = await lake("destroy", "--json");
    expect(code).toBe(2);
    expect(stderr).toBe("");
  });
});
