import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  contractJsonSchema,
  domainsOf,
  loadContracts,
  loadPipelines,
  loadSources,
  pipelineJsonSchema,
  sourceJsonSchema,
} from "../../contracts";

const root = join(__dirname, "../..");
const rewrite = "WRITE_SCHEMA=1 npx jest test/contracts/json-schema";

const schemas = [
  ["domains/contract.schema.json", contractJsonSchema()],
  ["domains/pipeline.schema.json", pipelineJsonSchema()],
  ["domains/source.schema.json", sourceJsonSchema()],
] as const;

test.each(schemas)("the published %s is current", (file, schema) => {
  const published = join(root, file);
  if (process.env.WRITE_SCHEMA === "1") writeFileSync(published, schema);
  const current = readFileSync(published, "utf8") === schema;
  expect(current ? "current" : `${file} is out of date: run ${rewrite}`).toBe("current");
});

interface Schema {
  readonly description?: string;
  readonly const?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly oneOf?: readonly Schema[];
}

/** Paths of the settings that say nothing of what they mean; those that name a format or hold others need not. */
function undescribed({ properties = {}, additionalProperties, oneOf = [] }: Schema, path = ""): string[] {
  const inside = [...oneOf, ...(typeof additionalProperties === "object" ? [additionalProperties] : [])];
  return [
    ...inside.flatMap((schema) => undescribed(schema, `${path}.*`)),
    ...Object.entries(properties).flatMap(([name, schema]) => {
      const isPlain = schema.const === undefined && schema.oneOf === undefined;
      const itself = isPlain && schema.description === undefined ? [`${path}.${name}`] : [];
      return [...itself, ...undescribed(schema, `${path}.${name}`)];
    }),
  ];
}

test.each(schemas)("every setting of %s tells editors what it means", (_file, schema) => {
  expect(undescribed(JSON.parse(schema) as Schema)).toEqual([]);
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

test("every pipeline tells editors where its schema is", () => {
  for (const { code } of loadPipelines(root, loadContracts(root))) {
    const file = code.replace(/transform\.py$/, "config.yml");
    const [first] = readFileSync(join(root, file), "utf8").split("\n");
    expect(`${file}: ${first}`).toBe(`${file}: # yaml-language-server: $schema=../../../pipeline.schema.json`);
  }
});

test("every source tells editors where its schema is", () => {
  for (const { domain, name } of loadSources(root, loadContracts(root))) {
    const file = `domains/${domain}/sources/${name}.yml`;
    const [first] = readFileSync(join(root, file), "utf8").split("\n");
    expect(`${file}: ${first}`).toBe(`${file}: # yaml-language-server: $schema=../../source.schema.json`);
  }
});
