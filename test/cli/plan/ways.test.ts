import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Lake } from "../../../cli/lake";
import { profileSettings } from "../../../cli/plan/profiles";
import { entriesOf } from "../../../cli/plan/session";
import { tokenOfGitHub, writeToken } from "../../../cli/plan/token";
import { stacksOf } from "../../../cli/stacks";
import { pathsOf } from "../../../tools/setup/paths";
import { PlainProgress } from "../../../tools/setup/progress";
import { temporaryFolder } from "../support";

const home = temporaryFolder();
const environment = { LAKE_HOME: home, LAKE_TARGET: "aws" };
const lake = new Lake(pathsOf(environment), environment, new PlainProgress(() => {}));
const stackOf = (name: string) => {
  const stack = stacksOf(lake).find((one) => one.name === name);
  if (stack === undefined) throw new Error(`there is no stack ${name}`);
  return stack;
};

describe("the ways into the accounts", () => {
  test("of a plan are the roles that may only read, in every account of the stack", () => {
    const roles = entriesOf(lake, stackOf("bootstrap"), "plan").map(({ roleArn }) => roleArn);
    expect(roles).toEqual([
      "arn:aws:iam::222222222222:role/lake-security-plan",
      "arn:aws:iam::333333333333:role/lake-prod-plan",
    ]);
    expect(entriesOf(lake, stackOf("prod"), "plan")).toMatchObject([{ externalId: "cdktf-data-lake" }]);
  });

  test("of an apply are the roles that deploy; bootstrap makes them, so its are the administrators'", () => {
    const roles = (name: string) => entriesOf(lake, stackOf(name), "deploy").map(({ roleArn }) => roleArn);
    expect(roles("prod")).toEqual(["arn:aws:iam::333333333333:role/lake-prod-deploy"]);
    expect(roles("bootstrap").every((arn) => arn.endsWith("role/OrganizationAccountAccessRole"))).toBe(true);
  });

  test("are profiles: of people by their credentials and the external id, of build servers by their token", () => {
    expect(profileSettings(lake, entriesOf(lake, stackOf("prod"), "plan"))).toBe(
      `[profile lake-prod]
role_arn = arn:aws:iam::333333333333:role/lake-prod-plan
role_session_name = terraform
external_id = cdktf-data-lake
credential_source = Environment
`,
    );
    expect(profileSettings(lake, entriesOf(lake, stackOf("prod"), "deploy", "/run/token"))).toBe(
      `[profile lake-prod]
role_arn = arn:aws:iam::333333333333:role/lake-prod-deploy
role_session_name = terraform
web_identity_token_file = /run/token
`,
    );
  });
});

describe("the token of a job", () => {
  test("is GitHub's for AWS, asked for with what the job was given", async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url, headers }, response) => {
      asked.push(url, headers.authorization);
      response.writeHead(headers.authorization === "bearer key" ? 200 : 403).end('{"value":"a.b.c"}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2.0`;
    const job = (key: string) => ({ ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: key });
    try {
      expect(await tokenOfGitHub(job("key"))).toBe("a.b.c");
      expect(asked).toEqual(["/token?api-version=2.0&audience=sts.amazonaws.com", "bearer key"]);
      await expect(tokenOfGitHub(job("other"))).rejects.toThrow("GitHub gave no token: 403");
    } finally {
      server.close();
    }
  });

  test("is kept for this user alone, where the organization trusts build servers", async () => {
    const inJob = new Lake(lake.paths, { ...environment, LAKE_ID_TOKEN: "a.b.c" }, lake.progress);
    const organization = {
      ...lake.accounts.organization,
      ci: { gitlab: { host: "gitlab.com", project: "a/b", branch: "main" } },
    };
    Object.defineProperty(inJob, "accounts", { value: { ...lake.accounts, organization } });
    const file = (await writeToken(inJob)) ?? "";
    expect(readFileSync(file, "utf8")).toBe("a.b.c");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("is none where the job was given nothing, or the organization trusts no build server", async () => {
    expect(await tokenOfGitHub({})).toBeUndefined();
    const inJob = new Lake(lake.paths, { ...environment, LAKE_ID_TOKEN: "a.b.c" }, lake.progress);
    expect(await writeToken(inJob)).toBeUndefined();
  });
});
