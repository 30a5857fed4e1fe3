import { type AccountFile, parseAccounts } from "../../accounts/model/load";
import { ConfigurationError, type Problem } from "../../contracts/problems";

const contact = { name: "Team", title: "Team", email: "team@example.com", phone: "+44 20 7946 0000" };

/** The least that each file has to say. */
export const organization = {
  project: "lake",
  managementAccountId: "100000000000",
  operators: ["arn:aws:iam::100000000000:root"],
  externalId: "external",
  contacts: { security: contact, operations: contact, billing: contact },
  tags: { owner: "owner@example.com", "cost-centre": "centre" },
};
export const security = { kind: "security", id: "200000000000", region: "eu-west-1" };
export const lake = { kind: "lake", id: "300000000000", region: "eu-west-1", network: { cidr: "10.0.0.0/16" } };

/** The files of an organization with one lake; `undefined` takes a file away. */
export function filesOf(changed: Readonly<Record<string, unknown>> = {}): AccountFile[] {
  const values: Record<string, unknown> = { organization, prod: lake, security, ...changed };
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ file: `accounts/${name}.ts`, value }));
}

/** The problems of the files; none when they are fine. */
export function problemsOf(changed: Readonly<Record<string, unknown>>): readonly Problem[] {
  return problemsIn(() => parseAccounts(filesOf(changed)));
}

export function problemsIn(load: () => unknown): readonly Problem[] {
  try {
    load();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    // None may leave its reader without a next step.
    expect(error.problems.filter(({ fix }) => !/\w/.test(fix))).toEqual([]);
    return error.problems;
  }
  return [];
}
