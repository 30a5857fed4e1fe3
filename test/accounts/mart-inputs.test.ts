import { parseAccounts } from "../../accounts/model/load";
import { martInputProblems } from "../../accounts/model/mart-inputs";
import { type Contract, loadContracts, loadPipelines, type Pipeline } from "../../contracts";
import { lakeOf } from "../stacks/lake-of";
import { ROOT } from "../support/synthesis";
import { filesOf, lake } from "./fixtures";

const [contract] = loadContracts(ROOT) as [Contract];
const [pipeline] = loadPipelines(ROOT, loadContracts(ROOT)) as [Pipeline];
const accounts = parseAccounts(filesOf());

/** A mart of so many datasets. */
function wide(count: number, clear = 0, name = "wide"): Pipeline {
  const inputs = [...Array(count).keys()].map((number) => `sales/order_items_${number}`);
  return { ...pipeline, domain: "sales", name, id: `sales/${name}`, inputs, clear: inputs.slice(0, clear) };
}

const problemsWith = (...pipelines: Pipeline[]) => martInputProblems(accounts, pipelines);

/** How many inputs are found to be enough. */
function most(clear: (count: number) => number, name?: string): number {
  return [...Array(60).keys()].findLast((count) => problemsWith(wide(count, clear(count), name)).length === 0) ?? 0;
}

test("a mart may have fifteen inputs, and is told when it has too many", () => {
  const limit = most(() => 0);
  expect(limit).toBeGreaterThanOrEqual(15);
  expect(problemsWith(wide(limit), wide(limit + 3, 0, "wider"))).toEqual([
    {
      file: "domains/sales/pipelines/wider/config.yml",
      path: "inputs",
      value: limit + 3,
      message: `are more than the policy of the job's role has room for, which is ${limit}`,
      fix: `read ${limit} datasets or fewer: split the mart, and join what comes of it in a query`,
    },
  ]);
});

test("a lake without marts has no such limit", () => {
  const zones = [{ name: "drop" }, { name: "raw" }, { name: "refined" }];
  expect(martInputProblems(parseAccounts(filesOf({ prod: { ...lake, zones } })), [wide(60)])).toEqual([]);
});

test.each([
  ["of masked tables", () => 0, "wide"],
  ["of clear ones", (count: number) => count, "a_mart_with_a_long_name"],
])("the most inputs %s fit into the role's policy, and not many more would", (_, clear, name) => {
  const limit = most(clear, name);
  const mart = wide(limit, clear(limit), name);
  const contracts = mart.inputs.map((id) => ({ ...contract, domain: "sales", dataset: id.slice(6), id }));
  const stack = lakeOf({}, { contracts, pipelines: [mart], sources: [] });
  const policies = stack
    .resources("aws_iam_role_policy")
    .filter(({ name: id }) => id.includes(`sales-${name.replaceAll("_", "-")}`))
    .map(({ block }) => String(block.policy).replaceAll(/\$\{[^}]*\}/g, "x".repeat(80)).length);
  expect(policies).toHaveLength(1);
  expect(policies[0]).toBeLessThanOrEqual(10_240);
  expect(policies[0]).toBeGreaterThan(9000);
});
