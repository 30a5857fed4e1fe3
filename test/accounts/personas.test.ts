import { parseAccounts } from "../../accounts/model/load";
import { filesOf, lake, problemsIn } from "./fixtures";

const ACCOUNT = `arn:aws:iam::${lake.id}`;
const SSO = "role/aws-reserved/sso.amazonaws.com";
const set = (change: object = {}) => ({
  role: `${ACCOUNT}:${SSO}/*AWSReservedSSO_Analysts_*`,
  persona: "data-analyst",
  clearance: "confidential",
  ...change,
});
const withSets = (...permissionSets: object[]) => ({ singleSignOn: { permissionSets } });
const parse = (personas: object) => parseAccounts(filesOf({ prod: { ...lake, personas } }));

describe("people come into an account", () => {
  test("as operators and as users with MFA, unless its file says more", () => {
    expect(parseAccounts(filesOf()).lakes[0]?.personas.singleSignOn).toBeUndefined();
  });

  test("by single sign-on, as permission sets or as a provider says", () => {
    const [account] = parse({ singleSignOn: { samlProvider: `${ACCOUNT}:saml-provider/people` } }).lakes;
    expect(account?.personas.singleSignOn).toEqual({
      samlProvider: `${ACCOUNT}:saml-provider/people`,
      permissionSets: [],
    });
    expect(() => parse(withSets(set(), set({ role: `${ACCOUNT}:${SSO}/eu-west-1/AWSReservedSSO_A_*` })))).not.toThrow();
  });
});

test("who asks has a sandbox", () => {
  expect(parse({}).lakes[0]?.personas.sandbox).toEqual({ keepFilesDays: 30, alarmAboveGb: 100 });
});

test.each<[string, object, string]>([
  ["a sandbox that is emptied at once", { sandbox: { keepFilesDays: 0 } }, "personas.sandbox.keepFilesDays"],
  ["a sandbox of no size", { sandbox: { alarmAboveGb: 0 } }, "personas.sandbox.alarmAboveGb"],
  [
    "a persona that there is not",
    withSets(set({ persona: "data-analist" })),
    "personas.singleSignOn.permissionSets[0].persona",
  ],
  [
    "a clearance that there is not",
    withSets(set({ clearance: "top" })),
    "personas.singleSignOn.permissionSets[0].clearance",
  ],
  ["any role", withSets(set({ role: "*" })), "personas.singleSignOn.permissionSets[0].role"],
  [
    "every permission set",
    withSets(set({ role: `${ACCOUNT}:${SSO}/*` })),
    "personas.singleSignOn.permissionSets[0].role",
  ],
  ["roles of any name", withSets(set({ role: `${ACCOUNT}:role/*` })), "personas.singleSignOn.permissionSets[0].role"],
  [
    "a role of another account",
    withSets(set({ role: `arn:aws:iam::999999999999:${SSO}/*AWSReservedSSO_Analysts_*` })),
    "personas.singleSignOn.permissionSets[0].role",
  ],
  [
    "a provider of another account",
    { singleSignOn: { samlProvider: "arn:aws:iam::999999999999:saml-provider/people" } },
    "personas.singleSignOn.samlProvider",
  ],
  ["no provider", { singleSignOn: { samlProvider: "people" } }, "personas.singleSignOn.samlProvider"],
  ["no way at all", { singleSignOn: {} }, "personas.singleSignOn"],
  [
    "more ways than a trust policy holds",
    withSets(set(), set(), set()),
    "personas.singleSignOn.permissionSets[2].persona",
  ],
])("%s is refused with file and key", (_, personas, path) => {
  const problems = problemsIn(() => parse(personas));
  expect(problems).toEqual([expect.objectContaining({ file: "accounts/prod.ts", path })]);
});
