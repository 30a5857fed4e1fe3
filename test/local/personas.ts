import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { follow, markedBlocks } from "../docs/blocks";
import { copyProject } from "./project";
import type { inOrder, Sandbox } from "./sandbox";

/** The commands of the guide to personas, as far as they need no tables. */
export function personaTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  step("the commands of docs/personas.md work as they stand, as those whom they name", async () => {
    const project = copyProject(join(sandbox.home, "project"));
    const file = join(project, "path", "to", "files", "orders.csv");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "order_id\n1\n");
    const blocks = markedBlocks("docs/personas.md");
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) follow(block, project, sandbox.env);
  });
}
