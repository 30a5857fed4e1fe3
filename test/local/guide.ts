import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { entriesOf } from "../../cli/ledger";
import type { LedgerItem } from "../../contracts/ledger";
import { projectRoot } from "../../tools/setup/paths";
import { follow, markedBlocks } from "../docs/blocks";
import { copySources, shareLayers } from "../support/synthesis";
import type { inOrder, Sandbox } from "./sandbox";

/** The contributor's guide, as far as it needs a lake that runs. */
export function guideTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  step("a stranger adds a dataset by following the guide", async () => {
    const project = join(sandbox.home, "project");
    copySources(project);
    shareLayers(project);
    for (const name of ["cli", "local", "samples"]) {
      cpSync(join(projectRoot, name), join(project, name), { recursive: true });
    }
    mkdirSync(join(project, ".lake"), { recursive: true });
    symlinkSync(join(projectRoot, ".lake", "venv"), join(project, ".lake", "venv"));

    const blocks = markedBlocks("CONTRIBUTING.md");
    const last = blocks.findIndex(({ run }) => run === "local");
    expect(last).toBeGreaterThan(0);
    for (const block of blocks.slice(0, last + 1).filter(({ run }) => run !== "here")) {
      follow(block, project, sandbox.env);
    }
    const entries: LedgerItem[] = [];
    await sandbox.clients("operator", async (clients) => {
      for await (const entry of entriesOf(clients, "sales/returns")) entries.push(entry);
    });
    expect(entries).toMatchObject([{ status: "loaded", rows_in: 2, rows_out: 1, rows_quarantined: 1 }]);
  });
}
