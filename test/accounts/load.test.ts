import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { INTERFACE_ENDPOINTS } from "../../accounts/model/endpoints";
import { loadAccounts, parseAccounts } from "../../accounts/model/load";
import { testFolder } from "../support/synthesis";
import { filesOf, lake, organization, problemsIn, problemsOf, security } from "./fixtures";

/** A lake without tables, and so without their jobs. */
const TWO_ZONES = [{ name: "drop" }, { name: "raw" }];

describe("account files", () => {
  test("make an organization, a security account and lakes", () => {
    const accounts = parseAccounts(
      filesOf({ dev: { ...lake, id: "400000000000", network: { cidr: "10.1.0.0/16" } } }).reverse(),
    );
    expect(accounts.security.name).toBe("security");
    expect(accounts.lakes.map(({ name }) => name).sort()).toEqual(["dev", "prod"]);
    expect(accounts.all.map(({ name }) => name)).toEqual(["security", ...accounts.lakes.map(({ name }) => name)]);
  });

  test("of this repository have no problem", () => {
    const accounts = loadAccounts();
    expect(accounts.lakes.length).toBeGreaterThan(0);
    expect(accounts.lakes.map(({ name }) => name)).toEqual(accounts.lakes.map(({ name }) => name).sort());
  });

  test("tell every problem of every file at once, with place, value and fix", () => {
    const problems = problemsOf({
      organization: { ...organization, projct: "lake" },
      prod: { ...lake, regon: "eu-west-1", network: { cidr: "10.0.0.0/16", availabiltyZones: ["a"] } },
      security: { ...security, auditLock: { mode: "COMPLIENCE", day: 3 } },
    });
    expect(problems).toEqual([
      expect.objectContaining({
        file: "accounts/organization.ts",
        path: "projct",
        value: "lake",
        fix: "write `project`",
      }),
      expect.objectContaining({
        file: "accounts/prod.ts",
        path: "network.availabiltyZones",
        value: ["a"],
        fix: "write `availabilityZones`",
      }),
      expect.objectContaining({ file: "accounts/prod.ts", path: "regon", value: "eu-west-1", fix: "write `region`" }),
      expect.objectContaining({ file: "accounts/security.ts", path: "auditLock.day", value: 3, fix: "write `days`" }),
      expect.objectContaining({
        file: "accounts/security.ts",
        path: "auditLock.mode",
        value: "COMPLIENCE",
        fix: "write `COMPLIANCE`",
      }),
    ]);
  });

  test("tell of all missing contacts at once, and of shared ids with them", () => {
    const problems = problemsOf({
      organization: { ...organization, contacts: { security: { name: "A" } } },
      security: { ...security, id: lake.id },
    });
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "contacts.billing",
      "contacts.operations",
      "contacts.security.email",
      "contacts.security.phone",
      "contacts.security.title",
      "id",
    ]);
  });

  test("of one lifecycle come at once as well", () => {
    const transitions = [
      { afterDays: 30, storageClass: "GLACIER" },
      { afterDays: 20, storageClass: "DEEP_ARCHIVE" },
    ];
    const zone = { name: "raw", lifecycle: { transitions, keepOldVersionDays: 3 } };
    const problems = problemsOf({ organization, security, prod: { ...lake, zones: [zone, { name: "next" }] } });
    expect(problems.map(({ path }) => path)).toEqual([
      "zones[0].lifecycle.keepOldVersionDays",
      "zones[0].lifecycle.transitions[1].afterDays",
    ]);
  });

  test.each<[string, Record<string, unknown>, string, string, unknown]>([
    ["an id that is a number", { prod: { ...lake, id: 300000000000 } }, "accounts/prod.ts", "id", 300000000000],
    ["a region that is none", { prod: { ...lake, region: "eu-west1" } }, "accounts/prod.ts", "region", "eu-west1"],
    ["a network with host bits", { prod: network("10.0.0.1/16") }, "accounts/prod.ts", "network.cidr", "10.0.0.1/16"],
    ["a network too small", { prod: network("10.0.0.0/25") }, "accounts/prod.ts", "network.cidr", "10.0.0.0/25"],
    ["a network too big", { prod: network("10.0.0.0/15") }, "accounts/prod.ts", "network.cidr", "10.0.0.0/15"],
    ["one zone only", { prod: zones("raw") }, "accounts/prod.ts", "zones", [{ name: "raw" }]],
    ["two zones of one name", { prod: zones("raw", "raw") }, "accounts/prod.ts", "zones[1].name", "raw"],
    ["a zone in capitals", { prod: zones("raw", "Raw") }, "accounts/prod.ts", "zones[1].name", "Raw"],
    ["a kind that is none", { prod: { ...lake, kind: "lak" } }, "accounts/prod.ts", "kind", "lak"],
    ["an address that is none", { prod: { ...lake, alarmEmails: ["me"] } }, "accounts/prod.ts", "alarmEmails[0]", "me"],
    [
      "a role of which anybody is the principal",
      { organization: { ...organization, operators: ["*"] } },
      "accounts/organization.ts",
      "operators[0]",
      "*",
    ],
    [
      "no contacts",
      { organization: { ...organization, contacts: undefined } },
      "accounts/organization.ts",
      "contacts",
      undefined,
    ],
    [
      "one contact less",
      { organization: { ...organization, contacts: { ...organization.contacts, billing: undefined } } },
      "accounts/organization.ts",
      "contacts.billing",
      undefined,
    ],
    [
      "a contact without a number that can be called",
      {
        organization: {
          ...organization,
          contacts: { ...organization.contacts, security: { ...organization.contacts.security, phone: "none" } },
        },
      },
      "accounts/organization.ts",
      "contacts.security.phone",
      "none",
    ],
    [
      "records that end before their lock",
      { security: { ...security, records: { trailDays: 300 } } },
      "accounts/security.ts",
      "records.trailDays",
      300,
    ],
    [
      "records that end before they move to colder storage",
      { security: { ...security, records: { coldAfterDays: 30, flowLogDays: 30 } } },
      "accounts/security.ts",
      "records.flowLogDays",
      30,
    ],
    [
      "no owner in the tags",
      { organization: { ...organization, tags: { "cost-centre": "centre" } } },
      "accounts/organization.ts",
      "tags.owner",
      undefined,
    ],
    [
      "a stream of everything",
      { prod: { ...lake, zones: [{ name: "raw", streams: [{ name: "all" }] }, { name: "next" }] } },
      "accounts/prod.ts",
      "zones[0].streams[0]",
      { name: "all" },
    ],
    [
      "a move to colder storage before the one before it",
      {
        prod: lifecycle({
          transitions: [
            { afterDays: 30, storageClass: "GLACIER_IR" },
            { afterDays: 30, storageClass: "GLACIER" },
          ],
        }),
      },
      "accounts/prod.ts",
      "zones[0].lifecycle.transitions[1].afterDays",
      30,
    ],
    [
      "an end before the last move",
      { prod: lifecycle({ transitions: [{ afterDays: 30, storageClass: "GLACIER" }], expireAfterDays: 30 }) },
      "accounts/prod.ts",
      "zones[0].lifecycle.expireAfterDays",
      30,
    ],
  ])("refuse %s", (_, changed, file, path, value) => {
    expect(problemsOf(changed)).toEqual([expect.objectContaining({ file, path, value })]);
  });

  test.each(["access-logs", "artifacts", "audit", "landing-results", "operations", "quarantine", "sandbox", "state"])(
    "refuse a zone named %s",
    (name) => {
      expect(problemsOf({ prod: zones("raw", name) })).toEqual([
        expect.objectContaining({
          path: "zones[1].name",
          value: name,
          message: expect.stringContaining("must not be one of"),
        }),
      ]);
    },
  );

  test.each([
    [
      "a stream's queue and a dead-letter queue",
      [{ name: "raw", streams: [{ name: "dlq", prefix: "a" }] }, { name: "next" }],
    ],
    ["a zone's queue and a dead-letter queue", [{ name: "raw" }, { name: "raw-dlq" }]],
    ["a zone's queue and a stream's", [{ name: "raw", streams: [{ name: "new", prefix: "a" }] }, { name: "raw-new" }]],
  ])("refuse zones in which %s have one name", (_, twins) => {
    expect(problemsOf({ prod: { ...lake, zones: twins } })).toEqual([
      expect.objectContaining({ file: "accounts/prod.ts", message: expect.stringContaining("queue") }),
    ]);
  });

  test.each([
    [
      "availability zones",
      { network: { ...lake.network, availabilityZones: ["a", "a"] } },
      "network.availabilityZones[1]",
    ],
    [
      "endpoints",
      { network: { ...lake.network, interfaceEndpoints: ["sqs", "sqs"] } },
      "network.interfaceEndpoints[1]",
    ],
    ["addresses", { alarmEmails: ["a@example.com", "a@example.com"] }, "alarmEmails[1]"],
  ])("refuse %s that stand twice in a list", (_, change, path) => {
    expect(problemsOf({ prod: { ...lake, zones: TWO_ZONES, ...change } })).toEqual([
      expect.objectContaining({ path, message: expect.stringContaining("twice") }),
    ]);
  });

  test.each<[string, unknown, object]>([
    ["a number", 5, { value: 5, message: "must be a mapping", fix: "write a mapping of keys to values" }],
    ["nothing", undefined, { message: "exports nothing", fix: "end it with `export default` and the settings" }],
    ["null", null, { message: "is empty", fix: expect.stringContaining("write its keys: ") }],
  ])("refuse a file that exports %s", (_, value, problem) => {
    const files = [...filesOf(), { file: "accounts/dev.ts", value }];
    expect(problemsIn(() => parseAccounts(files))).toEqual([{ file: "accounts/dev.ts", path: "", ...problem }]);
  });

  test.each<[string, Record<string, unknown>, string, unknown, string, string | undefined]>([
    [
      "too small for Spark",
      { cidr: "10.0.0.0/23" },
      "cidr",
      "10.0.0.0/23",
      "leaves 27 addresses to each subnet, and 39 are needed: 7 for endpoints, 32 for what runs there",
      "choose a /22 or larger, or spark: false if none runs here",
    ],
    [
      "too small for its endpoints",
      {
        cidr: "10.0.0.0/24",
        spark: false,
        interfaceEndpoints: ["sqs", "sns", "kms", "sts", "ssm", "glue", "logs", "rds"],
      },
      "cidr",
      "10.0.0.0/24",
      "leaves 11 addresses to each subnet, and 12 are needed: 8 for endpoints, 4 for what runs there",
      "choose a /23 or larger",
    ],
    [
      "with an endpoint of an unknown service",
      { interfaceEndpoints: ["sqs", "secretmanager"] },
      "interfaceEndpoints[1]",
      "secretmanager",
      "is no service with an interface endpoint",
      "write `secretsmanager`",
    ],
    [
      "with an endpoint by the name of the service's actions",
      { interfaceEndpoints: ["sqs", "ecr"] },
      "interfaceEndpoints[1]",
      "ecr",
      "is no service with an interface endpoint",
      "write `ecr.api` and `ecr.dkr`",
    ],
    [
      "with an endpoint that every object has",
      { interfaceEndpoints: ["sqs", "constructor"] },
      "interfaceEndpoints[1]",
      "constructor",
      "is no service with an interface endpoint",
      undefined,
    ],
    [
      "with an endpoint of no service at all",
      { interfaceEndpoints: ["sqs", "teleport-9000"] },
      "interfaceEndpoints[1]",
      "teleport-9000",
      "is no service with an interface endpoint",
      `use one of: ${Object.keys(INTERFACE_ENDPOINTS).sort().join(", ")}`,
    ],
    [
      "with an interface endpoint of S3",
      { interfaceEndpoints: ["sqs", "s3"] },
      "interfaceEndpoints[1]",
      "s3",
      "is no service with an interface endpoint",
      "leave it out: the network has a gateway endpoint of it",
    ],
    [
      "without the endpoint that intake needs",
      { interfaceEndpoints: ["kms"] },
      "interfaceEndpoints",
      ["kms"],
      "lacks sqs: the intake function takes its work from a queue, and without this endpoint would hang until its time is over",
      'add "sqs"',
    ],
    [
      "with a zone that the region has not",
      { availabilityZones: ["a", "d"] },
      "availabilityZones[1]",
      "d",
      "is no availability zone of eu-west-1",
      "choose from a, b, c",
    ],
    [
      "with NAT and no public subnets",
      { nat: "one", natTargets: ["0.0.0.0/0"] },
      "nat",
      "one",
      "needs public subnets to stand in",
      'add publicSubnets: true, or set nat: "none"',
    ],
    [
      "with NAT that nobody may use",
      { nat: "per-zone", publicSubnets: true },
      "natTargets",
      undefined,
      "names nothing that may be called through NAT",
      "name IPv4 ranges",
    ],
    [
      "with targets and no NAT",
      { natTargets: ["192.0.2.0/24"] },
      "natTargets",
      ["192.0.2.0/24"],
      "cannot be called without NAT",
      'set nat: "one" or "per-zone"',
    ],
    [
      "with targets that are no ranges",
      { nat: "one", publicSubnets: true, natTargets: ["example.com"] },
      "natTargets[0]",
      "example.com",
      "must be an IPv4 network such as 192.0.2.0/24, without host bits",
      undefined,
    ],
    [
      "whose databases reach S3 from no subnets",
      { dataSubnets: false, dataGateways: true },
      "dataGateways",
      true,
      "needs data subnets",
      "add dataSubnets: true, or take dataGateways away",
    ],
    [
      "of another kind of NAT",
      { nat: "two" },
      "nat",
      "two",
      "is not one of the allowed values",
      "use one of: none, one, per-zone",
    ],
  ])("refuse a network %s, and say how to mend it", (_, settings, path, value, message, fix) => {
    const problems = problemsOf({ prod: { ...lake, zones: TWO_ZONES, network: { ...lake.network, ...settings } } });
    expect(problems).toEqual([expect.objectContaining({ path: `network.${path}`, value, message })]);
    if (fix !== undefined) expect(problems[0]?.fix).toBe(fix);
  });

  test.each([
    ["us-east-1", ["a", "b", "f"], 0],
    ["us-west-2", ["c", "d"], 0],
    ["us-west-2", ["d", "e"], 1],
    ["eu-central-1", ["b", "c", "d"], 1],
    // A region that is not known here may have any.
    ["ax-nowhere-9", ["a", "f"], 0],
  ])("know the availability zones of %s: of %j, %d is none", (region, availabilityZones, wrong) => {
    const network = { ...lake.network, availabilityZones };
    expect(problemsOf({ prod: { ...lake, region, network } })).toHaveLength(wrong);
  });

  test("leave the jobs of a third zone their place and their services in the network", () => {
    const zones = [...TWO_ZONES, { name: "refined" }];
    const network = { ...lake.network, spark: false, interfaceEndpoints: ["sqs", "glue", "kms", "lambda", "logs"] };
    expect(problemsOf({ prod: { ...lake, zones, network } }).map(({ path, fix }) => [path, fix])).toEqual([
      ["network.interfaceEndpoints", 'add "monitoring", or have two zones only'],
      ["network.interfaceEndpoints", 'add "states", or have two zones only'],
      ["network.spark", "set spark: true"],
    ]);
    expect(problemsOf({ prod: { ...lake, zones: TWO_ZONES, network } })).toEqual([]);
    expect(problemsOf({ prod: { ...lake, zones, network: false } })).toEqual([]);
  });

  test("leave files that no contract declares to a crawler only where there are three zones", () => {
    const problems = (landing: unknown, zones?: unknown) =>
      problemsOf({ prod: { ...lake, zones, landing } }).map(({ path, value, message, fix }) => [
        path,
        value,
        message,
        fix,
      ]);
    expect(problems({}, TWO_ZONES)).toEqual([
      [
        "landing",
        expect.anything(),
        "needs a third zone: a lake of 2 has neither jobs nor questions",
        "set landing: false, or add a zone",
      ],
    ]);
    expect(problems(false, TWO_ZONES)).toEqual([]);
    expect(problems({})).toEqual([]);
    expect(problems({ schedule: "cron(15 6 * * ? *)" })).toEqual([]);
    const fix = "write for example cron(0 * * * ? *)";
    expect(problems({ schedule: "rate(1 hour)" })).toEqual([
      ["landing.schedule", "rate(1 hour)", "is a rate, and crawlers go by cron only", fix],
    ]);
    expect(problems({ schedule: "0 6 * * *" })).toEqual([
      ["landing.schedule", "0 6 * * *", expect.stringContaining("is no schedule"), "write `cron(0 6 * * ? *)`"],
    ]);
    expect(problems({ shedule: "cron(0 6 * * ? *)" }).map(([path]) => path)).toEqual(["landing.shedule"]);
    expect(problems(true).map(([path]) => path)).toEqual(["landing"]);
  });

  test("leave the crawler of such files its queue", () => {
    const zones = (first: object) => [first, { name: "raw" }, { name: "refined" }];
    const problems = (first: object, landing: unknown) =>
      problemsOf({ prod: { ...lake, zones: zones(first), landing } }).map(({ path, value }) => [path, value]);
    const stream = { name: "landing", streams: [{ name: "crawler", prefix: "a" }] };
    expect(problems({ name: "landing-crawler" }, {})).toEqual([["zones[0].name", "landing-crawler"]]);
    expect(problems(stream, {})).toEqual([["zones[0].streams[0].name", "crawler"]]);
    expect(problems(stream, false)).toEqual([]);
    expect(problems({ name: "landing" }, {})).toEqual([]);
  });

  test("keep the names of the layers' databases from the zone of rows", () => {
    const named = (...names: string[]) => problemsOf({ prod: { ...lake, zones: names.map((name) => ({ name })) } });
    expect(named("drop", "refined", "curated")).toEqual([
      expect.objectContaining({ path: "zones[1].name", value: "refined" }),
    ]);
    expect(named("drop", "curated-old", "refined")).toHaveLength(1);
    expect(named("drop", "refined")).toEqual([]);
    expect(named("drop", "raw", "refined")).toEqual([]);
  });

  test("tell every problem of one network at once", () => {
    const network = {
      cidr: "10.0.0.1/16",
      availabilityZones: ["a", "f"],
      nat: "one",
      interfaceEndpoints: ["sns"],
      natt: 1,
    };
    expect(problemsOf({ prod: { ...lake, zones: TWO_ZONES, network } }).map(({ path }) => path)).toEqual([
      "network.availabilityZones[1]",
      "network.cidr",
      "network.interfaceEndpoints",
      "network.nat",
      "network.natTargets",
      "network.natt",
    ]);
  });

  test("may leave the network out, of one account or of many, and by no other word", () => {
    const small = { ...lake, network: false };
    expect(problemsOf({ prod: small, dev: { ...small, id: "400000000000" } })).toEqual([]);
    for (const network of [true, "none", null, undefined]) {
      expect(problemsOf({ prod: { ...lake, network } })).toEqual([expect.objectContaining({ path: "network" })]);
    }
  });

  test("refuse networks that overlap, and name the other account", () => {
    const dev = { ...lake, id: "400000000000", network: { cidr: "10.0.16.0/20" } };
    expect(problemsOf({ dev })).toEqual([
      expect.objectContaining({ path: "network.cidr", message: expect.stringMatching(/overlaps (prod|dev)'s/) }),
    ]);
  });

  test("refuse ids that two accounts share, or one with the management account", () => {
    expect(problemsOf({ security: { ...security, id: lake.id } })).toEqual([
      expect.objectContaining({ path: "id", value: lake.id, message: "is the id of prod" }),
    ]);
    expect(problemsOf({ security: { ...security, id: organization.managementAccountId } })).toEqual([
      expect.objectContaining({ file: "accounts/security.ts", message: "is the id of the management account" }),
    ]);
  });

  test("refuse a second security account, and a lack of one", () => {
    expect(problemsOf({ vault: { ...security, id: "500000000000" } })).toEqual([
      expect.objectContaining({ file: "accounts/vault.ts", path: "kind", fix: "keep one" }),
    ]);
    expect(problemsOf({ security: undefined })).toEqual([
      expect.objectContaining({ file: "accounts/security.ts", message: "no account is of kind security" }),
    ]);
    expect(problemsOf({ prod: undefined })).toEqual([
      expect.objectContaining({ file: "accounts/prod.ts", message: "no account is of kind lake" }),
    ]);
  });

  test("do not miss a kind of account while its file cannot be read", () => {
    expect(problemsOf({ security: { ...security, id: 1 } })).toEqual([expect.objectContaining({ path: "id" })]);
    expect(problemsOf({ organization: undefined, security: { ...security, id: 1 } })).toEqual([
      expect.objectContaining({ file: "accounts/organization.ts", message: "is missing" }),
      expect.objectContaining({ file: "accounts/security.ts", path: "id" }),
    ]);
  });

  test("refuse bucket names too long for S3, and tell which", () => {
    const problems = problemsOf({ prod: undefined, "an-account-of-a-long-name-indeed": lake });
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) {
      expect(problem.file).toBe("accounts/an-account-of-a-long-name-indeed.ts");
      expect(problem.message).toMatch(/makes the bucket name lake-an-account-[a-z0-9-]+, \d+ characters long/);
      expect(problem.fix).toContain("shorten");
    }
  });

  test.each(["bootstrap", "Prod", "prod_1", "1prod", "prod-"])("refuse the account name %s", (name) => {
    expect(problemsOf({ prod: undefined, [name]: lake })).toEqual([
      expect.objectContaining({ file: `accounts/${name}.ts`, value: name }),
    ]);
  });
});

describe("the folder of account files", () => {
  const folder = join(testFolder(), "accounts-of-test");
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const module = (value: unknown) => `const value: unknown = ${JSON.stringify(value)};\nexport default value;\n`;

  beforeEach(() => {
    mkdirSync(folder, { recursive: true });
    write("organization.ts", module(organization));
    write("security.ts", module(security));
    write("prod.ts", module(lake));
    write("README.md", "no account");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    jest.resetModules();
  });

  test("is read file by file, and other files are left alone", () => {
    expect(loadAccounts(folder).all.map(({ name }) => name)).toEqual(["security", "prod"]);
  });

  test("may not lack the organization", () => {
    rmSync(join(folder, "organization.ts"));
    expect(problemsIn(() => loadAccounts(folder))).toEqual([
      expect.objectContaining({ file: "accounts/organization.ts", message: "is missing" }),
    ]);
  });

  test("may not hold a file that exports nothing", () => {
    write("dev.ts", "export const dev = 1;\n");
    expect(problemsIn(() => loadAccounts(folder))).toEqual([
      expect.objectContaining({ file: "accounts/dev.ts", message: "exports nothing" }),
    ]);
  });

  test("tells of files that cannot be loaded together with all other problems", () => {
    write("dev.ts", "export default {\n  kind: ,\n};\n");
    write("security.ts", module({ ...security, regon: "x" }));
    expect(problemsIn(() => loadAccounts(folder))).toEqual([
      expect.objectContaining({
        file: expect.stringMatching(/^accounts\/dev\.ts/),
        message: expect.stringContaining("cannot be loaded"),
      }),
      expect.objectContaining({ file: "accounts/security.ts", path: "regon" }),
    ]);
  });
});

function network(cidr: string): unknown {
  return { ...lake, network: { cidr } };
}

function zones(...names: string[]): unknown {
  return { ...lake, zones: names.map((name) => ({ name })) };
}

function lifecycle(settings: unknown): unknown {
  return { ...lake, zones: [{ name: "raw", lifecycle: settings }, { name: "next" }] };
}
