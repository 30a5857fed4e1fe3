import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contractJsonSchema, domainsOf, loadContracts } from "../../contracts";

const root = join(__dirname, "../..");
const published = join(root, "domains/contract.schema.json");
const rewrite = "WRITE_SCHEMA=1 npx jest test/contracts/json-schema";

test("the published JSON Schema is current", () => {
  if (process.env.WRITE_SCHEMA === "1") writeFileSync(published, contractJsonSchema());
  const current = readFileSync(published, "utf8") === contractJsonSchema();
  expect(current ? "current" : `domains/contract.schema.json is out of date: run ${rewrite}`).toBe("current");
});

test("every contract tells editors where its schema is", () => {
  for (const domain of domainsOf(loadContracts(root))) {
    const folder = join(root, "domains", domain, "datasets");
    for (const file of readdirSync(folder)) {
      const [first] = readFileSync(join(folder, file), "utf8").split("\n");
      expect(`${file}: ${first}`).toBe(`${file}: # yaml-language-server: $schema=../../contract.schema.json`);
    }
  }
});
