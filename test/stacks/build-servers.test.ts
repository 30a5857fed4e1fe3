import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadAccounts } from "../../accounts/model/load";
import {
  copySources,
  readSynthesis,
  SYNTHESES,
  SYNTHESIS_TIMEOUT_MS,
  type Synthesis,
  shareBuilds,
  synthesisOf,
  synthesize,
  testFolder,
} from "../support/synthesis";
import { CHECKS } from "./checks";
import { tokensAreNarrow } from "./checks/policies";
import { WEAKENINGS } from "./hardening-rules";
import { eachStatementChanged } from "./mutations";

const CI = 'ci: { github: { repository: "acme/lake" }, gitlab: { project: "acme/lake" } },';

/** The organization of this repository, if it had build servers. */
let trusting: Synthesis;

beforeAll(async () => {
  const folder = join(testFolder(), "with-build-servers");
  copySources(folder);
  shareBuilds(folder);
  const file = join(folder, "accounts", "organization.ts");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("  tags:", `  ${CI}\n  tags:`));
  await synthesize(folder, join(folder, "out"), SYNTHESES.aws);
  trusting = readSynthesis(join(folder, "out"));
}, SYNTHESIS_TIMEOUT_MS);

describe("an organization with build servers", () => {
  test("knows them in every account, and trusts them in nothing but the roles that plan and deploy", () => {
    const bootstrap = trusting.stack("bootstrap");
    const accounts = loadAccounts().all.length;
    expect(bootstrap.resources("aws_iam_openid_connect_provider")).toHaveLength(2 * accounts);
    const before = synthesisOf("aws").stack("bootstrap");
    const changed = before.resources().filter(({ type, name, block }) => {
      return JSON.stringify(bootstrap.json.resource?.[type]?.[name]) !== JSON.stringify(block);
    });
    const names = changed.map(({ block }) => String(block.name)).sort();
    expect(names).toEqual(
      loadAccounts()
        .all.flatMap(({ name }) => [`lake-${name}-deploy`, `lake-${name}-plan`])
        .sort(),
    );
    expect(bootstrap.resources()).toHaveLength(before.resources().length + 2 * accounts);
  });

  test("deploys the same security and lakes", () => {
    for (const { name } of loadAccounts().all) {
      expect(trusting.stack(name).json).toEqual(synthesisOf("aws").stack(name).json);
    }
  });

  test("keeps every rule", () => {
    for (const check of CHECKS.values()) {
      expect([check.name, check.find(trusting.stack("bootstrap"))]).toEqual([check.name, []]);
    }
  });

  test.each(["its condition is taken away", "everybody is allowed", "everything may be done"] as const)(
    "is found out when of a statement that trusts them %s",
    (weakening) => {
      const mutants = eachStatementChanged(trusting.stack("bootstrap"), (statement) =>
        statement.Sid.startsWith("Jobs") ? (WEAKENINGS[weakening]?.(statement) ?? false) : false,
      );
      expect(mutants).toHaveLength(4 * loadAccounts().all.length);
      expect(
        mutants.filter(({ stack }) => [...CHECKS.values()].every((check) => check.find(stack).length === 0)),
      ).toEqual([]);
    },
  );

  test.each(["StringEquals", "StringLike"])("is found out when a part of %s is taken away or opened", (operator) => {
    const keys = ["aud", "sub"];
    const mutants = keys.flatMap((claim) =>
      eachStatementChanged(trusting.stack("bootstrap"), (statement) => {
        const condition = statement.Condition?.[operator] ?? {};
        const key = Object.keys(condition).find((name) => name.endsWith(`:${claim}`));
        if (!statement.Sid.startsWith("Jobs") || key === undefined) return false;
        const { [key]: _, ...rest } = condition;
        return [{ ...statement, Condition: { ...statement.Condition, [operator]: rest } }];
      }),
    );
    expect(mutants.length).toBeGreaterThan(0);
    expect(mutants.filter(({ stack }) => tokensAreNarrow.find(stack).length === 0).map(({ where }) => where)).toEqual(
      [],
    );
  });

  test("is found out when a subject is left open", () => {
    const opened = eachStatementChanged(trusting.stack("bootstrap"), (statement) => {
      if (!statement.Sid.startsWith("Jobs")) return false;
      return [JSON.parse(JSON.stringify(statement).replaceAll("acme/lake", "acme/*"))];
    });
    expect(opened.filter(({ stack }) => tokensAreNarrow.find(stack).length === 0)).toEqual([]);
  });
});
