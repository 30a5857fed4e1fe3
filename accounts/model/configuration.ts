import {
  type Contracts,
  layerTables,
  loadContracts,
  loadPipelines,
  loadQueries,
  loadSources,
  type Pipeline,
  type Query,
  type Source,
} from "../../contracts";
import { ConfigurationError, type Problem } from "../../contracts/problems";
import { type ExtensionFile, findExtensions } from "./extensions";
import { ingestionProblems } from "./ingestion";
import { jobNameProblems } from "./job-names";
import { type Accounts, loadAccounts } from "./load";
import { martInputProblems } from "./mart-inputs";
import { removableAccounts } from "./removal";
import type { Account } from "./schema";
import { type EntryKind, entryOf, type Target, targetOf } from "./target";
import { type Variant, variantOf, withVariant } from "./variant";

/** All that people write down, and what the environment says. */
export interface Configuration {
  readonly accounts: Accounts;
  readonly contracts: Contracts;
  readonly pipelines: readonly Pipeline[];
  readonly queries: readonly Query[];
  readonly sources: readonly Source[];
  readonly extensions: readonly ExtensionFile[];
  readonly target: Target;
  readonly entry: EntryKind;
  /** Whether an account's data may be deleted. */
  readonly isRemovable: (account: Account) => boolean;
}

/**
 * Reads every file of the configuration below `root`, and the environment.
 * @param variant @default what was chosen for the local AWS before
 * @throws ConfigurationError with every problem of all of them.
 */
export function loadConfiguration(environment: NodeJS.ProcessEnv, root: string, variant?: Variant): Configuration {
  const problems: Problem[] = [];
  const attempt = <T>(load: () => T): T | undefined => {
    try {
      return load();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const target = attempt(() => targetOf(environment, root));
  const chosen = variant ?? (target && attempt(() => variantOf(environment, root)));
  const files = attempt(() => loadAccounts());
  const accounts = files && attempt(() => withVariant(files, chosen));
  const contracts = attempt(() => loadContracts(root));
  const pipelines = contracts && attempt(() => loadPipelines(root, contracts));
  const queries = contracts && pipelines && attempt(() => loadQueries(root, layerTables(contracts, pipelines)));
  const sources = contracts && attempt(() => loadSources(root, contracts));
  if (accounts && contracts && pipelines && sources)
    problems.push(...jobNameProblems(accounts, contracts, pipelines, sources));
  if (accounts && pipelines) problems.push(...martInputProblems(accounts, pipelines));
  if (accounts && sources) problems.push(...ingestionProblems(accounts.lakes, sources));
  const extensions = accounts && attempt(() => findExtensions(root, accounts));
  const entry = attempt(() => entryOf(environment));
  const isRemovable = accounts && target && attempt(() => removableAccounts(accounts.all, target, environment));
  if (!accounts || !contracts || !pipelines || !queries || !sources || !extensions)
    throw new ConfigurationError(problems);
  if (!target || !entry || !isRemovable) throw new ConfigurationError(problems);
  ConfigurationError.check(problems);
  return { accounts, contracts, pipelines, queries, sources, extensions, target, entry, isRemovable };
}
