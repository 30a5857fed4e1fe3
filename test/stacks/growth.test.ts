import { type Contract, loadContracts, loadPipelines, type Pipeline } from "../../contracts";
import { isAllowed } from "../support/policy";
import type { Resource } from "../support/stack";
import { ROOT } from "../support/synthesis";
import { policiesFit } from "./checks/policies";
import { lakeOf } from "./lake-of";

const REFINE_JOBS = 120;
const CURATE_JOBS = 80;
const ACCOUNT = "300000000000";

const sales = loadContracts(ROOT);
const [mart] = loadPipelines(ROOT, sales) as [Pipeline];
const domains = Array.from({ length: REFINE_JOBS }, (_, index) => `department_${index}`);
const contracts = domains.flatMap((domain): Contract[] =>
  sales.map((contract) => ({ ...contract, domain, id: `${domain}/${contract.dataset}` })),
);
const pipelines = domains.slice(0, CURATE_JOBS).map((domain) => ({
  ...mart,
  domain,
  id: `${domain}/${mart.name}`,
  inputs: [`${domain}/orders`, `${domain}/customers`],
  clear: [`${domain}/customers`],
}));
const stack = lakeOf({}, { contracts, pipelines });

const keys = new Map([
  ["operations", stack.only("aws_kms_key", "operations-key")],
  ["raw", stack.only("aws_kms_key", "zones_raw_key")],
  ["refined", stack.only("aws_kms_key", "zones_refined_key")],
  ["curated", stack.only("aws_kms_key", "zones_curated_key")],
  ["masking", stack.only("aws_kms_key", "pipelines_masking-key")],
]);
const REFINE = "lake-prod-refine-department-77";
const CURATE = "lake-prod-curate-department-77-daily-sales";
/** What an administrator of the account is allowed by IAM. */
const EVERYTHING = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] } as const;

function identityOf(name: string): Resource {
  const role = stack.resources("aws_iam_role").find(({ block }) => block.name === name) as Resource;
  return stack.pointingAt("aws_iam_role_policy", "role", role) as Resource;
}

/** A role, a key, what it does with the key, and the service through which; empty for none. */
type Use = [role: string, key: string, action: string, via: string];

/** Whether a role may use a key through a service. @param as the role whose policies it has, or everything */
function opens([role, key, action, via]: Use, as = role) {
  const found = keys.get(key) as Resource;
  return isAllowed(
    {
      caller: { arn: `arn:aws:iam::${ACCOUNT}:role/${role}` },
      action,
      resource: stack.resolve(`\${${found.address}.arn}`),
      context:
        via === "" ? { "kms:MacAlgorithm": "HMAC_SHA_256" } : { "kms:ViaService": `${via}.eu-west-1.amazonaws.com` },
    },
    {
      owner: ACCOUNT,
      identity: [as === "everything" ? EVERYTHING : stack.policyOf(identityOf(as))],
      resource: stack.policyOf(found),
    },
  );
}

describe("a lake of two hundred jobs", () => {
  test("keeps every policy below what AWS takes", () => {
    expect(stack.resources("aws_glue_job")).toHaveLength(REFINE_JOBS + CURATE_JOBS + 2);
    expect(policiesFit.find(stack)).toEqual([]);
  });

  test("has policies of keys, people and upkeep that know nothing of the number of jobs", () => {
    const sizesOf = (lake: typeof stack) =>
      lake
        .policies()
        .filter(({ resource }) => !/_(refine|curate)-jobs_/.test(resource.address))
        .map(({ resource, policy }) => [resource.address, JSON.stringify(policy).length]);
    const [domain = ""] = domains;
    const small = lakeOf(
      {},
      { contracts: contracts.filter((one) => one.domain === domain), pipelines: pipelines.slice(0, 1) },
    );
    expect(sizesOf(stack)).toEqual(sizesOf(small));
  });

  test.each<Use>([
    [REFINE, "operations", "kms:Decrypt", "s3"],
    [REFINE, "operations", "kms:GenerateDataKey", "glue"],
    [REFINE, "raw", "kms:Decrypt", "s3"],
    [REFINE, "refined", "kms:GenerateDataKey", "s3"],
    [REFINE, "masking", "kms:GenerateMac", ""],
    [CURATE, "operations", "kms:GenerateDataKey", "glue"],
    [CURATE, "refined", "kms:Decrypt", "s3"],
    [CURATE, "curated", "kms:GenerateDataKey", "s3"],
  ])(
    "lets %s use the key %s for %s through %s, and no role of another name that may do everything",
    (role, key, action, via) => {
      expect(opens([role, key, action, via])).toBe(true);
      for (const other of ["lake-prod-refine", "lake-prod-refiner", "lake-prod-maintain-all", "administrator"]) {
        expect(opens([other, key, action, via], "everything")).toBe(false);
      }
    },
  );

  test.each<[string, ...Use]>([
    ["another job's kind", CURATE, "raw", "kms:Decrypt", "s3"],
    ["another job's kind", REFINE, "curated", "kms:Decrypt", "s3"],
    ["another job's kind", CURATE, "masking", "kms:GenerateMac", ""],
    ["more than it reads", CURATE, "refined", "kms:GenerateDataKey", "s3"],
    ["another service", REFINE, "raw", "kms:Decrypt", "sqs"],
    ["no service", REFINE, "raw", "kms:Decrypt", ""],
  ])("refuses %s: %s with the key %s", (_, ...use) => {
    expect(opens(use, "everything")).toBe(false);
  });

  test("refuses a role with the name of a job that its own policy allows nothing", () => {
    expect(opens([REFINE, "raw", "kms:Decrypt", "s3"])).toBe(true);
    expect(opens([REFINE, "raw", "kms:Decrypt", "s3"], "lake-prod-data-analyst")).toBe(false);
  });

  test("has jobs, and nothing else, behind the names that keys know by a pattern", () => {
    const behind = stack
      .resources("aws_iam_role")
      .filter(({ block }) => /^lake-prod-(refine|curate)-/.test(String(block.name)));
    expect(behind).toHaveLength(REFINE_JOBS + CURATE_JOBS);
    for (const role of behind) {
      expect(stack.policyOf(role).Statement.map(({ Principal }) => Principal)).toEqual([
        { Service: "glue.amazonaws.com" },
      ]);
    }
  });

  test("shows analysts the tables of all domains, and what is unmasked only with a clearance, and nothing as it came", () => {
    const sees = (resource: string, clearance = "proprietary") =>
      isAllowed(
        {
          caller: { arn: `arn:aws:iam::${ACCOUNT}:role/lake-prod-data-analyst` },
          action: "glue:GetTable",
          resource: `arn:aws:glue:eu-west-1:${ACCOUNT}:${resource}`,
          context: { "aws:PrincipalTag/clearance": clearance },
        },
        { owner: ACCOUNT, identity: [stack.policyOf(identityOf("lake-prod-data-analyst"))] },
      );
    expect(sees("table/refined_department_77/orders")).toBe(true);
    expect(sees("table/curated_department_77/daily_sales")).toBe(true);
    expect(sees("table/refined_department_77_clear/customers")).toBe(false);
    expect(sees("database/refined_department_77_clear")).toBe(false);
    expect(sees("database/refined_department_77_clear", "confidential")).toBe(true);
    expect(sees("table/raw_department_77/orders")).toBe(false);
  });
});
