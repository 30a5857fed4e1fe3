import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GuardedPlan, Verdict } from "../../../cli/guard/guard";
import { main } from "../../../cli/main";
import { temporaryFolder } from "../support";

const folder = temporaryFolder();
const FIXTURES = join(__dirname, "fixtures");

/** Runs a command line in this process, without a local AWS, and catches its JSON document. */
async function lake<T = { error: { message: string; fix?: string } }>(
  ...args: string[]
): Promise<{ code: number; document: T }> {
  let printed = "";
  const spy = jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const home = process.env.LAKE_HOME;
  process.env.LAKE_HOME = join(folder, "home");
  try {
    return { code: await main([...args, "--json"]), document: JSON.parse(printed) as T };
  } finally {
    spy.mockRestore();
    if (home === undefined) delete process.env.LAKE_HOME;
    else process.env.LAKE_HOME = home;
  }
}

/** A plan of the fixtures as a file of its own, as `terraform show -json` would print it. */
function planFile(fixture: string, stack: string): string {
  const plans = JSON.parse(readFileSync(join(FIXTURES, `${fixture}.json`), "utf8")) as GuardedPlan[];
  const file = join(folder, `${stack}.plan.json`);
  writeFileSync(file, JSON.stringify(plans.find((one) => one.stack === stack)?.plan));
  return file;
}

test("guard judges a plan alone, without an account or a local AWS", async () => {
  const refused = await lake<Verdict>("guard", planFile("renamed", "prod"));
  expect(refused.code).toBe(3);
  expect(refused.document.findings).toContainEqual(
    expect.objectContaining({
      stack: "prod",
      rule: "delete",
      why: expect.any(String),
      how: expect.stringContaining("moveFromId"),
    }),
  );
  const passed = await lake<Verdict>("guard", planFile("harmless", "prod"));
  expect(passed).toEqual({ code: 0, document: { passes: true, findings: [], notes: [] } });
});

test("guard says of every path what is wrong with it", async () => {
  const [text, other] = [join(folder, "text.json"), join(folder, "other.json")];
  writeFileSync(text, "{");
  writeFileSync(other, '{"version":4}');
  mkdirSync(join(folder, "empty"));
  const { code, document } = await lake("guard", text, other, join(folder, "empty"), join(folder, "missing"));
  expect(code).toBe(2);
  for (const complaint of [
    "text.json is no JSON",
    "other.json is no plan",
    "There is no plan in",
    "There is no plan ",
  ]) {
    expect(document.error.message).toContain(complaint);
  }
  expect(document.error.fix).toContain("npm run lake -- plan");
});

test.each([
  [["plan"], "The local AWS is not running."],
  [["plan", "--account", "prd"], "Did you mean prod?"],
  [["apply", join(folder, "nowhere")], "There is no plan in"],
  [["guard"], "missing required argument 'plans'"],
  [["apply", "a", "b"], "too many arguments"],
])("%j is refused before anything is done", async (args, complaint) => {
  const { code, document } = await lake(...args);
  expect(code).toBe(2);
  expect(`${document.error.message} ${document.error.fix}`).toContain(complaint);
});

test("apply refuses stacks that there are not, and one that is planned twice", async () => {
  const path = join(folder, "odd");
  mkdirSync(path);
  const digest = "0".repeat(64);
  const stack = (name: string) => ({
    ...{ stack: name, accounts: {}, configuration: digest, plan: digest },
    ...{ terraform: "1.11.4", time: "2026-11-21T10:00:00Z", isEmpty: false },
  });
  const manifest = { version: 1, target: { kind: "aws" }, stacks: [stack("prd"), stack("prod"), stack("prod")] };
  writeFileSync(join(path, "manifest.json"), JSON.stringify(manifest));
  const { code, document } = await lake("apply", path);
  expect(code).toBe(2);
  expect(document.error.message).toMatch(/nothing was changed\.\n {2}there is no stack prd\n {2}prod is planned twice/);
});
