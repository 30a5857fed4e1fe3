import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { NEEDED_BY_LAYERS } from "../../accounts/model/endpoints";
import { parseAccounts } from "../../accounts/model/load";
import { organizationSchema } from "../../accounts/model/organization";
import { lakeAccountSchema, securityAccountSchema } from "../../accounts/model/schema";
import { ROOT } from "../support/synthesis";
import { organization as bare, filesOf, lake } from "./fixtures";

/** Values that the documentation gives in words. */
const WORDS: Readonly<Record<string, unknown>> = {
  "kept for ever in S3 Standard, old versions for 90 days": { transitions: [], keepOldVersionsDays: 90 },
  "at each full hour": "cron(0 * * * ? *)",
  "GOVERNANCE for 365 days": { mode: "GOVERNANCE", days: 365 },
};
const NOTHING = ["any", "never", "nobody", "none"];
/** The documentation of the settings inside says it. */
const AS_INSIDE = "as its settings say";

/** The `@default` lines of the schema's source, by the name of the key. A key without one is documented as required. */
function documentedDefaults(source: string): Map<string, string> {
  const found = [...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*["']?([\w-]+)["']?:/g)];
  const documented = found.flatMap(([, text = "", key = ""]) => {
    const value = /@default ([^\n*]+)/.exec(text)?.[1]?.trim();
    return value === undefined ? [] : [[key, value] as const];
  });
  const twice = documented.filter(([key], index) => documented.findIndex(([other]) => other === key) !== index);
  if (twice.length > 0) throw new Error(`documented twice: ${twice.map(([key]) => key)}`);
  return new Map(documented);
}

interface Node {
  readonly def: {
    readonly type: string;
    readonly shape?: Readonly<Record<string, Node>>;
    readonly innerType?: Node;
    readonly in?: Node;
    readonly element?: Node;
    readonly options?: readonly Node[];
  };
}

/** Every key of the schema that may be left out, with its path. */
function optionalKeys(schema: z.ZodType): string[][] {
  const walk = ({ def }: Node, path: string[]): string[][] => [
    ...Object.entries(def.shape ?? {}).flatMap(([key, inner]) => [
      ...(["default", "prefault", "optional"].includes(inner.def.type) ? [[...path, key]] : []),
      ...walk(inner, [...path, key]),
    ]),
    ...[def.innerType, def.in].flatMap((inner) => (inner ? walk(inner, path) : [])),
    ...(def.element ? walk(def.element, [...path, "0"]) : []),
    ...(def.options ?? []).flatMap((option) => walk(option, path)),
  ];
  return walk(schema as unknown as Node, []);
}

/** The value as documentation writes it. */
function written(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => (typeof item === "object" ? item.name : item)).join(", ");
  return String(value);
}

/** A lake whose first zone has a stream without the key. */
function lakeWithStream(without: string): unknown {
  const { [without]: _, ...stream }: Record<string, string> = { name: "one", prefix: "a", suffix: "b" };
  return { ...lake, zones: [{ name: "raw", streams: [stream] }, { name: "next" }] };
}

/** A lake with a database, of which nothing is said. */
const WITH_DATABASE = {
  ...lake,
  network: { ...lake.network, interfaceEndpoints: [...Object.keys(NEEDED_BY_LAYERS), "sqs", "secretsmanager"] },
  database: {},
};

/** What a file says in which the key at the path may be left out. */
function lakeFor(path: readonly string[]): unknown {
  if (path[0] === "database" && path.length > 1) return WITH_DATABASE;
  if (path[0] === "landing" && path.length > 1) return { ...lake, landing: {} };
  if (path[1] === "singleSignOn" && path.length > 2) return { ...lake, personas: { singleSignOn: otherWay(path) } };
  return path.at(-3) === "streams" ? lakeWithStream(path.at(-1) ?? "") : lake;
}

/** Single sign-on by the way that is not the one at the path. */
function otherWay(path: readonly string[]): unknown {
  const account = `arn:aws:iam::${lake.id}`;
  const role = `${account}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Analysts_*`;
  if (path.at(-1) === "permissionSets") return { samlProvider: `${account}:saml-provider/people` };
  return { permissionSets: [{ role, persona: "data-analyst", clearance: "proprietary" }] };
}

/** An organization that trusts both kinds of build servers, without the key at the path. */
function withBuildServers(path: readonly string[]): unknown {
  const ci: Record<string, Record<string, string>> = { github: { repository: "a/b" }, gitlab: { project: "a/b" } };
  if (path.length === 2) delete ci[path[1] ?? ""];
  return { ...bare, ci };
}

describe("the documented default", () => {
  const sources = [
    "schema.ts",
    "organization.ts",
    "zones.ts",
    "records.ts",
    "network.ts",
    "layers.ts",
    "costs.ts",
    "landing.ts",
    "monitoring.ts",
    "ingestion.ts",
    "database.ts",
    "detection.ts",
    "personas.ts",
    "lake-formation.ts",
  ].map((file) => readFileSync(join(ROOT, "accounts", "model", file), "utf8"));
  const documented = documentedDefaults(sources.join("\n"));

  test.each([
    ...optionalKeys(organizationSchema).map((path) => ["organization", path] as const),
    ...optionalKeys(securityAccountSchema).map((path) => ["security", path] as const),
    ...optionalKeys(lakeAccountSchema).map((path) => ["prod", path] as const),
  ])("in the file %s of %j is what a file without it gets", (file, path) => {
    const key = path.at(-1) ?? "";
    const text = documented.get(key);
    if (text === undefined) throw new Error(`document it: add "@default ..." to the comment of ${key}`);
    const prod = lakeFor(path);
    const { organization, security, lakes } = parseAccounts(
      filesOf({ prod, organization: path[0] === "ci" && path.length > 1 ? withBuildServers(path) : bare }),
    );
    const value = path.reduce<unknown>(
      (inside, step) => (inside as Record<string, unknown> | undefined)?.[step],
      { organization, security, prod: lakes[0] }[file],
    );
    if (text === AS_INSIDE) expect(Object.keys(value as object).every((inner) => documented.has(inner))).toBe(true);
    else if (NOTHING.includes(text) && typeof value !== "string") expect(Object.keys(value ?? {})).toEqual([]);
    else if (text in WORDS) expect(value).toEqual(WORDS[text]);
    else expect(written(value)).toBe(text);
  });

  test("is found in comments of one line and of many, and never twice for one key", () => {
    expect(documentedDefaults("/** A. @default 3 */\n  a: 1,\n/**\n * B.\n * @default x, y\n */\n'b-c': 2")).toEqual(
      new Map([
        ["a", "3"],
        ["b-c", "x, y"],
      ]),
    );
    expect(() => documentedDefaults("/** @default 1 */ a: 1, /** @default 2 */ a: 2")).toThrow("documented twice: a");
  });
});
