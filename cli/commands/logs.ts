import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import type { LakeCommand } from "../command";
import { InputError } from "../exit-codes";

/** Parses an option that is a number of things. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("It must be a whole number, 1 or more.");
  return Number(text);
}

/** Shows what the local AWS has to say. */
export const logs: LakeCommand = {
  name: "logs",
  summary: "Show the log of the local AWS",
  examples: [
    ["logs", "the last 100 lines"],
    ["logs --lines 20 --follow", "the last 20 lines, then every new one until Ctrl-C"],
  ],
  options: (command) =>
    command
      .option("-n, --lines <number>", "how many lines from the end", wholeNumber, 100)
      .option("-f, --follow", "go on with new lines until Ctrl-C"),
  async run(lake, _args, { lines, follow, json }) {
    const file = lake.paths.serverLog;
    if (!existsSync(file))
      throw new InputError("There is no log: the local AWS was never started.", "Start it with `npm run lake -- up`.");
    if (follow === true) {
      if (json === true)
        throw new InputError("--follow never ends, so it cannot give one JSON document.", "Leave one of the two out.");
      await once(spawn("tail", ["-n", String(lines), "-F", file], { stdio: ["ignore", "inherit", "inherit"] }), "exit");
      return { document: {}, text: "" };
    }
    const last = readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines);
    return { document: { file, lines: last }, text: last.join("\n") };
  },
};
