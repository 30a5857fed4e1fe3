import type { z } from "zod";
import { issueFix, issueMessage, unknownKeyFix } from "./fixes";

/** One thing that is wrong in one configuration file, and what to do about it. */
export interface Problem {
  /** The file, relative to the repository, e.g. `domains/sales/datasets/orders.yml`; `:12` at the end is its line. */
  readonly file: string;
  /** Where in the file, e.g. `columns.price.type`; empty for the file as a whole. */
  readonly path: string;
  /** What stands there now; absent when nothing does. */
  readonly value?: unknown;
  readonly message: string;
  readonly fix: string;
}

/** Every problem of every file at once, so that nobody has to fix them one run at a time. */
export class ConfigurationError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const ordered = sortProblems(problems);
    super(describeProblems(ordered));
    this.name = "ConfigurationError";
    this.problems = ordered;
  }

  /** Throws when there is any problem. */
  static check(problems: readonly Problem[]): void {
    if (problems.length > 0) throw new ConfigurationError(problems);
  }
}

/** The keys that may stand at a path of a file: what a misspelt key is compared with. */
export type KnownKeys = (path: readonly PropertyKey[]) => readonly string[];

/** Issues of a zod parse as problems of a file; `knownKeys` (see {@link keysOf}) adds "did you mean". */
export function zodProblems(file: string, error: z.ZodError, input: unknown, knownKeys?: KnownKeys): Problem[] {
  const issues = error.issues.flatMap((issue) => leaves(issue, []));
  return sortProblems(issues.flatMap(({ issue, path }) => issueProblems(file, issue, path, input, knownKeys)));
}

/** Reads the known keys out of a schema, through optional, default, union, record, array and pipe. */
export function keysOf(schema: z.ZodType): KnownKeys {
  return (path) => {
    const keys = schemasAt([schema as unknown as SchemaNode], path).flatMap((node) =>
      Object.keys(node.def.shape ?? {}),
    );
    return [...new Set(keys)].sort();
  };
}

/** `["columns", "price", 0]` -> `columns.price[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const name = String(step);
    if (!/^[A-Za-z_][\w-]*$/.test(name)) return `${text}[${JSON.stringify(name)}]`;
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

/** The inverse of {@link formatPath}. */
export function parsePath(path: string): PropertyKey[] {
  return [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, name]) =>
    index !== undefined ? Number(index) : quoted !== undefined ? String(JSON.parse(quoted)) : (name ?? ""),
  );
}

/** The same problems always come in the same order, without repeats: by file, line, path, then message. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const keyed = problems.map((problem) => {
    const { name, line } = splitLine(problem.file);
    return { problem, key: [name, String(line ?? 0).padStart(9, "0"), problem.path, problem.message].join("\0") };
  });
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.filter(({ key }, index) => key !== keyed[index - 1]?.key).map(({ problem }) => problem);
}

/** `orders.yml:12` -> its name and the number of the line. */
function splitLine(file: string): { name: string; line?: number } {
  const match = /^(.*):(\d+)$/.exec(file);
  return match === null ? { name: file } : { name: match[1] ?? file, line: Number(match[2]) };
}

/** The problems as text for people, grouped by file. */
function describeProblems(problems: readonly Problem[]): string {
  const count = `${problems.length} problem${problems.length === 1 ? "" : "s"}`;
  const lines = [`${count} in the configuration:`];
  let file: string | undefined;
  for (const problem of problems) {
    const { name, line } = splitLine(problem.file);
    if (name !== file) lines.push("", name);
    file = name;
    const where = [line === undefined ? "" : `line ${line}`, problem.path].filter((part) => part !== "").join(", ");
    const value = problem.value === undefined ? "" : shorten(problem.value);
    const subject = [where, value].filter((part) => part !== "").join(" = ");
    lines.push(`  ${subject}${subject === "" ? "" : ": "}${problem.message}`, `    fix: ${problem.fix}`);
  }
  return lines.join("\n");
}

/** What is at a path of the parsed file. */
function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    input,
  );
}

type Issue = z.core.$ZodIssue;

interface Leaf {
  issue: Issue;
  path: PropertyKey[];
}

/** A union fails once per alternative: the one that fits best is what the author had in mind. */
function leaves(issue: Issue, prefix: readonly PropertyKey[]): Leaf[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const alternatives = issue.errors.map((issues) => issues.flatMap((inner) => leaves(inner, path)));
    const sameKind = alternatives.filter((found) =>
      found.some((leaf) => leaf.path.length > path.length || leaf.issue.code === "unrecognized_keys"),
    );
    const best = (sameKind.length > 0 ? sameKind : alternatives).sort((a, b) => a.length - b.length)[0];
    if (best !== undefined && (sameKind.length > 0 || alternatives.length === 1)) return best;
  }
  if (issue.code === "invalid_key" || issue.code === "invalid_element") {
    return issue.issues.map((inner) => ({ issue: inner, path: [...path, ...inner.path] }));
  }
  return [{ issue, path }];
}

function issueProblems(
  file: string,
  issue: Issue,
  path: PropertyKey[],
  input: unknown,
  knownKeys: KnownKeys | undefined,
): Problem[] {
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys?.(path) ?? [];
    return issue.keys.map((key) => ({
      file,
      path: formatPath([...path, key]),
      value: valueAt(input, [...path, key]),
      message: "is not a known key",
      fix: unknownKeyFix(key, known),
    }));
  }
  const value = valueAt(input, path);
  if (path.length === 0 && (value === null || value === undefined)) {
    return [{ file, path: "", message: "is empty", fix: `write its keys: ${(knownKeys?.([]) ?? []).join(", ")}` }];
  }
  return [{ file, path: formatPath(path), value, message: issueMessage(issue, value), fix: issueFix(issue, value) }];
}

function shorten(value: unknown): string {
  const text =
    JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner)) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The part of a zod schema's definition that says what may be inside it. */
interface SchemaNode {
  def: {
    shape?: Record<string, SchemaNode>;
    innerType?: SchemaNode;
    in?: SchemaNode;
    element?: SchemaNode;
    valueType?: SchemaNode;
    options?: SchemaNode[];
    items?: SchemaNode[];
    getter?: () => SchemaNode;
  };
}

function schemasAt(nodes: SchemaNode[], path: readonly PropertyKey[]): SchemaNode[] {
  const open = nodes.flatMap(unwrap);
  const [step, ...rest] = path;
  if (step === undefined) return open;
  const next = open.flatMap(({ def }) => [
    def.shape?.[String(step)],
    def.valueType,
    def.element,
    typeof step === "number" ? def.items?.[step] : undefined,
  ]);
  return schemasAt(
    next.filter((node) => node !== undefined),
    rest,
  );
}

function unwrap(node: SchemaNode): SchemaNode[] {
  const { innerType, in: input, options, getter } = node.def;
  const inside = innerType ?? input ?? getter?.();
  if (inside !== undefined) return unwrap(inside);
  return options === undefined ? [node] : options.flatMap(unwrap);
}
