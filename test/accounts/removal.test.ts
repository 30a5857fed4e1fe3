import { parseAccounts } from "../../accounts/model/load";
import { CONFIRM_REMOVAL, removableAccounts } from "../../accounts/model/removal";
import type { Target } from "../../accounts/model/target";
import { filesOf, lake, problemsIn } from "./fixtures";

const AWS: Target = { kind: "aws" };
const LOCAL: Target = { kind: "local", endpoint: "http://127.0.0.1:1" };

describe("data of an account can be deleted", () => {
  const accounts = parseAccounts(
    filesOf({ dev: { ...lake, id: "400000000000", network: { cidr: "10.1.0.0/16" }, removal: "destroy" } }),
  ).all;
  const removable = (target: Target, confirmed?: string): string[] => {
    const isRemovable = removableAccounts(
      accounts,
      target,
      confirmed === undefined ? {} : { [CONFIRM_REMOVAL]: confirmed },
    );
    return accounts
      .filter(isRemovable)
      .map(({ name }) => name)
      .sort();
  };

  test("when its file and the environment both say so", () => {
    expect(removable(AWS, "dev")).toEqual(["dev"]);
  });

  test("by neither of the two alone", () => {
    expect(removable(AWS)).toEqual([]);
    expect(removable(AWS, "")).toEqual([]);
    expect(problemsIn(() => removable(AWS, "prod"))).toEqual([
      expect.objectContaining({
        file: "accounts/prod.ts",
        path: "removal",
        value: "retain",
        fix: expect.stringContaining("destroy"),
      }),
    ]);
  });

  test("on the local target when the environment says so", () => {
    expect(removable(LOCAL)).toEqual([]);
    expect(removable(LOCAL, " prod , security,")).toEqual(["prod", "security"]);
  });

  test("never by a name that is no account's: all of them are told at once", () => {
    expect(problemsIn(() => removable(AWS, "pord,dev,security"))).toEqual([
      expect.objectContaining({ file: "accounts/security.ts", path: "removal" }),
      expect.objectContaining({
        file: "environment",
        path: CONFIRM_REMOVAL,
        value: "pord",
        fix: expect.stringContaining("prod"),
      }),
    ]);
  });
});
