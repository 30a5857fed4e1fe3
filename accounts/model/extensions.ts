import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { nearest } from "../../contracts/nearest";
import { ConfigurationError, type Problem } from "../../contracts/problems";
import type { Accounts } from "./load";
import type { LakeAccount } from "./schema";

/** A stack that a team adds to a lake. */
export interface ExtensionFile {
  /** Name of the stack: `<account>-<file>`. */
  readonly stack: string;
  /** Name of the extension: the file's. */
  readonly name: string;
  /** The lake that is extended. */
  readonly account: LakeAccount;
  /** Below the root. */
  readonly file: string;
  /** In the file system. */
  readonly path: string;
}

/** Below the root: one folder for each lake account that is extended, in it one file an extension. */
const FOLDER = "stacks/extensions";

/**
 * Finds the extensions of all lakes, in the order of their stacks' names.
 * @throws ConfigurationError with every folder and file that cannot be one
 */
export function findExtensions(root: string, accounts: Accounts): ExtensionFile[] {
  const folder = join(root, FOLDER);
  if (!existsSync(folder)) return [];
  const problems: Problem[] = [];
  const found = readdirSync(folder)
    .sort()
    .flatMap((accountName) => {
      const account = accounts.lakes.find(({ name }) => name === accountName);
      if (account === undefined) {
        problems.push(unknownAccount(accountName, accounts));
        return [];
      }
      return readdirSync(join(folder, accountName))
        .sort()
        .map((file): ExtensionFile => {
          const name = basename(file, ".ts");
          const place = { file: `${FOLDER}/${accountName}/${file}`, path: join(folder, accountName, file) };
          return { stack: `${account.name}-${name}`, name, account, ...place };
        });
    });
  for (const extension of found) problems.push(...nameProblems(extension, accounts));
  ConfigurationError.check(problems);
  return found;
}

function unknownAccount(name: string, { lakes }: Accounts): Problem {
  const names = lakes.map((lake) => lake.name);
  const meant = nearest(name, names);
  return {
    file: `${FOLDER}/${name}`,
    path: "",
    value: name,
    message: "is no folder of a lake account",
    fix: meant === undefined ? `name it after a lake: ${names.join(", ")}` : `name it ${meant}`,
  };
}

function nameProblems({ name, stack, file, path }: ExtensionFile, accounts: Accounts): Problem[] {
  const problem = (message: string, fix: string): Problem => ({ file, path: "", value: name, message, fix });
  if (!path.endsWith(".ts") || !/^[a-z][a-z0-9-]{0,14}[a-z0-9]$/.test(name)) {
    return [problem("is no extension", "name the file <name>.ts: 2 to 16 lower case letters, digits and hyphens")];
  }
  const owner = accounts.all.find((other) => other.name === stack);
  if (owner === undefined) return [];
  return [problem(`makes a second stack ${stack}: accounts/${owner.name}.ts has that name`, "name the file otherwise")];
}
