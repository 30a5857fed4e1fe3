import { App } from "cdktf";
import { loadConfiguration } from "./accounts/model/configuration";
import type { StackContext } from "./stacks/account-stack";
import { BootstrapStack } from "./stacks/bootstrap";
import { ExtensionStack, extensionIn } from "./stacks/extension";
import { LakeStack } from "./stacks/lake";
import { SecurityStack } from "./stacks/security";
import { builtArtifacts } from "./tools/build/artifacts";

const { accounts, contracts, pipelines, queries, sources, extensions, ...settings } = loadConfiguration(
  process.env,
  __dirname,
);
const context: StackContext = { organization: accounts.organization, ...settings };

// The declared target is what the maintained fork of cdktf demands before it writes a lock file setting; cdktf ignores it.
const app = new App({ context: { targetVersions: { terraform: ">=1.11.0" } } });
new BootstrapStack(app, "bootstrap", context, accounts);
const security = new SecurityStack(app, context, accounts.security, accounts.lakes);
for (const account of accounts.lakes) {
  const lake = new LakeStack(app, context, account, {
    accounts,
    contracts,
    pipelines,
    queries,
    sources,
    artifacts: builtArtifacts(__dirname),
  });
  lake.addDependency(security);
  for (const file of extensions.filter((extension) => extension.account === account)) {
    new ExtensionStack(app, context, file, extensionIn(file)).addDependency(lake);
  }
}
app.synth();
