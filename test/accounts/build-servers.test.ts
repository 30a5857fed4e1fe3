import { organization, problemsOf } from "./fixtures";

const problems = (ci: unknown) => problemsOf({ organization: { ...organization, ci } });

describe("build servers", () => {
  test.each([
    { github: { repository: "acme/lake" } },
    { github: { repository: "acme@1234/lake@5678", branch: "release/1.x", environment: "prod-eu" } },
    { gitlab: { project: "acme/data/lake", host: "gitlab.example.com" } },
    { github: { repository: "acme/lake" }, gitlab: { project: "acme/lake" } },
  ])("are %j", (ci) => {
    expect(problems(ci)).toEqual([]);
  });

  test.each<[unknown, string]>([
    [{}, "ci"],
    [{ github: {} }, "ci.github.repository"],
    [{ github: { repository: "acme/*" } }, "ci.github.repository"],
    [{ github: { repository: "acme" } }, "ci.github.repository"],
    [{ github: { repository: "acme/lake", branch: "*" } }, "ci.github.branch"],
    [{ github: { repository: "acme/lake", environment: "prod:*" } }, "ci.github.environment"],
    [{ github: { repository: "acme/lake", brnach: "main" } }, "ci.github.brnach"],
    [{ gitlab: { project: "acme/*" } }, "ci.gitlab.project"],
    [{ gitlab: { project: "acme/lake", host: "https://gitlab.com" } }, "ci.gitlab.host"],
    [{ jenkins: {} }, "ci.jenkins"],
  ])("are not %j: what a wildcard opens, nobody means", (ci, path) => {
    expect(problems(ci).map((problem) => problem.path)).toContain(path);
  });

  test("are told of in every place at once", () => {
    const ci = { github: { repository: "*", environment: "*" }, gitlab: { project: "x" } };
    expect(problems(ci).map(({ path }) => path)).toEqual([
      "ci.github.environment",
      "ci.github.repository",
      "ci.gitlab.project",
    ]);
  });
});
