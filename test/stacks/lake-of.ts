import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Testing } from "cdktf";
import { parseAccounts } from "../../accounts/model/load";
import { loadContracts, loadPipelines, loadSources } from "../../contracts";
import { type LakeParts, LakeStack } from "../../stacks/lake";
import { filesOf, lake, organization } from "../accounts/fixtures";
import { Stack, type StackJson } from "../support/stack";
import { ROOT, testFolder } from "../support/synthesis";

/** The lake of an account with these settings, and with the domains of this repository unless others are given. */
export function lakeOf(
  settings: Readonly<Record<string, unknown>> = {},
  domains: Partial<Pick<LakeParts, "contracts" | "pipelines" | "sources">> = {},
  ofOrganization: Readonly<Record<string, unknown>> = {},
): Stack {
  const accounts = parseAccounts(
    filesOf({ prod: { ...lake, ...settings }, organization: { ...organization, ...ofOrganization } }),
  );
  const [account] = accounts.lakes;
  if (!account) throw new Error("there is no lake");
  const path = join(testFolder(), "any.zip");
  writeFileSync(path, "any");
  const contracts = loadContracts(ROOT);
  const artifact = (letter: string) => ({ path, sha256: letter.repeat(64) });
  const stack = new LakeStack(
    new App({ outdir: join(testFolder(), "modules") }),
    { organization: accounts.organization, target: { kind: "aws" }, isRemovable: () => false },
    account,
    {
      accounts,
      contracts,
      pipelines: loadPipelines(ROOT, contracts),
      queries: [],
      sources: loadSources(ROOT, contracts),
      ...domains,
      artifacts: {
        intake: artifact("a"),
        dispatch: artifact("d"),
        ingest: artifact("7"),
        duckdbLayer: (architecture) => artifact(architecture === "arm64" ? "b" : "c"),
        authorities: artifact("8"),
        glue: { library: artifact("e"), jars: [{ ...artifact("f"), fetched: true }], script: () => artifact("9") },
      },
    },
  );
  return new Stack("prod", JSON.parse(Testing.synth(stack, true)) as StackJson);
}
