import { type BuildServer, gitHub, gitLab } from "../../modules/identity/build-server";
import { Deployers } from "../../modules/identity/deployers";
import { PLACE, roleArn, synthModule } from "../support/module";
import { decide } from "../support/policy";

const REPOSITORY = "acme/lake";

/** The trust of the roles of an account that a build server deploys. */
function trustOf(server: BuildServer) {
  const stack = synthModule((scope) => {
    new Deployers(scope, "deployers", {
      place: PLACE,
      prefix: "lake-prod",
      stateBucketArn: "arn:aws:s3:::lake-prod-state-111111111111-eu-west-1",
      deployRole: "lake-prod-deploy",
      planRole: "lake-prod-plan",
      boundary: "lake-prod-boundary",
      operators: ["arn:aws:iam::222222222222:root"],
      externalId: "known",
      removable: false,
      buildServers: [server],
    });
  });
  const provider = stack.only("aws_iam_openid_connect_provider");
  /** Which roles the bearer of a token with these claims may assume. */
  const assumable = (claims: Readonly<Record<string, string>>, by = `\${${provider.address}.arn}`) =>
    stack
      .resources("aws_iam_role")
      .filter((role) => {
        const context = Object.fromEntries(
          Object.entries({ aud: "sts.amazonaws.com", ...claims }).map(([claim, value]) => [
            `${server.issuer}:${claim}`,
            value,
          ]),
        );
        const request = {
          caller: { provider: stack.resolve(by) },
          action: "sts:AssumeRoleWithWebIdentity",
          resource: roleArn(String(role.block.name)),
          context,
        };
        return decide(stack.policyOf(role), "trust", request) === "allow";
      })
      .map(({ block }) => String(block.name));
  return { stack, provider, assumable };
}

describe("jobs of GitHub Actions", () => {
  const { stack, provider, assumable } = trustOf(
    gitHub({ repository: REPOSITORY, branch: "main", environment: "production" }),
  );
  const production = { sub: `repo:${REPOSITORY}:environment:production`, ref: "refs/heads/main" };

  test("are known by a provider of the account that takes tokens for AWS only", () => {
    expect(provider.block).toMatchObject({
      url: "https://token.actions.githubusercontent.com",
      client_id_list: ["sts.amazonaws.com"],
    });
  });

  test.each([
    ["a pull request", { sub: `repo:${REPOSITORY}:pull_request`, ref: "refs/pull/7/merge" }],
    ["the protected branch", { sub: `repo:${REPOSITORY}:ref:refs/heads/main`, ref: "refs/heads/main" }],
  ])("of %s may plan, and no more", (_, claims) => {
    expect(assumable(claims)).toEqual(["lake-prod-plan"]);
  });

  test("of the protected branch's environment may deploy", () => {
    expect(assumable(production)).toEqual(["lake-prod-deploy"]);
  });

  test.each<[string, Record<string, string>]>([
    ["another repository", { sub: "repo:acme/other:pull_request" }],
    ["another repository's branch of that name", { sub: "repo:acme/other:ref:refs/heads/main" }],
    ["another owner's repository of that name", { ...production, sub: "repo:evil/lake:environment:production" }],
    ["a repository whose name begins so", { ...production, sub: "repo:acme/lake-fork:environment:production" }],
    ["another branch", { sub: `repo:${REPOSITORY}:ref:refs/heads/feature`, ref: "refs/heads/feature" }],
    ["a tag", { sub: `repo:${REPOSITORY}:ref:refs/tags/main`, ref: "refs/tags/main" }],
    ["a fork's pull request", { sub: "repo:evil/lake:pull_request" }],
    ["the environment on another branch", { ...production, ref: "refs/heads/feature" }],
    ["the environment in a pull request", { ...production, ref: "refs/pull/7/merge" }],
    ["another environment", { ...production, sub: `repo:${REPOSITORY}:environment:staging` }],
    ["the environment, without a branch", { sub: production.sub }],
    ["the environment, with a token for somebody else", { ...production, aud: "https://github.com/acme" }],
    ["a pull request, with a token for somebody else", { sub: `repo:${REPOSITORY}:pull_request`, aud: "vault" }],
    ["nowhere", {}],
  ])("of %s may do nothing", (_, claims) => {
    expect(assumable(claims)).toEqual([]);
  });

  test("are not those of another issuer that says the same", () => {
    expect(assumable(production, `arn:aws:iam::${PLACE.accountId}:oidc-provider/evil.example.com`)).toEqual([]);
  });

  test("are trusted by no wildcard", () => {
    for (const role of stack.resources("aws_iam_role")) {
      const statement = stack.policyOf(role).Statement.find(({ Sid }) => Sid === "JobsGithub");
      expect(Object.keys(statement?.Condition ?? {})).toEqual(["StringEquals"]);
      expect(JSON.stringify(statement?.Condition)).not.toContain("*");
    }
  });

  test("do not open the roles to whoever knows the external id and bears no token", () => {
    for (const role of stack.resources("aws_iam_role")) {
      const request = {
        caller: { arn: "arn:aws:iam::999999999999:role/any" },
        action: "sts:AssumeRoleWithWebIdentity",
        resource: roleArn(String(role.block.name)),
        context: { "sts:ExternalId": "known" },
      };
      expect(decide(stack.policyOf(role), "trust", request)).toBe("none");
    }
  });
});

describe("jobs of GitLab CI/CD", () => {
  const { provider, assumable } = trustOf(gitLab({ host: "gitlab.com", project: "acme/lake", branch: "main" }));
  const sub = (branch: string, project = "acme/lake") => ({
    sub: `project_path:${project}:ref_type:branch:ref:${branch}`,
  });

  test("are known by a provider of the account", () => {
    expect(provider.block.url).toBe("https://gitlab.com");
  });

  test("of the protected branch may plan and deploy, of other branches plan", () => {
    expect(assumable(sub("main")).sort()).toEqual(["lake-prod-deploy", "lake-prod-plan"]);
    expect(assumable(sub("feature"))).toEqual(["lake-prod-plan"]);
  });

  test.each<[string, Record<string, string>]>([
    ["another project", sub("main", "acme/other")],
    ["a project whose name begins so", sub("main", "acme/lake-fork")],
    ["a tag", { sub: "project_path:acme/lake:ref_type:tag:ref:main" }],
    ["the branch, with a token for somebody else", { ...sub("main"), aud: "https://gitlab.com" }],
  ])("of %s may do nothing", (_, claims) => {
    expect(assumable(claims)).toEqual([]);
  });
});
