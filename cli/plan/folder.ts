import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ConfigurationError, keysOf, zodProblems } from "../../contracts/problems";
import { filesBelow } from "../../tools/build/zip";
import { InputError } from "../exit-codes";
import type { Configuration } from "../guard/configuration";
import type { GuardedPlan } from "../guard/guard";
import { CONFIGURATION } from "../terraform";
import type { PlanJson } from "./plan-json";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256");

const stackSchema = z.strictObject({
  stack: z.string().min(1),
  /** Ids of the accounts whose resources it holds, by their names. */
  accounts: z.record(z.string(), z.string()),
  /** Of everything that was synthesized for the stack. */
  configuration: digest,
  /** Of the plan as Terraform saved it. */
  plan: digest,
  /** Of Terraform that made the plan: no other can apply it. */
  terraform: z.string(),
  /** When Terraform made the plan. */
  time: z.string(),
  /** Whether there is nothing to do. */
  isEmpty: z.boolean(),
});

const manifestSchema = z.strictObject({
  version: z.literal(1),
  target: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("aws") }),
    z.strictObject({ kind: z.literal("local"), endpoint: z.string() }),
  ]),
  /** In the order in which they are applied. */
  stacks: z.array(stackSchema).min(1),
});

export type StackPlan = z.output<typeof stackSchema>;
export type Manifest = z.output<typeof manifestSchema>;

const MANIFEST = "manifest.json";
const OWN_FILE = /\.(tfplan|json)$/;

/** Saved plans of some stacks, with all that is needed to review and to apply them. */
export class PlanFolder {
  constructor(readonly path: string) {}

  /** The plan as Terraform saved it. */
  planFile(stack: string): string {
    return join(this.path, `${stack}.tfplan`);
  }

  /** The same as JSON. */
  jsonFile(stack: string): string {
    return join(this.path, `${stack}.plan.json`);
  }

  /** The configuration that was planned. */
  configurationFile(stack: string): string {
    return join(this.path, `${stack}.tf.json`);
  }

  /** Makes the folder, without plans of an earlier run. @throws InputError if it holds anything else */
  start(): void {
    mkdirSync(this.path, { recursive: true });
    const files = readdirSync(this.path);
    if (files.length > 0 && !files.includes(MANIFEST)) {
      throw new InputError(`${this.path} is not empty, and holds no plan.`, "Choose another folder with --out.");
    }
    for (const file of files.filter((name) => OWN_FILE.test(name))) rmSync(join(this.path, file));
  }

  /** What the guard judges. */
  guarded(stack: string): GuardedPlan {
    const configuration = JSON.parse(readFileSync(this.configurationFile(stack), "utf8")) as Configuration;
    return { stack, plan: this.json(stack), configuration };
  }

  json(stack: string): PlanJson {
    return JSON.parse(readFileSync(this.jsonFile(stack), "utf8")) as PlanJson;
  }

  /** Written last: a folder without it is no plan. @returns its digest, by which a reviewer names the whole */
  write(manifest: Manifest): string {
    const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
    writeFileSync(join(this.path, MANIFEST), text);
    return sha256(text);
  }

  /** @throws InputError or ConfigurationError when it is no plan */
  read(): { manifest: Manifest; digest: string } {
    const file = join(this.path, MANIFEST);
    if (!existsSync(file)) {
      throw new InputError(`There is no plan in ${this.path}.`, "Make one with `npm run lake -- plan`.");
    }
    const text = readFileSync(file, "utf8");
    const value = parseJson(file, text);
    const result = manifestSchema.safeParse(value);
    if (!result.success) throw new ConfigurationError(zodProblems(file, result.error, value, keysOf(manifestSchema)));
    return { manifest: result.data, digest: sha256(text) };
  }
}

/** @throws InputError when the text is no JSON */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(
      `${file} is no JSON: ${(error as Error).message}`,
      "Make the plan again with `npm run lake -- plan`.",
    );
  }
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Digest of what was synthesized for a stack: its configuration and the files that go with it. */
export function configurationDigest(folder: string): string {
  const files = filesBelow(folder, (path) => path === CONFIGURATION || path.startsWith("assets/"));
  const lines = [...files].map(([path, content]) => `${path} ${sha256(content)}`).sort();
  return sha256(lines.join("\n"));
}
