import { ingestionProblems, sourcesIn } from "../../accounts/model/ingestion";
import { networkOfSources, sourceOf } from "../stacks/sources";
import { lake, problemsOf } from "./fixtures";

const problems = (ingestion: object) => problemsOf({ prod: { ...lake, ingestion } });
const account = (change: object = {}) => ({ name: "prod", network: { ...networkOfSources, spark: true }, ...change });
const managed = sourceOf("emr", {
  connection: { engine: "postgresql", host: "managed", port: 5432, database: "sales" },
});

describe("settings of ingestion", () => {
  test.each<[object, string, string]>([
    [{ releaseLabel: "emr-6.15.0" }, "ingestion.releaseLabel", "EMR 7"],
    [{ instanceTypes: ["m5d.xlarge"] }, "ingestion.instanceTypes[0]", "without disks of its own"],
    [{ instanceTypes: ["t3.large"] }, "ingestion.instanceTypes[0]", "families c, m or r"],
    [{ instanceTypes: ["m5.xlarge", "m6g.xlarge"] }, "ingestion.instanceTypes", "two kinds of processors"],
    [{ instanceTypes: ["m5.8xlarge"] }, "ingestion.instanceTypes[0]", "a cluster has 4 at most"],
    [{ instanceTypes: [] }, "ingestion.instanceTypes", ""],
    [{ minUnits: 5 }, "ingestion.minUnits", "more than maxUnits (4)"],
    [{ tableMinutes: 300, leaseHours: 4 }, "ingestion.tableMinutes", "longer than a run may take"],
    [{ historyDays: 0 }, "ingestion.historyDays", ""],
  ])("%j are refused", (settings, path, message) => {
    const [problem, ...others] = problems(settings);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ file: "accounts/prod.ts", path, message: expect.stringContaining(message) });
  });

  test("that fit are taken", () => {
    const graviton = {
      instanceTypes: ["m7g.xlarge", "r6g.2xlarge"],
      minUnits: 2,
      maxUnits: 8,
      leaseHours: 2,
      tableMinutes: 120,
    };
    expect(problems(graviton)).toEqual([]);
  });
});

describe("the sources of an account", () => {
  test("are all, apart from those of a database that it does not have", () => {
    const all = [sourceOf("glue"), managed];
    expect(sourcesIn({ name: "prod" }, all)).toEqual([all[0]]);
    expect(sourcesIn({ name: "prod", database: false }, all)).toEqual([all[0]]);
    expect(sourcesIn({ name: "prod", database: { name: "sales" } }, all)).toEqual(all);
  });

  test("find all that they need in an account that has it", () => {
    expect(ingestionProblems([account()], [sourceOf("emr"), sourceOf("emr-serverless"), sourceOf("glue")])).toEqual([]);
    expect(ingestionProblems([account({ network: false })], [sourceOf("glue")])).toEqual([]);
    expect(ingestionProblems([account({ network: false })], [managed])).toEqual([]);
  });

  test.each(["emr", "emr-serverless"] as const)("need a network for %s", (compute) => {
    expect(ingestionProblems([account({ network: false })], [sourceOf(compute)])).toEqual([
      expect.objectContaining({ file: "accounts/prod.ts", path: "network", fix: expect.stringContaining("glue") }),
    ]);
  });

  test("need a place in the network, and every service that they call", () => {
    const bare = account({ network: { spark: false, interfaceEndpoints: [] } });
    const found = ingestionProblems([bare], [sourceOf("emr"), sourceOf("glue")]);
    expect(found.map(({ path, fix }) => [path, fix])).toEqual([
      ["network.spark", "set spark: true"],
      ...["states", "elasticmapreduce", "logs", "monitoring", "glue", "secretsmanager", "ssm"].map((name) => [
        "network.interfaceEndpoints",
        `add "${name}"`,
      ]),
    ]);
    expect(ingestionProblems([bare], [])).toEqual([]);
  });
});
