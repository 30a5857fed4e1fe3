import { execFileSync } from "node:child_process";

/** Groups of the processes whose command lines have all of the texts in them. */
export function processesOf(...texts: readonly string[]): number[] {
  const listed = execFileSync("ps", ["-A", "-o", "pgid=,args="], { encoding: "utf8", maxBuffer: 2 ** 26 });
  const isMeant = (line: string) => texts.every((text) => line.includes(text));
  const groups = listed.split("\n").flatMap((line) => (isMeant(line) ? [Number.parseInt(line, 10)] : []));
  return [...new Set(groups)].filter((group) => group !== process.pid);
}
