import { Names } from "../accounts/model/naming";
import type { Account } from "../accounts/model/schema";
import { adminEntry, type Entry, roleEntry } from "./aws";
import type { Lake } from "./lake";

/** One stack as it is deployed. */
export interface Stack {
  readonly name: string;
  /** The accounts whose resources it holds. */
  readonly accounts: readonly Account[];
  /** The ways in which Terraform enters them. */
  readonly entries: readonly Entry[];
  /** Where its state is. */
  readonly state: StateLocation;
}

export interface StateLocation {
  readonly bucket: string;
  readonly key: string;
  /** The way to the bucket. */
  readonly entry: Entry;
}

/** The stack that only administrators deploy. */
export const BOOTSTRAP = "bootstrap";

/** Every stack in the order of deployment: bootstrap, security, then the lakes (all, or the one that is named), each with its extensions. */
export function stacksOf(lake: Lake, lakeName?: string): Stack[] {
  const { all, lakes, security } = lake.accounts;
  const chosen = lakeName === undefined ? lakes : [lake.lakeAccount(lakeName)];
  const withExtensions = (account: Account) => {
    const own = lake.extensions.filter((extension) => extension.account.name === account.name);
    return [account.name, ...own.map(({ stack }) => stack)].map((name) => accountStack(lake, account, name));
  };
  return [bootstrapStack(lake, all), accountStack(lake, security), ...chosen.flatMap(withExtensions)];
}

function bootstrapStack(lake: Lake, accounts: readonly Account[]): Stack {
  const { organization, security } = lake.accounts;
  return {
    name: BOOTSTRAP,
    accounts,
    entries: accounts.map((account) => adminEntry(organization, account)),
    state: {
      bucket: new Names(organization, security).stateBucket,
      key: stateKey(BOOTSTRAP),
      entry: adminEntry(organization, security),
    },
  };
}

function accountStack(lake: Lake, account: Account, name: string = account.name): Stack {
  const { organization } = lake.accounts;
  const entry = roleEntry(organization, account, "deploy");
  const bucket = new Names(organization, account).stateBucket;
  return {
    name,
    accounts: [account],
    entries: [entry],
    state: { bucket, key: stateKey(name), entry },
  };
}

function stateKey(stack: string): string {
  return `${stack}/terraform.tfstate`;
}
