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
    { file: "a.yml", path: "hosts[0].address", value: 1, message: "must be a string", fix: "write a text, in quotes" },
    { file: "a.yml", path: "kind", value: "smal", message: "is not one of the allowed values", fix: "write `small`" },
    { file: "a.yml", path: "name", value: undefined, message: "is missing", fix: "add a string" },
    { file: "a.yml", path: "nane", value: "x", message: "is not a known key", fix: "write `name`" },
    { file: "a.yml", path: "size", value: 99, message: "Too big: expected number to be <=10", fix: "use at most 10" },
    { file: "a.yml", path: "zones.raw.keep", value: undefined, message: "is missing", fix: "add a boolean" },
    { file: "a.yml", path: "zones.raw.kep", value: true, message: "is not a known key", fix: "write `keep`" },
  ]);
});

test.each<[string, z.ZodType, unknown, string]>([
  ["a wrong type", z.boolean(), "yes", "write true or false, without quotes"],
  ["a text that is too short", z.string().min(3), "a", "use at least 3 characters"],
  ["a list that is too long", z.array(z.int()).max(1), [1, 2], "use at most 1 entries"],
  ["a number at an open end", z.number().gt(0), 0, "use more than 0"],
  ["a number below an open end", z.number().lt(9), 9, "use less than 9"],
  ["a number between steps", z.number().multipleOf(5), 7, "use a multiple of 5"],
  ["an address", z.email(), "nobody", "write an address such as team@example.com"],
  ["a pattern", z.string().regex(/^a+$/), "b", "write what matches /^a+$/"],
  ["another format", z.ipv4(), "1.2", "write what matches"],
  ["a demand of the schema", z.string().regex(/^a+$/, "must be one or more a"), "b", "make it one or more a"],
  ["a need of the schema", z.string().refine(() => false, "needs a prefix"), "b", "add a prefix"],
  ["a refusal of the schema", z.string().refine(() => false, "must not be b"), "b", "choose another"],
  ["a fix of the schema", z.string().refine(() => false, { params: { fix: "do so" } }), "b", "do so"],
  ["a rule that says nothing", z.string().refine(() => false), "b", "correct or remove it"],
  ["none of some types", z.union([z.number(), z.string()]), true, "write a number or a string"],
  ["a key that is wrong", z.record(z.string().min(2), z.string()), { a: "x" }, "use at least 2 characters"],
])("%s comes with a fix", (_, field, value, fix) => {
  const result = z.object({ field }).safeParse({ field: value });
  expect(zodProblems("a.yml", result.error as z.ZodError, { field: value })).toEqual([
    expect.objectContaining({ fix: expect.stringContaining(fix) }),
  ]);
});

test.each([null, undefined])("a file with nothing in it (%s) is told its keys", (input) => {
  expect(problemsOf(input)).toEqual([
    { file: "a.yml", path: "", message: "is empty", fix: "write its keys: format, hosts, kind, name, size, zones" },
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
    { file: "a.yml", path: "", message: "is empty", fix: "fill it" },
    { file: "a.yml", path: "", message: "is empty", fix: "fill it" },
    { file: "a.yml", path: "", value: 5, message: "must be a mapping", fix: "write one" },
  ]);
  expect(error.message).toBe(
    `3 problems in the configuration:\n\na.yml\n  is empty\n    fix: fill it\n  5: must be a mapping\n    fix: write one\n\nb.yml\n  line 7, x = "${"long".repeat(19)}...: is wrong\n    fix: make it right`,
  );
  expect(error.problems).toHaveLength(3);
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
