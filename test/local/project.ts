import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../tools/setup/paths";
import { copySources, shareLayers } from "../support/synthesis";

/** The project in a folder of its own, where its files can be changed and every command runs. @returns the folder */
export function copyProject(folder: string): string {
  copySources(folder);
  shareLayers(folder);
  for (const name of ["cli", "local", "samples"]) {
    cpSync(join(projectRoot, name), join(folder, name), { recursive: true });
  }
  mkdirSync(join(folder, ".lake"), { recursive: true });
  for (const shared of ["venv", "cache"]) {
    symlinkSync(join(projectRoot, ".lake", shared), join(folder, ".lake", shared));
  }
  return folder;
}
