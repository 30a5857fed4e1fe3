import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import type { Construct } from "constructs";
import type { Statement } from "../policies/statement";

/** What the token of a build server's job has to say, by the name of the claim. */
export type Claims = Readonly<Record<string, string | readonly string[]>>;

/** A build server that gives each of its jobs a token, and which jobs may do what with it. */
export interface BuildServer {
  /** Construct id. */
  readonly name: string;
  /** Issuer of the tokens, without `https://`. */
  readonly issuer: string;
  /** Jobs that may plan: exact claims. */
  readonly planners: Claims;
  /** Claims with `*` of those jobs. @default none */
  readonly plannersLike?: Claims;
  /** Jobs that may deploy: exact claims. */
  readonly deployers: Claims;
}

/** For whom the tokens are. */
const AUDIENCE = "sts.amazonaws.com";

export interface GitHubProps {
  /** `owner/name`. */
  readonly repository: string;
  readonly branch: string;
  readonly environment: string;
}

/**
 * GitHub Actions. Jobs of pull requests and of the protected branch may plan; only those of the environment, run for the
 * protected branch, may deploy. A pull request from a fork gets no token.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export function gitHub({ repository, branch, environment }: GitHubProps): BuildServer {
  const ref = `refs/heads/${branch}`;
  return {
    name: "github",
    issuer: "token.actions.githubusercontent.com",
    planners: { sub: [`repo:${repository}:pull_request`, `repo:${repository}:ref:${ref}`] },
    // The subject of a job with an environment does not say the branch.
    deployers: { sub: `repo:${repository}:environment:${environment}`, ref },
  };
}

export interface GitLabProps {
  readonly host: string;
  /** `group/project`. */
  readonly project: string;
  readonly branch: string;
}

/**
 * GitLab CI/CD. Jobs of any branch of the project may plan, as those of merge requests run for their own; those of the
 * protected branch may deploy. Of a token's claims AWS knows the subject and the audience alone, which do not tell the
 * environment. https://docs.gitlab.com/ci/cloud_services/aws/
 */
export function gitLab({ host, project, branch }: GitLabProps): BuildServer {
  const subject = (ref: string) => `project_path:${project}:ref_type:branch:ref:${ref}`;
  return {
    name: "gitlab",
    issuer: host,
    planners: {},
    plannersLike: { sub: subject("*") },
    deployers: { sub: subject(branch) },
  };
}

/** Lets AWS know a build server: one provider for each account and issuer. */
export function buildServerProvider(scope: Construct, { name, issuer }: BuildServer): IamOpenidConnectProvider {
  return new IamOpenidConnectProvider(scope, `${name}-tokens`, {
    url: `https://${issuer}`,
    clientIdList: [AUDIENCE],
  });
}

/**
 * Trust policy statement: jobs whose tokens make the claims may assume the role. There is no external id: a token proves
 * who calls, and nobody else can be talked into presenting it.
 */
export function trustJobs(server: BuildServer, providerArn: string, exact: Claims, like: Claims = {}): Statement {
  const keys = (claims: Claims) =>
    Object.fromEntries(Object.entries(claims).map(([claim, values]) => [`${server.issuer}:${claim}`, values]));
  return {
    Sid: `Jobs${server.name.charAt(0).toUpperCase()}${server.name.slice(1)}`,
    Effect: "Allow",
    Principal: { Federated: providerArn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: keys({ aud: AUDIENCE, ...exact }),
      ...(Object.keys(like).length === 0 ? {} : { StringLike: keys(like) }),
    },
  };
}
