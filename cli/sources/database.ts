import type { LakeAccount } from "../../accounts/model/schema";
import { InputError } from "../exit-codes";
import type { Lake } from "../lake";

/** @throws InputError for an account without a database of its own, or a place for files to fill it */
export function checkDatabase(lake: Lake, account: LakeAccount): void {
  if (hasDatabase(account)) return;
  const { name } = account;
  const setting = `database: { name: "freight" } and landing: {} in accounts/${name}.ts and deploy`;
  throw new InputError(
    `The lake ${name} has no database of its own, or no place for files to fill it.`,
    lake.isLocal && lake.variant === undefined
      ? `Deploy it with one by \`npm run lake -- up --with-database\`, or set ${setting}.`
      : `Set ${setting}.`,
  );
}

/**
 * Gives lakes of the local AWS a database of their own until it is stopped. On AWS their files decide: there it only looks
 * whether the lake has one.
 * @param accountName the lake that is to have it @default the first
 * @throws InputError when it has none, and ConfigurationError when it cannot have one
 */
export function chooseDatabase(lake: Lake, accountName: string | undefined): void {
  lake.checkConfiguration(lake.isLocal ? "database" : undefined);
  const account = lake.lakeAccount(accountName ?? lake.accounts.lakes[0]?.name);
  if (lake.isLocal && !hasDatabase(account)) {
    throw new InputError(
      `The lake ${account.name} has no place for a database of its own.`,
      `It takes a network and at least three zones: see accounts/${account.name}.ts.`,
    );
  }
  checkDatabase(lake, account);
  if (lake.isLocal) lake.keepVariant("database");
}

function hasDatabase({ database, landing }: LakeAccount): boolean {
  return database !== false && landing !== false;
}
