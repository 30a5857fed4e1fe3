import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfiguration } from "../../accounts/model/configuration";
import { jobNameProblems } from "../../accounts/model/job-names";
import { parseAccounts } from "../../accounts/model/load";
import { type Contract, loadContracts, loadPipelines, loadSources, type Pipeline, type Source } from "../../contracts";
import { ConfigurationError } from "../../contracts/problems";
import { lakeOf } from "../stacks/lake-of";
import { ROOT } from "../support/synthesis";
import { filesOf, lake } from "./fixtures";

const [contract] = loadContracts(ROOT) as [Contract];
const [pipeline] = loadPipelines(ROOT, loadContracts(ROOT)) as [Pipeline];
const [source] = loadSources(ROOT, loadContracts(ROOT)) as [Source];
const accounts = parseAccounts(filesOf());

const inDomain = (domain: string): Contract => ({ ...contract, domain, id: `${domain}/${contract.dataset}` });
const mart = (id: string): Pipeline => {
  const [domain = "", name = ""] = id.split("/");
  return { ...pipeline, domain, name, id };
};

/** Of 64 characters with `lake-prod-curate-sales-` in front. */
const LONGEST = "m".repeat(64 - "lake-prod-curate-sales-".length);

test("names of jobs may be as long as a role's name", () => {
  expect(jobNameProblems(accounts, [contract], [mart(`sales/${LONGEST}`)], [])).toEqual([]);
});

test("a longer one is one problem that names folder, name and way out", () => {
  const name = `${LONGEST}m`;
  const two = parseAccounts(filesOf({ test: { ...lake, id: "400000000000", network: false } }));
  const problems = jobNameProblems(two, [contract], [mart(`sales/${name}`)], []);
  expect(problems).toEqual([
    {
      file: `domains/sales/pipelines/${name}`,
      path: "",
      value: name,
      message: `makes the role name lake-prod-curate-sales-${name}, 65 characters long; IAM allows 64`,
      fix: "shorten the folder, its domain, the project or the account's file name",
    },
  ]);
  expect(() => ConfigurationError.check(problems)).toThrow(`domains/sales/pipelines/${name}`);
});

test("a domain is one, too", () => {
  const domain = "d".repeat(60);
  expect(jobNameProblems(accounts, [inDomain(domain)], [], [])).toEqual([
    expect.objectContaining({ file: `domains/${domain}`, value: domain }),
  ]);
});

test("an account without such jobs has no such names", () => {
  const zones = ["drop", "raw", "refined"].map((name) => ({ name }));
  const three = parseAccounts(filesOf({ prod: { ...lake, zones } }));
  expect(jobNameProblems(three, [contract], [mart(`sales/${LONGEST}m`)], [])).toEqual([]);
});

test("two folders whose names become one are found", () => {
  expect(jobNameProblems(accounts, [], [mart("a_b/c"), mart("a/b_c")], [])).toEqual([
    {
      file: "domains/a/pipelines/b_c",
      path: "",
      value: "b_c",
      message: "makes a job named curate-a-b-c, as domains/a_b/pipelines/c does",
      fix: "choose another name",
    },
  ]);
});

test("sources give names, too, in every lake", () => {
  const database = (id: string): Source => {
    const [domain = "", name = ""] = id.split("/");
    return { ...source, domain, name, id };
  };
  const name = "s".repeat(64 - "lake-prod-ingest-sales-".length);
  const two = parseAccounts(filesOf({ prod: { ...lake, zones: [{ name: "drop" }, { name: "raw" }] } }));
  expect(jobNameProblems(two, [], [], [database(`sales/${name}`)])).toEqual([]);
  expect(jobNameProblems(two, [], [], [database(`sales/${name}x`)])).toMatchObject([
    {
      ...{ file: `domains/sales/sources/${name}x.yml`, value: `${name}x` },
      message: `makes the schedule name lake-prod-ingest-sales-${name}x, 65 characters long; EventBridge Scheduler allows 64`,
    },
  ]);
  expect(jobNameProblems(accounts, [], [], [database("a_b/c"), database("a/b_c")])).toMatchObject([
    { message: "makes a job named ingest-a-b-c, as domains/a_b/sources/c.yml does" },
  ]);
});

test("a configuration with a source that cannot be is refused whole", () => {
  const root = mkdtempSync(join(tmpdir(), "sources-"));
  mkdirSync(join(root, "domains/freight/sources"), { recursive: true });
  writeFileSync(join(root, "domains/freight/sources/freight.yml"), "compute: spark");
  expect(() => loadConfiguration({}, root)).toThrow(/compute = "spark": is not one of the allowed values/);
  rmSync(root, { recursive: true });
});

test("what is judged are the names that roles have", () => {
  const roles = lakeOf()
    .resources("aws_iam_role")
    .map(({ block }) => String(block.name));
  expect(roles).toContain(`lake-prod-refine-${contract.domain.replaceAll("_", "-")}`);
  expect(roles).toContain(`lake-prod-curate-${pipeline.id.replaceAll(/[_/]/g, "-")}`);
});

test("a configuration with such a name is refused whole", () => {
  const root = mkdtempSync(join(tmpdir(), "job-names-"));
  const folder = `domains/${"d".repeat(60)}/datasets`;
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(
    join(root, folder, "orders.yml"),
    `description: Orders.
owner: any@example.com
format: { type: csv }
key: [id]
classification: proprietary
columns:
  id: { type: string, required: true }
`,
  );
  expect(() => loadConfiguration({}, root)).toThrow(/makes the role name [\w-]+, \d+ characters long/);
  rmSync(root, { recursive: true });
});
