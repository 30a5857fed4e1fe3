import type { LakeCommand } from "../command";
import { type Check, examine } from "../examination";
import { exitCodes } from "../exit-codes";
import { table } from "../table";

const SIGNS: Record<Check["state"], string> = { ok: "ok", note: "note", failed: "FAILED" };

/** Says whether everything is there that is needed. */
export const doctor: LakeCommand = {
  name: "doctor",
  summary: "Check that everything is here that is needed",
  description: "Changes nothing. Exit code 2 if anything failed.",
  examples: [
    ["doctor", "prerequisites, configuration, the local AWS, roles"],
    ["doctor --json", "the same for a script"],
  ],
  async run(lake) {
    const checks = await examine(lake);
    const fixes = checks.flatMap(({ name, fix }) => (fix === undefined ? [] : [`${name}: ${fix}`]));
    const rows = checks.map(({ name, state, detail }) => [name, SIGNS[state], detail.split("\n")[0]]);
    return {
      document: { healthy: checks.every(({ state }) => state !== "failed"), checks },
      text: [table(["check", "", ""], rows), ...(fixes.length === 0 ? [] : ["", ...fixes])].join("\n"),
      exitCode: checks.some(({ state }) => state === "failed") ? exitCodes.badInput : exitCodes.ok,
    };
  },
};
