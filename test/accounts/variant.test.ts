import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfiguration } from "../../accounts/model/configuration";
import { INTERFACE_ENDPOINTS } from "../../accounts/model/endpoints";
import { sourcesIn } from "../../accounts/model/ingestion";
import { parseAccounts } from "../../accounts/model/load";
import { forgetVariant, keepVariant, variantFile, variantOf, withVariant } from "../../accounts/model/variant";
import { ROOT } from "../support/synthesis";
import { filesOf, lake, problemsIn } from "./fixtures";

const NEEDED = ["sqs", "glue", "kms", "lambda", "logs", "monitoring", "states"];
const home = mkdtempSync(join(tmpdir(), "lake-variant-"));
const environment = { LAKE_HOME: home };
const aws = { ...environment, LAKE_TARGET: "aws" };

afterEach(() => forgetVariant(environment, ROOT));
afterAll(() => rmSync(home, { recursive: true }));

function lakesWith(settings: Readonly<Record<string, unknown>>) {
  return withVariant(parseAccounts(filesOf({ prod: { ...lake, ...settings } })), "database").lakes;
}

test("lakes are what their files say unless somebody has chosen more for the local AWS", () => {
  expect(variantOf(environment, ROOT)).toBeUndefined();
  expect(loadConfiguration(environment, ROOT).accounts.lakes[0]?.database).toBe(false);
});

test("what was chosen holds for every command that follows, until it is forgotten", () => {
  keepVariant("database", environment, ROOT);
  const { accounts, sources } = loadConfiguration(environment, ROOT);
  const [prod] = accounts.lakes;
  expect(prod).toMatchObject({ name: "prod", database: { name: "freight", instances: 1, minCapacity: 0 } });
  expect(accounts.all).toContain(prod);
  expect(prod && sourcesIn(prod, sources).map(({ id }) => id)).toEqual(["freight/freight"]);
  forgetVariant(environment, ROOT);
  expect(loadConfiguration(environment, ROOT).accounts.lakes[0]?.database).toBe(false);
});

test("on AWS the files decide, whatever was chosen here", () => {
  keepVariant("database", environment, ROOT);
  expect(variantOf(aws, ROOT)).toBeUndefined();
  expect(loadConfiguration(aws, ROOT).accounts.lakes[0]?.database).toBe(false);
});

test.each(["", "{", "null", '{"variant": "databse"}', '{"variant": ["database"]}'])(
  "%j in its place is refused, with how to choose again",
  (text) => {
    writeFileSync(variantFile(environment, ROOT), text);
    expect(problemsIn(() => loadConfiguration(environment, ROOT))).toEqual([
      expect.objectContaining({ file: variantFile(environment, ROOT), fix: expect.stringContaining("npm stop") }),
    ]);
    expect(() => loadConfiguration(aws, ROOT)).not.toThrow();
  },
);

test("the database comes with a place for files and what its source calls; nothing else changes", () => {
  const [before] = parseAccounts(filesOf()).lakes;
  const [after] = lakesWith({});
  if (!before?.network || !after?.network) throw new Error("there is no network");
  const interfaceEndpoints = [...before.network.interfaceEndpoints, "elasticmapreduce", "secretsmanager"];
  expect(after).toEqual({
    ...before,
    database: { name: "freight", minCapacity: 0, maxCapacity: 4, instances: 1, backupDays: 14 },
    landing: after.landing,
    network: { ...before.network, interfaceEndpoints },
  });
  expect(after.landing).not.toBe(false);
});

test("what a file says of its database stays as it is", () => {
  const interfaceEndpoints = [...NEEDED, "secretsmanager"];
  const [found] = lakesWith({
    network: { ...lake.network, interfaceEndpoints },
    database: { name: "own", instances: 3 },
    landing: { schedule: "cron(5 * * * ? *)" },
  });
  expect(found).toMatchObject({ database: { name: "own", instances: 3 }, landing: { schedule: "cron(5 * * * ? *)" } });
});

test.each([{ network: false }, { zones: [{ name: "drop" }, { name: "raw" }] }])(
  "%j has no place for one",
  (settings) => {
    expect(lakesWith(settings)[0]).toMatchObject({ ...settings, database: false });
  },
);

test("a network without room for it is refused by the name of its file", () => {
  // A /22 has room for these, and for one more.
  const others = Object.keys(INTERFACE_ENDPOINTS).filter(
    (name) => !NEEDED.includes(name) && !/mapr|secrets/.test(name),
  );
  const interfaceEndpoints = [...NEEDED, ...others].slice(0, 26);
  expect(problemsIn(() => lakesWith({ network: { cidr: "10.0.0.0/22", interfaceEndpoints } }))).toEqual([
    expect.objectContaining({
      file: expect.stringMatching(/^accounts\/prod\.ts, with a database/),
      path: "network.cidr",
    }),
  ]);
});
