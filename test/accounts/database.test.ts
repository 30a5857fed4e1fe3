import { parseAccounts } from "../../accounts/model/load";
import { filesOf, lake, problemsOf } from "./fixtures";

const endpoints = ["sqs", "glue", "kms", "lambda", "logs", "monitoring", "states", "secretsmanager"];
const network = { ...lake.network, interfaceEndpoints: endpoints };
const account = { ...lake, network, database: {} };
const said = (change: Readonly<Record<string, unknown>>) =>
  problemsOf({ prod: { ...account, ...change } }).map(({ path, message }) => `${path} ${message}`);

test("an account has no database unless it asks for one, since it costs by the hour", () => {
  const [without] = parseAccounts(filesOf()).lakes;
  expect(without?.database).toBe(false);
});

test("a database has a second server, room to grow and two weeks of backups by default", () => {
  const [found] = parseAccounts(filesOf({ prod: account })).lakes;
  expect(found?.database).toEqual({ name: "lake", minCapacity: 0.5, maxCapacity: 4, instances: 2, backupDays: 14 });
});

test.each([
  [{ network: false }, /^database needs a network/],
  [{ network: { ...network, dataSubnets: false } }, /^network.dataSubnets leaves no place for the database/],
  [
    { network: { ...network, interfaceEndpoints: endpoints.slice(0, -1) } },
    /^network.interfaceEndpoints lacks secretsmanager/,
  ],
  [{ zones: [{ name: "drop" }, { name: "raw" }] }, /^database needs a third zone/],
])("a database needs %j to be otherwise", (change, message) => {
  expect(said(change)).toEqual([expect.stringMatching(message)]);
});

test.each([
  [{ minCapacity: 0.3 }, /^database.minCapacity .*multiple of 0.5/],
  [{ minCapacity: 8, maxCapacity: 4 }, /^database.minCapacity is more than maxCapacity \(4\)/],
  [{ maxCapacity: 0.5 }, /^database.maxCapacity/],
  [{ maxCapacity: 257 }, /^database.maxCapacity/],
  [{ instances: 0 }, /^database.instances/],
  [{ backupDays: 36 }, /^database.backupDays/],
  [{ name: "Lake" }, /^database.name must be small letters/],
  [{ name: "postgres" }, /^database.name must not be one of/],
])("%j is refused", (database, message) => {
  expect(said({ database })).toEqual([expect.stringMatching(message)]);
});

test("a database may rest when nobody asks", () => {
  expect(said({ database: { minCapacity: 0, maxCapacity: 1 } })).toEqual([]);
});
