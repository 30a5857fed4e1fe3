import type { LakeCommand } from "../command";
import { stopServer } from "../local-server";

/** Stops the local AWS. */
export const down: LakeCommand = {
  name: "down",
  summary: "Stop the local AWS",
  description: "What is in the local AWS lives in its memory and is lost. Nothing on AWS is touched.",
  examples: [["down", "end what `up` or `npm start` left running"]],
  async run(lake) {
    lake.forgetVariant();
    const stopped = await lake.progress.step("Stop the local AWS", () => stopServer(lake.paths));
    const text = stopped ? "The local AWS is stopped; what was in it is gone." : "The local AWS was not running.";
    return { document: { stopped }, text };
  },
};
