import { parseAccounts } from "../../accounts/model/load";
import { filesOf, lake, problemsIn } from "./fixtures";

const ADMINISTRATOR = `arn:aws:iam::${lake.id}:role/governance/administrator`;
const parse = (lakeFormation: object) => parseAccounts(filesOf({ prod: { ...lake, lakeFormation } }));

describe("the catalog is governed by Lake Formation", () => {
  test("besides IAM, unless the account's file says otherwise", () => {
    const settings = parseAccounts(filesOf()).lakes[0]?.lakeFormation;
    expect(settings).toEqual({ accessMode: "hybrid", administrators: [] });
    expect(parse({ accessMode: "off" }).lakes[0]?.lakeFormation.accessMode).toBe("off");
  });

  test("by those too who administered it before", () => {
    expect(parse({ administrators: [ADMINISTRATOR] }).lakes[0]?.lakeFormation.administrators).toEqual([ADMINISTRATOR]);
  });
});

test.each<[string, object, string]>([
  ["a mode that there is not", { accessMode: "strict" }, "lakeFormation.accessMode"],
  ["a key that there is not", { mode: "off" }, "lakeFormation.mode"],
  [
    "an administrator of another account",
    { administrators: ["arn:aws:iam::999999999999:role/administrator"] },
    "lakeFormation.administrators[0]",
  ],
  ["everybody as administrator", { administrators: ["*"] }, "lakeFormation.administrators[0]"],
  [
    "the group of all whom IAM allows",
    { administrators: ["IAM_ALLOWED_PRINCIPALS"] },
    "lakeFormation.administrators[0]",
  ],
  ["an administrator twice", { administrators: [ADMINISTRATOR, ADMINISTRATOR] }, "lakeFormation.administrators[1]"],
  [
    "administrators of what is left as it is",
    { accessMode: "off", administrators: [ADMINISTRATOR] },
    "lakeFormation.administrators",
  ],
])("%s is refused with file, key and fix", (_, settings, path) => {
  const problems = problemsIn(() => parse(settings));
  expect(problems).toEqual([expect.objectContaining({ file: "accounts/prod.ts", path })]);
});
