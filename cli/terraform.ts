import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, run } from "../tools/setup/process";
import type { Step } from "../tools/setup/progress";
import { failureOf, TerraformError } from "./terraform-error";
import { type PlannedChange, TerraformEvents } from "./terraform-events";
import { type Configuration, type State, unfinishedProtected } from "./unfinished";

/** Resources changed at the same time: most of them only wait for AWS. */
const PARALLELISM = 30;
const PLAN_FILE = "lake.tfplan";
/** Where Terraform leaves a state that it could not store. */
const ORPHANED_STATE = "errored.tfstate";

/** What is synthesized for a stack, in its folder. */
export const CONFIGURATION = "cdk.tf.json";
/** Lies over the stack's own configuration, which is generated, and gives it another backend. */
export const BACKEND_OVERRIDE = "backend_override.tf.json";
/** Remembers with which settings the folder was initialized. */
const INITIALIZED = join(".terraform", "lake.json");

/** Exit code of `plan -detailed-exitcode` when there is something to do. */
const CHANGES = 2;

export interface PlanOptions {
  /** Plans to remove everything. */
  readonly destroy?: boolean;
  /** Only these resources and what they need. */
  readonly targets?: readonly string[];
}

export interface Plan {
  readonly isEmpty: boolean;
  readonly changes: readonly PlannedChange[];
}

/** What an apply did. */
export interface Applied {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export const NOTHING_APPLIED: Applied = { added: 0, changed: 0, removed: 0 };

/** Terraform in the folder of one stack. Changes are always planned first, and exactly the plan is applied. */
export class Terraform {
  constructor(
    private readonly command: string,
    readonly stack: string,
    readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly step: Step,
  ) {}

  /** Connects to the state. The backend is what the configuration says, whatever an earlier run has used. */
  async init(): Promise<void> {
    if (!this.isInitialized()) {
      this.step.say("initializing");
      await this.run("init", ["-reconfigure", "-input=false"]);
      writeFileSync(join(this.folder, INITIALIZED), this.setting());
    }
    if (!existsSync(join(this.folder, ORPHANED_STATE))) return;
    // An earlier run could not store its state: without it, what that run made would be forgotten.
    await this.run("state", ["push", ORPHANED_STATE]);
    rmSync(join(this.folder, ORPHANED_STATE));
  }

  /** Initializing again what has not changed since would cost seconds for each stack. */
  private isInitialized(): boolean {
    const file = join(this.folder, INITIALIZED);
    return existsSync(file) && readFileSync(file, "utf8") === this.setting();
  }

  /** What an initialization depends on: backend and providers. */
  private setting(): string {
    const files = [CONFIGURATION, BACKEND_OVERRIDE].map((name) => join(this.folder, name)).filter(existsSync);
    return JSON.stringify(
      files.map((file) => (JSON.parse(readFileSync(file, "utf8")) as { terraform: unknown }).terraform),
    );
  }

  /** Finds out what there is to do, and keeps it for {@link apply}. */
  async plan(options: PlanOptions = {}): Promise<Plan> {
    this.step.say("planning");
    try {
      return await this.planOnce(options);
    } catch (error) {
      if (!(error instanceof TerraformError) || !error.says(/cannot be destroyed/)) throw error;
      if (!(await this.keepUnfinished())) throw error;
      return this.planOnce(options);
    }
  }

  private async planOnce({ destroy, targets = [] }: PlanOptions): Promise<Plan> {
    const { code, events } = await this.run(
      "plan",
      [
        ...[
          "-input=false",
          "-detailed-exitcode",
          "-lock-timeout=5s",
          `-parallelism=${PARALLELISM}`,
          `-out=${PLAN_FILE}`,
        ],
        ...(destroy === true ? ["-destroy"] : []),
        ...targets.map((address) => `-target=${address}`),
      ],
      [0, CHANGES],
    );
    return { isEmpty: code !== CHANGES, changes: events.planned };
  }

  /**
   * A resource whose creation was interrupted is made again by Terraform, which protected ones do not allow: they are
   * kept, and the next plan completes them. @returns whether there was one
   */
  private async keepUnfinished(): Promise<boolean> {
    const { stdout } = await this.run("state", ["pull"]);
    const configuration = JSON.parse(readFileSync(join(this.folder, CONFIGURATION), "utf8")) as Configuration;
    const addresses = unfinishedProtected(JSON.parse(stdout) as State, configuration);
    for (const address of addresses) {
      this.step.say(`keeping ${address}`);
      await this.run("untaint", [address]);
    }
    return addresses.length > 0;
  }

  /**
   * Finds out what there is to do and keeps it in a file. Nothing is written anywhere else, not even the state's lock, so
   * that it can be done by whoever may only read. @returns whether there is something to do
   */
  async planTo(file: string): Promise<boolean> {
    this.step.say("planning");
    const args = ["-input=false", "-detailed-exitcode", "-lock=false", `-parallelism=${PARALLELISM}`, `-out=${file}`];
    const { code } = await this.run("plan", args, [0, CHANGES]);
    return code === CHANGES;
  }

  /** What a kept plan says, as JSON. */
  async show(file: string): Promise<string> {
    const { stdout } = await this.run("show", ["-no-color", file]);
    return stdout;
  }

  /** Applies the last plan. */
  async apply(): Promise<Applied> {
    const applied = await this.applyFile(PLAN_FILE);
    rmSync(join(this.folder, PLAN_FILE), { force: true });
    return applied;
  }

  /** Applies a kept plan: exactly it, or nothing if the state has changed since. */
  async applyFile(file: string): Promise<Applied> {
    this.step.say("applying");
    const { events } = await this.run("apply", [
      "-input=false",
      "-lock-timeout=5s",
      `-parallelism=${PARALLELISM}`,
      file,
    ]);
    const { add, change, remove } = events.counts;
    return { added: add, changed: change, removed: remove };
  }

  private async run(
    action: "init" | "plan" | "show" | "apply" | "state" | "untaint",
    args: readonly string[],
    good: readonly number[] = [0],
  ): Promise<Finished & { events: TerraformEvents }> {
    const events = new TerraformEvents();
    const finished = await run(
      this.command,
      [action, ...(action === "state" || action === "untaint" ? [] : ["-json"]), ...args],
      {
        cwd: this.folder,
        env: this.env,
        // Stopped in the middle of a call, the provider forgets what the call has made.
        mustFinish: action === "apply",
        // A live display keeps other output back until the step ends.
        onStopping: (notice) => this.step.say(notice),
        onLine: (line) => {
          const news = events.read(line);
          if (news !== undefined) this.step.say(news);
        },
      },
    );
    if (!good.includes(finished.code)) throw failureOf(this, action, events.failures, finished);
    return { ...finished, events };
  }
}
