import { existsSync } from "node:fs";
import { join } from "node:path";
import { variantFile } from "../../accounts/model/variant";
import { down } from "../../cli/commands/down";
import { Lake } from "../../cli/lake";
import { checkDatabase, chooseDatabase } from "../../cli/sources/database";
import { pathsOf } from "../../tools/setup/paths";
import { PlainProgress } from "../../tools/setup/progress";
import { temporaryFolder } from "./support";

const home = temporaryFolder();
const here = { LAKE_HOME: home };
const open = (environment: NodeJS.ProcessEnv = here) =>
  new Lake(pathsOf(environment), environment, new PlainProgress(() => {}));
const isChosen = () => existsSync(variantFile(here, pathsOf(here).root));

test("a database that is asked for on the local AWS is there for this command and those that follow", async () => {
  const lake = open();
  expect(lake.lakeAccount("prod").database).toBe(false);
  expect(() => checkDatabase(lake, lake.lakeAccount("prod"))).toThrow(/has no database of its own/);
  chooseDatabase(lake, undefined);
  for (const one of [lake, open()]) {
    expect(one.lakeAccount("prod").database).toMatchObject({ name: "freight" });
    expect(() => checkDatabase(one, one.lakeAccount("prod"))).not.toThrow();
    expect(one.variant).toBe("database");
  }
  await down.run(open(), [], {});
  expect(open().lakeAccount("prod").database).toBe(false);
  expect(isChosen()).toBe(false);
});

test("on AWS the account's file decides, and is named", () => {
  const lake = open({ ...here, LAKE_TARGET: "aws" });
  expect(failureOf(() => chooseDatabase(lake, undefined))).toEqual({
    message: "The lake prod has no database of its own, or no place for files to fill it.",
    fix: 'Set database: { name: "freight" } and landing: {} in accounts/prod.ts and deploy.',
  });
  expect(isChosen()).toBe(false);
});

test("the other way to one is told where there is another", () => {
  const lake = open();
  expect(failureOf(() => checkDatabase(lake, lake.lakeAccount("prod"))).fix).toContain("up --with-database");
});

test("a lake without a place for one is refused, and nothing is kept", () => {
  const lake = open();
  const { name: _, ...settings } = lake.lakeAccount("prod");
  jest.spyOn(lake, "lakeAccount").mockReturnValue({ ...settings, name: "small", network: false });
  expect(failureOf(() => chooseDatabase(lake, "small"))).toEqual({
    message: "The lake small has no place for a database of its own.",
    fix: "It takes a network and at least three zones: see accounts/small.ts.",
  });
  expect(isChosen()).toBe(false);
});

test("a lake that there is not is refused, and nothing is kept", () => {
  expect(failureOf(() => chooseDatabase(open(), "prd"))).toMatchObject({ message: "There is no lake account prd." });
  expect(isChosen()).toBe(false);
  expect(existsSync(join(home, "variant.json"))).toBe(false);
});

function failureOf(work: () => void): { message: string; fix?: string } {
  try {
    work();
  } catch (error) {
    const { message, fix } = error as Error & { fix?: string };
    return { message, ...(fix === undefined ? {} : { fix }) };
  }
  throw new Error("it did not fail");
}
