import { clearances, personas } from "../../../contracts/people";
import { type Caller, decide, isAllowed, type Policy, type Request } from "../../support/policy";
import { accountOf } from "./access";
import type { Check } from "./check";
import { type Answer, eachPersona } from "./persons";

const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

export const peopleEnterAsTheyMay = eachPersona(
  "people become personas as operators with the external id or as users with MFA, with one of the clearances and no other tag",
  "trust",
  ({ arn, trust, account }) => {
    const enters = (caller: Caller, context: Request["context"], tags: Readonly<Record<string, string>> = {}) => {
      const keys = Object.keys(tags);
      const asked = Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, tags[key] ?? ""]));
      return ["sts:AssumeRole", ...(keys.length > 0 ? ["sts:TagSession"] : [])].every((action) =>
        isAllowed(
          {
            caller,
            action,
            resource: arn,
            context: { ...context, ...asked, ...(keys.length > 0 ? { "aws:TagKeys": keys } : {}) },
          },
          { owner: account, identity: [EVERYTHING], trust },
        ),
      );
    };
    const named = trust.Statement.flatMap(({ Condition }) => Condition?.StringEquals?.["sts:ExternalId"] ?? []);
    const trusted = trust.Statement.flatMap(({ Principal }) =>
      typeof Principal === "object" ? (Principal.AWS ?? []) : [],
    );
    const operator = { arn: String([trusted[0]].flat()[0]) };
    const external = { "sts:ExternalId": String(named[0] ?? "") };
    const user = { arn: `arn:aws:iam::${account}:user/ada` };
    const mfa = { "aws:MultiFactorAuthPresent": "true" };
    return [
      ...clearances.flatMap((clearance): Answer[] => [
        [`an operator, ${clearance}`, enters(operator, external, { clearance }), true],
        [`a user, ${clearance}`, enters(user, mfa, { clearance }), true],
      ]),
      ["an operator", enters(operator, external), true],
      ["an operator without external id", enters(operator, {}), false],
      ["an operator with another", enters(operator, { "sts:ExternalId": "another" }), false],
      ["an operator, royal", enters(operator, external, { clearance: "royal" }), false],
      ["an operator with another tag", enters(operator, external, { clearance: "secret", team: "x" }), false],
      ["a user without MFA", enters(user, {}, { clearance: "proprietary" }), false],
      ["a user, royal", enters(user, mfa, { clearance: "royal" }), false],
      ["a user with another tag", enters(user, mfa, { clearance: "secret", team: "x" }), false],
      ["a role of the account", enters({ arn: `arn:aws:iam::${account}:role/any` }, mfa), false],
    ];
  },
);

export const groupsGiveOnePart: Check = {
  name: "a group for a job lets its people become that persona, a group for a clearance lets them have it, both with MFA and nothing else",
  find: (stack) =>
    stack.resources("aws_iam_group_policy").flatMap((resource) => {
      const group = stack
        .resources("aws_iam_group")
        .find(({ address }) => String(resource.block.group).includes(address));
      const [prefix, name] = splitName(String(group?.block.name));
      const isJob = group?.block.path === "/job/";
      const account = group === undefined ? "" : accountOf(stack, group);
      const can = (action: string, persona: string, context: Request["context"]) =>
        decide(stack.policyOf(resource), "identity", {
          caller: { arn: "any" },
          action,
          resource: `arn:aws:iam::${account}:role/${prefix}${persona}`,
          context,
        }) === "allow";
      const mfa = { "aws:MultiFactorAuthPresent": "true" };
      const tags = (clearance: string, ...more: string[]) => ({
        "aws:RequestTag/clearance": clearance,
        "aws:TagKeys": ["clearance", ...more],
      });
      const answers: Answer[] = [
        ...[...personas, "deploy"].flatMap((persona): Answer[] => [
          [`becomes ${persona}`, can("sts:AssumeRole", persona, mfa), isJob && persona === name],
          [`becomes ${persona} without MFA`, can("sts:AssumeRole", persona, {}), false],
          ...clearances.flatMap((clearance): Answer[] => [
            [
              `has ${clearance} as ${persona}`,
              can("sts:TagSession", persona, { ...mfa, ...tags(clearance) }),
              !isJob && clearance === name && persona !== "deploy",
            ],
            [`has ${clearance} as ${persona} without MFA`, can("sts:TagSession", persona, tags(clearance)), false],
            [`has more than ${clearance}`, can("sts:TagSession", persona, { ...mfa, ...tags(clearance, "x") }), false],
          ]),
        ]),
      ];
      return answers
        .filter(([, actual, wanted]) => actual !== wanted)
        .map(([question]) => `${resource.address} ${question}`);
    }),
};

/** `lake-prod-data-analyst` as `lake-prod-` and `data-analyst`. */
function splitName(name: string): readonly [prefix: string, part: string] {
  const part = [...personas, ...clearances].find((one) => name.endsWith(`-${one}`)) ?? "";
  return [name.slice(0, name.length - part.length), part];
}
