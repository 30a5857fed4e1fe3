import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "../../accounts/model/target";
import type { Step } from "../../tools/setup/progress";
import { type Entry, roleEntry } from "../aws";
import { terraformVariables } from "../deployment";
import type { Configuration } from "../guard/configuration";
import type { Lake } from "../lake";
import { checkEntries } from "../preflight";
import { type Setup, setUp } from "../setup";
import { BOOTSTRAP, type Stack } from "../stacks";
import { stackFolder, synthesize } from "../synth";
import { CONFIGURATION, Terraform } from "../terraform";
import { configurationDigest } from "./folder";
import { profileVariables } from "./profiles";
import { writeToken } from "./token";

/** By whom plans are made and applied. */
export type PlanRole = "plan" | "deploy";

/** The ways in which a role enters the accounts of a stack. Bootstrap makes the roles: only administrators deploy it. */
export function entriesOf(lake: Lake, stack: Stack, role: PlanRole, tokenFile?: string): Entry[] {
  if (role === "deploy" && stack.name === BOOTSTRAP) return [...stack.entries];
  const token = tokenFile === undefined ? {} : { tokenFile };
  return stack.accounts.map((account) => ({ ...roleEntry(lake.accounts.organization, account, role), ...token }));
}

/** Works with plans by one role: what it synthesizes names profiles, and it says where they lead. */
export class PlanSession {
  private constructor(
    private readonly lake: Lake,
    private readonly role: PlanRole,
    readonly target: Target,
    private readonly setup: Setup,
  ) {}

  /** Synthesizes all stacks. Nothing of any account is read by then. */
  static async open(lake: Lake, role: PlanRole): Promise<PlanSession> {
    lake.checkConfiguration();
    const target = await lake.target();
    const session = new PlanSession(lake, role, target, await setUp(lake));
    await synthesize(lake, target, { entry: "profile", outdir: lake.paths.planning });
    return session;
  }

  /** Folder of the stack's configuration. */
  folder(stack: Stack): string {
    return stackFolder(this.lake, stack.name, this.lake.paths.planning);
  }

  /** Digest of what was synthesized for the stack. */
  configuration(stack: Stack): string {
    return configurationDigest(this.folder(stack));
  }

  synthesized(stack: Stack): Configuration {
    return JSON.parse(readFileSync(join(this.folder(stack), CONFIGURATION), "utf8")) as Configuration;
  }

  get terraformVersion(): string {
    return this.setup.terraform.version;
  }

  /** Checks that the role can be taken on in every account. */
  async check(stacks: readonly Stack[]): Promise<void> {
    const title = this.role === "plan" ? "Planning roles" : "Deployment roles";
    await this.lake.progress.step(title, async () => {
      const token = await writeToken(this.lake);
      const entries = stacks.flatMap((stack) => entriesOf(this.lake, stack, this.role, token));
      const unique = new Map(entries.map((entry) => [entry.roleArn, entry]));
      await checkEntries(this.target, this.lake.accounts.organization, [...unique.values()]);
    });
  }

  /** Terraform in the stack's folder, connected to its state. */
  async terraform(stack: Stack, step: Step): Promise<Terraform> {
    const entries = entriesOf(this.lake, stack, this.role, await writeToken(this.lake));
    const variables = terraformVariables(this.lake, this.target, this.setup);
    const env = await profileVariables(this.lake, this.target, variables, entries);
    const terraform = new Terraform(this.setup.terraform.command, stack.name, this.folder(stack), env, step);
    await terraform.init();
    return terraform;
  }
}
