import { dataIdentifiers, type SensitiveColumn } from "../../../modules/detection/identifiers";

const column = (change: Partial<SensitiveColumn> = {}): SensitiveColumn => ({
  name: "postal_code",
  dataset: "sales/customers",
  pattern: "[0-9]{5}",
  classification: "confidential",
  ...change,
});

test("columns that look the same share one identifier, which names where they are", () => {
  const found = dataIdentifiers([column(), column({ dataset: "sales/sellers", classification: "secret" })]);
  expect(found).toEqual([
    {
      name: "postal_code",
      description: "confidential, secret: sales/customers, sales/sellers",
      regex: "[0-9]{5}",
      keywords: ["postal_code", "postal code"],
    },
  ]);
});

test("columns of one name that look otherwise have one each", () => {
  const found = dataIdentifiers([column(), column({ pattern: "[A-Z]{2}" })]);
  expect(found.map(({ name, regex }) => [name, regex])).toEqual([
    ["postal_code", "[0-9]{5}"],
    ["postal_code-2", "[A-Z]{2}"],
  ]);
});

test("values stand anywhere in a file", () => {
  expect(dataIdentifiers([column({ pattern: "^[0-9]{5}$" })])[0]?.regex).toBe("[0-9]{5}");
  expect(dataIdentifiers([column({ pattern: "[0-9]{5}\\$" })])[0]?.regex).toBe("[0-9]{5}\\$");
});

test.each(["(?=a)b", "(?<!a)b", "(a)\\1", "a".repeat(513)])("Macie knows no %s", (pattern) => {
  expect(dataIdentifiers([column({ pattern })])).toEqual([]);
});

test("a name too short to be a keyword is none", () => {
  expect(dataIdentifiers([column({ name: "id" })])).toEqual([]);
});
