import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { nearest } from "../../contracts/nearest";
import { ConfigurationError, keysOf, type Problem, zodProblems } from "../../contracts/problems";
import type { Lake } from "../lake";
import { stacksOf } from "../stacks";
import { RULES } from "./rules";

/** Changes that are meant though the guard refuses them: committed, so that they are reviewed with what makes them. */
export const ALLOWED_FILE = join("accounts", "allowed-changes.yml");

const day = z.iso.date("must be a day such as 2026-12-31, in quotes or not");

const changeSchema = z.strictObject({
  stack: z.string().min(1),
  address: z.string().min(1),
  /** Rule of the guard that it may break. */
  rule: z.string().min(1),
  /** Why it is meant: whoever reviews the change has to agree. */
  reason: z.string().min(10, "must say why, in ten characters or more"),
  /** Last day on which it may be done: a permission that nobody takes back ends by itself. */
  until: day,
});

const fileSchema = z.strictObject({ allowed: z.array(changeSchema) });

export type AllowedChange = z.output<typeof changeSchema>;

/** @throws ConfigurationError with every problem of the file */
export function loadAllowedChanges(lake: Lake): AllowedChange[] {
  const path = join(lake.paths.root, ALLOWED_FILE);
  if (!existsSync(path)) return [];
  const stacks = stacksOf(lake).map(({ name }) => name);
  return parseAllowedChanges(readFileSync(path, "utf8"), stacks);
}

export function parseAllowedChanges(text: string, stacks: readonly string[]): AllowedChange[] {
  const file = ALLOWED_FILE.replaceAll("\\", "/");
  const document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    const line = syntax.linePos?.[0].line;
    throw new ConfigurationError([
      {
        file: line === undefined ? file : `${file}:${line}`,
        path: "",
        message: syntax.message.split("\n")[0] ?? "",
        fix: "write it as YAML",
      },
    ]);
  }
  const value: unknown = document.toJS() ?? { allowed: [] };
  const result = fileSchema.safeParse(value);
  if (!result.success) throw new ConfigurationError(zodProblems(file, result.error, value, keysOf(fileSchema)));
  const ids = RULES.map(({ id }) => id);
  ConfigurationError.check(
    result.data.allowed.flatMap(({ rule, stack }, index) => [
      ...unknown(file, `allowed[${index}].rule`, rule, ids, "rule of the guard"),
      ...unknown(file, `allowed[${index}].stack`, stack, stacks, "stack"),
    ]),
  );
  return result.data.allowed;
}

function unknown(file: string, path: string, value: string, known: readonly string[], what: string): Problem[] {
  if (known.includes(value)) return [];
  const meant = nearest(value, [...known]);
  const fix = meant === undefined ? `use one of ${known.join(", ")}` : `write \`${meant}\``;
  return [{ file, path, value, message: `is no ${what}`, fix }];
}
