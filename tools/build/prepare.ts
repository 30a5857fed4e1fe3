import { loadAccounts } from "../../accounts/model/load";
import { buildArtifacts } from "./artifacts";

/** Makes everything ready that synthesis expects to find. */
export async function prepare(root: string): Promise<void> {
  const architectures = new Set(loadAccounts().lakes.map(({ architecture }) => architecture));
  await buildArtifacts(root, [...architectures]);
}
