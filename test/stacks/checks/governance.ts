import { loadAccounts } from "../../../accounts/model/load";
import { classifications, loadContracts, loadPipelines } from "../../../contracts";
import { highestOf } from "../../../contracts/people";
import { isAllowed, listOf, type Policy } from "../../support/policy";
import type { Block, Json, Resource, Stack } from "../../support/stack";
import { ROOT } from "../../support/synthesis";
import { accountOf } from "./access";
import { type Answer, eachBootstrapped } from "./bounds";
import { at, type Check, eachResource, unlike } from "./check";

const contracts = loadContracts(ROOT);
const pipelines = loadPipelines(ROOT, contracts);
const { lakes } = loadAccounts();

/** Databases that people ask by grants, and those that take a clearance even to be seen or that nobody asks. */
const OPEN = /^(refined_(?!.*_clear$)|curated_)/;
/** What a database's name says of it. */
const LAYERS = [
  [/^landing$/, "landing"],
  [/_clear$/, "clear"],
  [/^refined_/, "refined"],
  [/^curated_/, "curated"],
  [/./, "raw"],
] as const;
const ASKING = /-data-(analyst|scientist)$/;

const list = (value: Json | undefined) => (Array.isArray(value) ? (value as Json[]) : []);
const blocksOf = (value: Json | undefined) =>
  (Array.isArray(value) ? value : value === undefined ? [] : [value]) as Block[];

/** LF-tags that the block names, by key. */
function tagsOf(stack: Stack, tags: Json | undefined): Map<string, string> {
  return new Map(blocksOf(tags).map(({ key, value }) => [stack.resolve(String(key)), String(value)]));
}

/** A lake of ours: each governs its catalog. */
const isLake = (stack: Stack) => lakes.some(({ name }) => name === stack.name);

function ofLakes(name: string, find: (stack: Stack) => string[]): Check {
  return { name, find: (stack) => (isLake(stack) ? find(stack) : []) };
}

const databasesOf = (stack: Stack) =>
  stack.resources("aws_glue_catalog_database").map((one) => ({ ...one, database: String(one.block.name) }));

export const catalogGoesOnByIam = ofLakes(
  "only the deployer administers Lake Formation, the planner sees it, and what is made in the catalog is decided by IAM",
  (stack) => {
    const found = stack.resources("aws_lakeformation_data_lake_settings");
    const [settings] = found;
    if (!settings || found.length > 1) return [`${stack.name} has ${found.length} settings of Lake Formation`];
    const role = (name: string) => `arn:aws:iam::${accountOf(stack, settings)}:role/lake-${stack.name}-${name}`;
    const byIam = [{ permissions: ["ALL"], principal: "IAM_ALLOWED_PRINCIPALS" }];
    return [
      ...unlike(settings.block, {
        admins: [role("deploy")],
        read_only_admins: [role("plan")],
        create_database_default_permissions: byIam,
        create_table_default_permissions: byIam,
      }),
      // Without the settings databases would be made that are nobody's.
      ...databasesOf(stack).flatMap(({ database, block }) =>
        list(block.depends_on).includes(settings.address) ? [] : [`${database} does not wait for the settings`],
      ),
    ];
  },
);

export const grantsAreFewAndNeverAll = eachResource(
  "aws_lakeformation_permissions",
  "those who ask may see and select what carries LF-tags of open layers: never everything, and nothing to pass on",
  ({ block }, stack) => {
    const principal = stack.resolve(String(block.principal));
    const kind = String(at(block, "lf_tag_policy.resource_type"));
    const wanted = kind === "DATABASE" ? ["DESCRIBE"] : ["DESCRIBE", "SELECT"];
    const tags = blocksOf(at(block, "lf_tag_policy.expression"));
    const values = new Map(tags.map(({ key, values: named }) => [stack.resolve(String(key)), JSON.stringify(named)]));
    return [
      ...unlike(block, { permissions: wanted }),
      ...(ASKING.test(principal) ? [] : [`is for ${principal}`]),
      ...(block.permissions_with_grant_option === undefined ? [] : ["can be passed on"]),
      ...(values.get("layer") === '["curated","refined"]' ? [] : ["is for other layers"]),
      ...(values.get("classification") === JSON.stringify(classifications) ? [] : ["is for other classifications"]),
      ...["database", "table", "table_with_columns", "data_location", "catalog_resource", "lf_tag"]
        .filter((other) => block[other] !== undefined)
        .map((other) => `is by ${other}`),
    ];
  },
);

/** What the database has to be classified as: the highest of all that contracts and pipelines put there. */
function highestIn(database: string): string {
  if (database === "landing") return "secret";
  const [layer, domain] = [LAYERS.find(([name]) => name.test(database))?.[1], database.split("_")[1]];
  const datasets = contracts.filter((contract) => contract.domain.startsWith(`${domain}`));
  if (layer === "curated") {
    return highestOf(pipelines.filter((one) => one.domain === domain).map(({ classification }) => classification));
  }
  if (layer === "refined") return highestOf(datasets.map(({ classification }) => classification));
  const masked = datasets.filter(({ columns }) => layer === "raw" || columns.some(({ mask }) => mask !== undefined));
  return highestOf(
    masked.flatMap(({ classification, columns }) => [classification, ...columns.map((one) => one.classification)]),
  );
}

export const databasesCarryTags = ofLakes(
  "every database says its domain, its layer and the highest classification of what is in it",
  (stack) =>
    databasesOf(stack).flatMap(({ database, address }) => {
      const tags = stack
        .resources("aws_lakeformation_resource_lf_tags")
        .find(({ block }) => String(at(block, "database.name")).includes(`\${${address}.`));
      const found = tagsOf(stack, tags?.block.lf_tag);
      const wanted = {
        classification: highestIn(database),
        domain: database.split("_")[1] ?? database,
        layer: LAYERS.find(([name]) => name.test(database))?.[1],
      };
      return Object.entries(wanted).flatMap(([key, value]) =>
        found.get(key) === value ? [] : [`${database} has ${key} ${found.get(key)}, not ${value}`],
      );
    }),
);

export const tablesCarryTheirClassification = ofLakes(
  "every table that is deployed carries the classification of its contract, and its columns theirs",
  (stack) =>
    contracts.flatMap((contract) => {
      const tagged = stack.resources("aws_lakeformation_resource_lf_tags").flatMap(({ block }) => {
        const path = block.table === undefined ? "table_with_columns" : "table";
        const name = at(block, `${path}.name`);
        if (name === undefined || stack.resolve(String(name)) !== contract.dataset) return [];
        const database = stack.resolve(String(at(block, `${path}.database_name`)));
        if (database !== `raw_${contract.domain}`) return [];
        const level = tagsOf(stack, block.lf_tag).get("classification");
        return path === "table"
          ? [["the table", level] as const]
          : list(at(block, `${path}.column_names`)).map((column) => [String(column), level] as const);
      });
      const found = new Map<string, string | undefined>(tagged);
      const wanted: [string, string][] = [
        ["the table", contract.classification],
        ...contract.columns.map(({ name, classification }): [string, string] => [name, classification]),
      ];
      return wanted.flatMap(([part, level]) => {
        const actual = found.get(part) ?? (part === "the table" ? undefined : found.get("the table"));
        return actual === level ? [] : [`${contract.id}: ${part} is ${actual}, not ${level}`];
      });
    }),
);

/** What the opt-in is of. */
function optedIn(stack: Stack, { block }: Resource): string {
  const who = stack
    .resolve(String(at(block, "principal.0.data_lake_principal_identifier")))
    .split("/")
    .at(-1);
  const resource = at(block, "resource_data.0") as Block;
  const [kind = "", [named = {}] = []] = (Object.entries(resource)[0] ?? []) as unknown as [string, Block[]];
  const { catalog_id: account, database_name: of, name = of, wildcard } = named;
  const database = stack.resolve(String(name));
  return [who, kind, account, database, ...(wildcard === undefined ? [] : [wildcard])].join(" ");
}

export const thoseWhoAskAreOptedIn = ofLakes(
  "those who ask are held to their grants in every open database and in no other, once they have them",
  (stack) => {
    const optIns = stack.resources("aws_lakeformation_opt_in");
    const asking = stack.resources("aws_iam_role").filter(({ block }) => ASKING.test(String(block.name)));
    const wanted = asking.flatMap(({ block }) =>
      databasesOf(stack)
        .filter(({ database }) => OPEN.test(database))
        .flatMap((resource) => [
          `${block.name} database ${accountOf(stack, resource)} ${resource.database}`,
          `${block.name} table ${accountOf(stack, resource)} ${resource.database} true`,
        ]),
    );
    const found = optIns.map((one) => optedIn(stack, one));
    const grants = stack.resources("aws_lakeformation_permissions");
    const grantOf = ({ block }: Resource) =>
      grants.filter((grant) => grant.block.principal === at(block, "principal.0.data_lake_principal_identifier"));
    return [
      ...wanted.filter((one) => !found.includes(one)).map((one) => `not opted in: ${one}`),
      ...found.filter((one) => !wanted.includes(one)).map((one) => `opted in: ${one}`),
      ...optIns
        .filter(
          (one) =>
            grantOf(one).length !== 2 ||
            grantOf(one).some(({ address }) => !list(one.block.depends_on).includes(address)),
        )
        .map(({ address }) => `${address} does not wait for two grants`),
    ];
  },
);

/** Whoever gets data by Lake Formation gets it whatever clearance the session has. */
export const dataComesByIamAlone: Check = {
  name: "no location of data is registered in Lake Formation, and no role can take its credentials",
  find: (stack) => [
    ...stack.resources("aws_lakeformation_resource").map(({ address }) => `${address} is registered`),
    ...stack.policies().flatMap(({ resource, policy }) =>
      policy.Statement.filter(
        ({ Effect, Action = [], Condition }) =>
          Effect === "Allow" &&
          listOf(Action).some((action) =>
            /^lakeformation:(\*|Get(Data)?\*|GetDataAccess|GetTemporary|Register|Update(Resource))/.test(action),
          ) &&
          // The boundary's part, which gives nothing.
          Condition?.ArnEquals?.["aws:PrincipalArn"] === undefined,
      ).map(({ Sid }) => `${resource.address}: ${Sid}`),
    ),
  ],
};

const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const CHANGES = ["CreateLFTag", "CreateLakeFormationOptIn", "GrantPermissions", "PutDataLakeSettings"];
const READS = ["GetDataLakeSettings", "GetResourceLFTags", "ListPermissions"];
const NEVER = ["GetDataAccess", "RegisterResource", "GetTemporaryGlueTableCredentials"];

export const deployersGovern = eachBootstrapped(
  "a deployment governs the catalog in its own region, a plan sees how, and no role of its making does either",
  ({ account, prefix, boundary, deploy, plan }) => {
    const region = loadAccounts().all.find(({ id }) => id === account)?.region ?? "";
    const can = (name: string, identity: Policy, action: string, where = region) =>
      isAllowed(
        {
          caller: { arn: `arn:aws:iam::${account}:role/${prefix}-${name}` },
          action: `lakeformation:${action}`,
          resource: "*",
          context: { "aws:RequestedRegion": where },
        },
        { owner: account, identity: [identity], boundary: boundary.policy },
      );
    return [
      ...CHANGES.flatMap((action): Answer[] => [
        [`a deployment cannot do ${action}`, can("deploy", deploy, action), true],
        [`a deployment does ${action} elsewhere`, can("deploy", deploy, action, "us-gov-east-1"), false],
        [`a plan does ${action}`, can("plan", plan, action), false],
      ]),
      ...READS.flatMap((action): Answer[] => [
        [`a deployment cannot do ${action}`, can("deploy", deploy, action), true],
        [`a plan cannot do ${action}`, can("plan", plan, action), true],
        [`a plan does ${action} elsewhere`, can("plan", plan, action, "us-gov-east-1"), false],
      ]),
      ...NEVER.flatMap((action): Answer[] => [
        [`a deployment does ${action}`, can("deploy", deploy, action), false],
        [`a plan does ${action}`, can("plan", plan, action), false],
      ]),
      ...[...CHANGES, ...READS, ...NEVER].map(
        (action): Answer => [`a role of its making does ${action}`, can("made", EVERYTHING, action), false],
      ),
    ];
  },
);
