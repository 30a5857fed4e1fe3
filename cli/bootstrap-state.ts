import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Organization } from "../accounts/model/organization";
import type { Target } from "../accounts/model/target";
import type { Paths } from "../tools/setup/paths";
import { OperationError } from "./exit-codes";
import type { Stack } from "./stacks";
import { parseState, readState, type StateHead, writeState } from "./state";
import { BACKEND_OVERRIDE } from "./terraform";

/** Where the newest state of the bootstrap stack is. `file` also stands for a stack that has never been deployed. */
export type StateHome = "file" | "bucket";

/**
 * The bootstrap stack makes the bucket that its own state is kept in. Until the bucket is there, and again once it is to
 * be deleted, the state is in a file on this machine. A run may be interrupted anywhere: which of the two is right is
 * never remembered, but always told by looking at both.
 */
export class BootstrapState {
  readonly file: string;
  readonly #override: string;

  constructor(
    paths: Paths,
    private readonly target: Target,
    private readonly organization: Organization,
    private readonly stack: Stack,
    folder: string,
  ) {
    this.file = stateFile(paths, target);
    this.#override = join(folder, BACKEND_OVERRIDE);
  }

  /** Looks where the state is; a file whose content has safely arrived in the bucket is removed. */
  async locate(): Promise<StateHome> {
    const stored = await readState(this.target, this.organization, this.stack.state);
    const home = newerHome(this.readFile(), stored === undefined ? undefined : parseState(stored), this.file);
    if (home === "bucket") this.removeFile();
    return home;
  }

  /** Makes Terraform keep the state in the file. */
  useFile(): void {
    mkdirSync(dirname(this.file), { recursive: true });
    mkdirSync(dirname(this.#override), { recursive: true });
    writeFileSync(this.#override, JSON.stringify({ terraform: { backend: { local: { path: this.file } } } }));
  }

  /**
   * Moves the state into the bucket as it is: `terraform init -migrate-state` would give it a new lineage, by which the
   * two copies that an interruption leaves could no longer be told to be one.
   */
  async moveToBucket(): Promise<void> {
    await writeState(this.target, this.organization, this.stack.state, readFileSync(this.file, "utf8"));
    this.useBucket();
    if ((await this.locate()) === "bucket") return;
    throw new OperationError(
      `The state of the stack ${this.stack.name} did not arrive in its bucket.`,
      "Repeat the command.",
    );
  }

  /** Copies the state into the file, wholly or not at all. */
  async copyToFile(): Promise<void> {
    const stored = await readState(this.target, this.organization, this.stack.state);
    if (stored === undefined) return;
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(`${this.file}.new`, stored);
    renameSync(`${this.file}.new`, this.file);
  }

  /** Makes Terraform keep the state in the bucket, as the stack itself says. */
  useBucket(): void {
    rmSync(this.#override, { force: true });
  }

  /** To be called when all that the state told of is gone. */
  removeFile(): void {
    for (const file of [this.file, `${this.file}.backup`]) rmSync(file, { force: true });
  }

  private readFile(): StateHead | undefined {
    return existsSync(this.file) ? parseState(readFileSync(this.file, "utf8")) : undefined;
  }
}

/** Which of the two states to go on with. @throws OperationError if they are not two versions of one. */
export function newerHome(inFile: StateHead | undefined, inBucket: StateHead | undefined, file: string): StateHome {
  if (inBucket === undefined) return "file";
  if (inFile === undefined) return "bucket";
  if (inFile.lineage !== inBucket.lineage) {
    throw new OperationError(
      `The state of the bootstrap stack in ${file} is not the one in the bucket.`,
      "The bucket's is what is deployed. Move the file away, then repeat the command.",
    );
  }
  // Equal: it was copied, and the interruption came before the file was removed.
  return inFile.serial > inBucket.serial ? "file" : "bucket";
}

/** Forgets the file: for a local AWS that starts afresh, in which nothing of it exists any more. */
export function forgetStateFile(paths: Paths, target: Target): void {
  rmSync(dirname(stateFile(paths, target)), { recursive: true, force: true });
}

function stateFile(paths: Paths, target: Target): string {
  return join(paths.states, target.kind, "bootstrap.tfstate");
}
