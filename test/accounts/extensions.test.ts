import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findExtensions } from "../../accounts/model/extensions";
import { parseAccounts } from "../../accounts/model/load";
import { testFolder } from "../support/synthesis";
import { filesOf, lake, problemsIn } from "./fixtures";

const accounts = parseAccounts(
  filesOf({ "prod-taken": { ...lake, id: "400000000000", network: { cidr: "10.1.0.0/16" } } }),
);

let folders = 0;
/** A project with these files below `stacks/extensions`. */
function projectWith(...files: string[]): string {
  const root = join(testFolder(), `extensions-${folders++}`);
  for (const file of files) {
    const path = join(root, "stacks", "extensions", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }
  return root;
}

test("each file in a lake's folder is a stack of that lake", () => {
  const found = findExtensions(projectWith("prod/reports.ts", "prod/alerts.ts", "prod-taken/reports.ts"), accounts);
  expect(found.map(({ stack, name, account }) => [stack, name, account.name])).toEqual([
    ["prod-alerts", "alerts", "prod"],
    ["prod-reports", "reports", "prod"],
    ["prod-taken-reports", "reports", "prod-taken"],
  ]);
  expect(findExtensions(projectWith(), accounts)).toEqual([]);
});

test("folders and files that can be none are told at once", () => {
  const project = projectWith("prd/reports.ts", "prod/taken.ts", "prod/Big.ts", "prod/notes.md");
  expect(problemsIn(() => findExtensions(project, accounts))).toEqual([
    expect.objectContaining({ file: "stacks/extensions/prd", value: "prd", fix: "name it prod" }),
    expect.objectContaining({ file: "stacks/extensions/prod/Big.ts", message: "is no extension" }),
    expect.objectContaining({ file: "stacks/extensions/prod/notes.md", message: "is no extension" }),
    expect.objectContaining({
      file: "stacks/extensions/prod/taken.ts",
      message: "makes a second stack prod-taken: accounts/prod-taken.ts has that name",
    }),
  ]);
});
