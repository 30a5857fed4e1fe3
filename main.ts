import { App } from "cdktf";
import { loadAccounts } from "./accounts/model/load";
import { removableAccounts } from "./accounts/model/removal";
import { entryOf, targetOf } from "./accounts/model/target";
import { loadContracts } from "./contracts";
import type { StackContext } from "./stacks/account-stack";
import { BootstrapStack } from "./stacks/bootstrap";
import { LakeStack } from "./stacks/lake";
import { SecurityStack } from "./stacks/security";
import { builtArtifacts } from "./tools/build/artifacts";

const accounts = loadAccounts();
const contracts = loadContracts(__dirname);
const target = targetOf(process.env, __dirname);
const context: StackContext = {
  organization: accounts.organization,
  target,
  entry: entryOf(process.env),
  isRemovable: removableAccounts(accounts.all, target, process.env),
};

// The declared target is what the maintained fork of cdktf demands before it writes a lock file setting; cdktf ignores it.
const app = new App({ context: { targetVersions: { terraform: ">=1.11.0" } } });
new BootstrapStack(app, "bootstrap", context, accounts);
const security = new SecurityStack(app, context, accounts.security, accounts.lakes);
for (const account of accounts.lakes) {
  const lake = new LakeStack(app, context, account, {
    accounts,
    contracts,
    artifacts: builtArtifacts(__dirname),
  });
  lake.addDependency(security);
}
app.synth();
