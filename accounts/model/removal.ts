import { ConfigurationError } from "../../contracts/problems";
import type { Account } from "./schema";
import type { Target } from "./target";

/** Environment variable with the names of the accounts whose data may be deleted, separated by commas. */
export const CONFIRM_REMOVAL = "LAKE_CONFIRM_REMOVAL";

/**
 * Data can be deleted when two keys are turned, by two decisions: the account's file says `removal: "destroy"` (or the
 * target is the local AWS, whose data is made to be thrown away), and the environment names the account.
 * @throws ConfigurationError when the environment names an account that is none or that is to be retained.
 */
export function removableAccounts(
  accounts: readonly Account[],
  target: Target,
  environment: NodeJS.ProcessEnv,
): (account: Account) => boolean {
  const confirmed = (environment[CONFIRM_REMOVAL] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const willing = (account: Account) => account.removal === "destroy" || target.kind === "local";
  ConfigurationError.check(
    confirmed.flatMap((name) => {
      const account = accounts.find((candidate) => candidate.name === name);
      if (account && willing(account)) return [];
      return account
        ? [
            {
              file: `accounts/${name}.ts`,
              path: "removal",
              value: account.removal,
              message: `keeps the data that ${CONFIRM_REMOVAL} wants to delete`,
              fix: 'set removal: "destroy" as well',
            },
          ]
        : [
            {
              file: "environment",
              path: CONFIRM_REMOVAL,
              value: name,
              message: "is no account",
              fix: `use one of ${accounts.map((known) => known.name).join(", ")}`,
            },
          ];
    }),
  );
  return (account) => willing(account) && confirmed.includes(account.name);
}
