import { z } from "zod";
import { nearest } from "../../contracts/nearest";
import { ConfigurationError, formatPath, keysOf, zodProblems } from "../../contracts/problems";

const schema = z.strictObject({
  name: z.string(),
  size: z.int().min(1).max(10).optional(),
  kind: z.enum(["small", "large"]).default("small"),
  zones: z.record(z.string(), z.strictObject({ keep: z.boolean() })).optional(),
  hosts: z.array(z.strictObject({ address: z.string() })).optional(),
  format: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("csv"), header: z.boolean().optional() }),
      z.strictObject({ type: z.literal("json") }),
    ])
    .optional(),
});

function problemsOf(input: unknown) {
  const result = schema.safeParse(input);
  if (result.success) throw new Error("expected problems");
  return zodProblems("a.yml", result.error, input, keysOf(schema));
}

test("every problem of a file comes at once, with its place, value and fix", () => {
  expect(
    problemsOf({ nane: "x", size: 99, kind: "smal", zones: { raw: { kep: true } }, hosts: [{ address: 1 }] }),
  ).toEqual([
    { file: "a.yml", path: "hosts[0].address", value: 1, message: "must be a string", fix: undefined },
    { file: "a.yml", path: "kind", value: "smal", message: "is not one of the allowed values", fix: "write `small`" },
    { file: "a.yml", path: "name", value: undefined, message: "is missing", fix: "add a string" },
    { file: "a.yml", path: "nane", value: "x", message: "is not a known key", fix: "write `name`" },
    { file: "a.yml", path: "size", value: 99, message: "Too big: expected number to be <=10", fix: undefined },
    { file: "a.yml", path: "zones.raw.keep", value: undefined, message: "is missing", fix: "add a boolean" },
    { file: "a.yml", path: "zones.raw.kep", value: true, message: "is not a known key", fix: "write `keep`" },
  ]);
});

test("a key unlike any other is answered with the list of known keys", () => {
  const [problem] = problemsOf({ name: "x", qqqqqqqq: 1 });
  expect(problem?.fix).toBe("remove it; known keys: format, hosts, kind, name, size, zones");
});

test("a union reports the alternative that was meant", () => {
  expect(problemsOf({ name: "x", format: { type: "csv", heade: true } })).toEqual([
    { file: "a.yml", path: "format.heade", value: true, message: "is not a known key", fix: "write `header`" },
  ]);
});

test("the error's text groups the problems by file and shows lines, values and fixes", () => {
  const error = new ConfigurationError([
    { file: "b.yml:7", path: "x", value: "long".repeat(40), message: "is wrong", fix: "make it right" },
    { file: "a.yml", path: "", message: "is empty" },
    { file: "a.yml", path: "", message: "is empty" },
  ]);
  expect(error.message).toBe(
    `2 problems in the configuration:\n\na.yml\n  is empty\n\nb.yml\n  line 7, x = "${"long".repeat(19)}...: is wrong\n    fix: make it right`,
  );
  expect(error.problems).toHaveLength(2);
  expect(() => ConfigurationError.check([])).not.toThrow();
  expect(() => ConfigurationError.check(error.problems)).toThrow(ConfigurationError);
});

test.each([
  ["ownr", "owner"],
  ["ownerEmail", "owner_email"],
  ["tyep", "type"],
  ["varchar", undefined],
])("nearest name to %s is %s", (name, expected) => {
  expect(nearest(name, ["owner", "owner_email", "type", "string"])).toBe(expected);
});

test("odd key names are quoted in paths", () => {
  expect(formatPath(["columns", "unit price", 2, "a.b"])).toBe('columns["unit price"][2]["a.b"]');
});
