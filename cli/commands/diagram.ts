import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LakeCommand } from "../command";
import { draw } from "../diagram/draw";
import { synthesize } from "../synth";

/** Draws the accounts and what flows between their parts. */
export const diagram: LakeCommand = {
  name: "diagram",
  summary: "Draw accounts, network, zones and flows from the synthesized stacks",
  description:
    "Writes docs/diagram.svg and, as Mermaid text that GitHub and GitLab draw, docs/diagram.md. Nothing has to be deployed.",
  examples: [["diagram", "bring the picture up to date after a change of accounts or stacks"]],
  async run(lake) {
    lake.checkConfiguration();
    const outdir = mkdtempSync(join(tmpdir(), "lake-diagram-"));
    try {
      // The picture is the same for every target, and the usual folder keeps what is deployed.
      await synthesize(lake, { kind: "aws" }, { outdir });
      const files = [...draw(outdir)].map(([path, text]) => {
        const file = join(lake.paths.root, path);
        const isCurrent = existsSync(file) && readFileSync(file, "utf8") === text;
        if (!isCurrent) writeFileSync(file, text);
        return { path, changed: !isCurrent };
      });
      const text = files.map(({ path, changed }) => `${path}: ${changed ? "drawn anew" : "up to date"}`).join("\n");
      return { document: { files }, text };
    } finally {
      rmSync(outdir, { recursive: true, force: true });
    }
  },
};
