import type { ExtensionFile } from "../../accounts/model/extensions";
import { stacksToRemove } from "../../cli/commands/destroy";
import { Lake } from "../../cli/lake";
import { pathsOf } from "../../tools/setup/paths";
import { PlainProgress } from "../../tools/setup/progress";

/** A lake beside which a team has a stack of its own. */
function extendedLake(): Lake {
  const lake = new Lake(pathsOf({}), {}, new PlainProgress(() => {}));
  const account = lake.lakeAccount("prod");
  const extension: ExtensionFile = { stack: "prod-reports", name: "reports", account, file: "", path: "" };
  return Object.defineProperty(lake, "extensions", { value: [extension] });
}

const namesOf = (accounts: string[]) => stacksToRemove(extendedLake(), accounts).map(({ name }) => name);

test("what stands on a lake is removed before it, and the records last", () => {
  expect(namesOf(["security", "prod"])).toEqual(["prod-reports", "prod", "security"]);
});

test("one lake goes with its extensions, and nothing else does", () => {
  expect(namesOf(["prod"])).toEqual(["prod-reports", "prod"]);
});
