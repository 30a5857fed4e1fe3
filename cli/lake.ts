import { loadConfiguration } from "../accounts/model/configuration";
import { type ExtensionFile, findExtensions } from "../accounts/model/extensions";
import { type Accounts, loadAccounts } from "../accounts/model/load";
import type { LakeAccount } from "../accounts/model/schema";
import { type Target, targetOf } from "../accounts/model/target";
import { forgetVariant, keepVariant, type Variant, variantOf, withVariant } from "../accounts/model/variant";
import { type Contracts, loadContracts } from "../contracts";
import { nearest } from "../contracts/nearest";
import type { Paths } from "../tools/setup/paths";
import type { Progress } from "../tools/setup/progress";
import { InputError } from "./exit-codes";
import { findServer, type LocalServer } from "./local-server";

/** What commands work with: the configuration, the target and a way to show progress. */
export class Lake {
  #accounts: Accounts | undefined;
  #contracts: Contracts | undefined;
  #extensions: readonly ExtensionFile[] | undefined;

  constructor(
    readonly paths: Paths,
    readonly environment: NodeJS.ProcessEnv,
    readonly progress: Progress,
  ) {}

  /** @throws ConfigurationError with the problems of every account file. */
  get accounts(): Accounts {
    this.#accounts ??= withVariant(loadAccounts(), this.variant);
    return this.#accounts;
  }

  /** @throws ConfigurationError with the problems of every contract. */
  get contracts(): Contracts {
    this.#contracts ??= loadContracts(this.paths.root);
    return this.#contracts;
  }

  /** @throws ConfigurationError with every file that can be no extension. */
  get extensions(): readonly ExtensionFile[] {
    this.#extensions ??= findExtensions(this.paths.root, this.accounts);
    return this.#extensions;
  }

  get isLocal(): boolean {
    return targetOf(this.environment, this.paths.root).kind === "local";
  }

  /** What the lakes of the local AWS have beside what their files say. */
  get variant(): Variant | undefined {
    return variantOf(this.environment, this.paths.root);
  }

  /** Chooses it for all commands until it is forgotten. */
  keepVariant(variant: Variant): void {
    keepVariant(variant, this.environment, this.paths.root);
  }

  /** The lakes are what their files say, from the next command on. */
  forgetVariant(): void {
    forgetVariant(this.environment, this.paths.root);
  }

  /**
   * Every problem of every configuration file at once: for commands that change something.
   * @param variant with which the accounts are to be taken from now on @default what was chosen before
   */
  checkConfiguration(variant?: Variant): void {
    const { accounts, contracts, extensions } = loadConfiguration(this.environment, this.paths.root, variant);
    this.#accounts = accounts;
    this.#contracts = contracts;
    this.#extensions = extensions;
  }

  /** The running local AWS of this project, if there is one. */
  async server(): Promise<LocalServer | undefined> {
    return findServer(this.paths);
  }

  /** The target, which answers. */
  async target(): Promise<Target> {
    const endpoint = this.environment.LAKE_LOCAL_ENDPOINT;
    if (!this.isLocal || endpoint !== undefined) return targetOf(this.environment, this.paths.root);
    const server = await this.server();
    if (server !== undefined) return { kind: "local", endpoint: server.endpoint };
    throw new InputError(
      "The local AWS is not running.",
      "Start it with `npm run lake -- up`, or set LAKE_TARGET=aws.",
    );
  }

  /** A command line that people can type; with the account if there are several lakes. */
  suggestion(command: string, account: string): string {
    const { lakes } = this.accounts;
    return `npm run lake -- ${command}${lakes.length > 1 ? ` --account ${account}` : ""}`;
  }

  /** The lake account of that name; without a name, the only one. */
  lakeAccount(name: string | undefined): LakeAccount {
    const { lakes } = this.accounts;
    const names = lakes.map((lake) => lake.name);
    const found = name === undefined ? lakes[0] : lakes.find((lake) => lake.name === name);
    if (name === undefined && lakes.length > 1) {
      throw new InputError("There are several lakes.", `Add --account with one of ${names.join(", ")}.`);
    }
    if (found !== undefined) return found;
    const meant = nearest(name ?? "", names);
    throw new InputError(
      `There is no lake account ${name}.`,
      meant === undefined ? `Use one of ${names.join(", ")}.` : `Did you mean ${meant}?`,
    );
  }
}
