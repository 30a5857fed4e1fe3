/** What lies below the repository's `domains/`. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Names of the folders within a folder, in order. */
export function folders(root: string, folder: string): string[] {
  const found = readdirSync(join(root, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return found.map(({ name }) => name).sort();
}

/** Names of all that is within a folder, in order: none when there is no such folder, as not every domain has all. */
export function entries(root: string, folder: string): string[] {
  try {
    return readdirSync(join(root, folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
