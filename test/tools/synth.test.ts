import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  copySources,
  type Settings,
  SYNTHESES,
  SYNTHESIS_TIMEOUT_MS,
  shareBuilds,
  synthesize,
  testFolder,
} from "../support/synthesis";

const folder = join(testFolder(), "wrong");
const out = join(folder, "out");

beforeAll(() => {
  copySources(folder);
  shareBuilds(folder);
}, SYNTHESIS_TIMEOUT_MS);

interface Failure {
  readonly code: number;
  readonly stderr: string;
}

async function failureOf(settings: Settings): Promise<Failure> {
  rmSync(out, { recursive: true, force: true });
  try {
    await synthesize(folder, out, settings);
  } catch (error) {
    const { code, stderr } = error as Failure;
    return { code, stderr };
  }
  throw new Error("the synthesis succeeded");
}

describe("synthesis", () => {
  test(
    "with wrong account files tells all problems at once, exits with 2 and writes nothing",
    async () => {
      const organization = join(folder, "accounts", "organization.ts");
      const right = readFileSync(organization, "utf8");
      writeFileSync(organization, right.replace("externalId:", "externalID:"));
      writeFileSync(
        join(folder, "accounts", "dev.ts"),
        'export default { kind: "lake", id: 4, regon: "eu-west-1" };\n',
      );
      const { code, stderr } = await failureOf(SYNTHESES.aws);
      expect(code).toBe(2);
      for (const text of [
        "accounts/organization.ts",
        "externalID",
        "write `externalId`",
        "accounts/dev.ts",
        "id = 4",
        "write `region`",
      ]) {
        expect(stderr).toContain(text);
      }
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(existsSync(out)).toBe(false);
      writeFileSync(organization, right);
      rmSync(join(folder, "accounts", "dev.ts"));
    },
    SYNTHESIS_TIMEOUT_MS,
  );

  test(
    "tells the problems of accounts, contracts and environment together",
    async () => {
      const [account, contract] = ["accounts/prod.ts", "domains/sales/datasets/orders.yml"];
      const right = [account, contract].map((file) => readFileSync(join(folder, file), "utf8"));
      writeFileSync(join(folder, account), right[0]?.replace("region:", "regoin:") ?? "");
      writeFileSync(join(folder, contract), "columns: [\n");
      const { code, stderr } = await failureOf({ LAKE_TARGET: "asw" });
      expect(code).toBe(2);
      for (const text of [account, "write `region`", contract, "correct the YAML", "LAKE_TARGET"]) {
        expect(stderr).toContain(text);
      }
      [account, contract].forEach((file, index) => {
        writeFileSync(join(folder, file), right[index] ?? "");
      });
    },
    SYNTHESIS_TIMEOUT_MS,
  );

  test.each<[string, Settings, string]>([
    ["a target that is none", { LAKE_TARGET: "asw" }, "LAKE_TARGET"],
    ["leave to delete what is to be kept", { LAKE_TARGET: "aws", LAKE_CONFIRM_REMOVAL: "prod" }, "accounts/prod.ts"],
    ["leave to delete what is no account", { LAKE_TARGET: "local", LAKE_CONFIRM_REMOVAL: "pord" }, "pord"],
  ])(
    "with %s exits with 2 and says why",
    async (_, settings, text) => {
      const { code, stderr } = await failureOf(settings);
      expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
      expect(existsSync(out)).toBe(false);
    },
    SYNTHESIS_TIMEOUT_MS,
  );
});
