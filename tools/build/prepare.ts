import { loadConfiguration } from "../../accounts/model/configuration";
import { buildArtifacts } from "./artifacts";

/** Makes everything ready that synthesis expects to find. @throws ConfigurationError before anything is built */
export async function prepare(root: string): Promise<void> {
  const { accounts } = loadConfiguration(process.env, root);
  await buildArtifacts(root, [...new Set(accounts.lakes.map(({ architecture }) => architecture))]);
}
