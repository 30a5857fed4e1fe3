import { judge } from "../../../cli/guard/guard";
import { change, findingsOn, planOf, policy } from "./support";

const KEY = "arn:aws:kms:eu-west-1:333333333333:key/1";
const allow = {
  Sid: "Read",
  Effect: "Allow",
  Principal: { AWS: "arn:aws:iam::333333333333:role/reader" },
  Action: ["s3:GetObject"],
  Resource: "arn:aws:s3:::raw/*",
  Condition: { StringEquals: { "aws:PrincipalAccount": ["333333333333"] }, Bool: { "aws:SecureTransport": "true" } },
};
const deny = {
  Sid: "TlsOnly",
  Effect: "Deny",
  Principal: "*",
  Action: ["s3:*"],
  Resource: ["arn:aws:s3:::raw", "arn:aws:s3:::raw/*"],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};

const update = (
  before: readonly object[],
  after: readonly object[],
  attribute = "policy",
  type = "aws_s3_bucket_policy",
) => findingsOn(change({ type, before: { [attribute]: policy(...before) }, after: { [attribute]: policy(...after) } }));

describe("a denial", () => {
  test.each<[string, object[]]>([
    ["is gone", []],
    ["denies fewer actions", [{ ...deny, Action: ["s3:GetObject"] }]],
    ["holds for fewer resources", [{ ...deny, Resource: ["arn:aws:s3:::raw"] }]],
    ["holds for fewer callers", [{ ...deny, Principal: { AWS: "arn:aws:iam::333333333333:root" } }]],
    ["demands more", [{ ...deny, Condition: { ...deny.Condition, StringEquals: { "aws:PrincipalAccount": "1" } } }]],
    ["demands something else", [{ ...deny, Condition: { Bool: { "aws:SecureTransport": "true" } } }]],
    ["has exceptions", [{ ...deny, Action: undefined, NotAction: ["s3:GetObject"] }]],
    ["became an allowance", [{ ...deny, Effect: "Allow" }]],
  ])("that %s is refused", (_, after) => {
    expect(update([deny, allow], [...after, allow])).toContainEqual(
      "policy-denial: no longer denies as much as statement TlsOnly did",
    );
  });

  test.each<[string, object[]]>([
    ["is as it was, in another order and under another name", [allow, { ...deny, Sid: "Tls", Action: "s3:*" }]],
    ["denies more", [allow, { ...deny, Action: "*", Condition: undefined }]],
    ["is split", [{ ...deny, Sid: "a" }, { ...deny, Sid: "b", Resource: deny.Resource.slice(0, 1) }, allow]],
  ])("that %s passes", (_, after) => {
    expect(update([deny, allow], after)).toEqual([]);
  });

  test("of a policy that is taken away altogether is refused", () => {
    const before = { policy: policy(deny) };
    expect(findingsOn(change({ type: "aws_sqs_queue", before, after: { policy: "" } }))).toHaveLength(1);
  });
});

describe("an allowance", () => {
  test.each<[string, object, string]>([
    ["loses its conditions", { ...allow, Condition: undefined }, "policy-condition: statement Read no longer demands"],
    [
      "loses a part of a condition",
      { ...allow, Condition: { StringEquals: allow.Condition.StringEquals } },
      "policy-condition: statement Read no longer demands Bool aws:SecureTransport",
    ],
    [
      "demands a pattern only",
      { ...allow, Condition: { ...allow.Condition, StringEquals: { "aws:PrincipalAccount": ["*"] } } },
      "policy-condition: statement Read demands of StringEquals aws:PrincipalAccount only *",
    ],
    ["is for everybody", { ...allow, Principal: "*" }, "policy-everybody: statement Read allows everybody"],
    [
      "is for everybody in AWS",
      { ...allow, Principal: { AWS: "*" } },
      "policy-everybody: statement Read allows everybody",
    ],
    ["allows a whole service", { ...allow, Action: ["s3:*"] }, "policy-everything: statement Read allows s3:*"],
    ["allows everything", { ...allow, Action: "*" }, "policy-everything: statement Read allows *"],
    ["reaches everything", { ...allow, Resource: "*" }, "policy-everything: statement Read reaches every resource"],
  ])("that %s is refused", (_, after, finding) => {
    expect(update([allow], [after])).toContainEqual(expect.stringContaining(finding));
  });

  test.each<[string, object[]]>([
    ["more actions by name", [{ ...allow, Action: ["s3:GetObject", "s3:ListBucket"] }]],
    [
      "one more account",
      [
        {
          ...allow,
          Condition: { ...allow.Condition, StringEquals: { "aws:PrincipalAccount": ["333333333333", "444444444444"] } },
        },
      ],
    ],
    ["nothing any more", []],
    [
      "somebody else as well",
      [allow, { ...allow, Sid: "Other", Principal: { AWS: "arn:aws:iam::333333333333:role/b" } }],
    ],
  ])("for %s passes", (_, after) => {
    expect(update([allow], after)).toEqual([]);
  });

  test("of a new policy for everybody is refused unless it has a condition", () => {
    const created = (statement: object) =>
      findingsOn(change({ type: "aws_sqs_queue", after: { policy: policy(statement) } }));
    expect(created({ ...allow, Principal: "*", Condition: undefined })).toEqual([
      "policy-everybody: statement Read allows everybody",
    ]);
    expect(created({ ...allow, Principal: "*" })).toEqual([]);
    expect(created({ ...allow, Action: "*" })).toEqual(["policy-everything: statement Read allows *"]);
    expect(created({ ...allow, Action: "s3:*" })).toEqual([]);
  });

  test("of a role for somebody new is refused", () => {
    const trust = { Sid: "Operators", Effect: "Allow", Principal: { AWS: "333333333333" }, Action: "sts:AssumeRole" };
    const more = { ...trust, Sid: "Jobs", Principal: { Federated: "arn:provider" } };
    const asRoot = { ...trust, Principal: { AWS: "arn:aws:iam::333333333333:root" } };
    expect(update([trust], [asRoot, more], "assume_role_policy", "aws_iam_role")).toEqual([
      "trust: may now be assumed by Federated arn:provider",
    ]);
    expect(update([trust], [asRoot], "assume_role_policy", "aws_iam_role")).toEqual([]);
  });
});

describe("a policy that is known only once it is made", () => {
  const before = { policy: policy({ ...deny, Resource: KEY }) };
  const unknown = change({ type: "aws_sqs_queue", before, after: {}, unknown: { policy: true } });
  const judged = (text: string) =>
    judge(
      [
        {
          stack: "prod",
          plan: planOf(unknown),
          configuration: { resource: { aws_sqs_queue: { one: { policy: text } } } },
        },
      ],
      [],
    );

  test("is judged by what was synthesized", () => {
    const reference = "${aws_kms_key.raw.arn}";
    expect(judged(policy({ ...deny, Resource: reference }))).toEqual({ passes: true, findings: [], notes: [] });
    const { findings } = judged(policy({ ...deny, Resource: reference, Action: "s3:GetObject" }));
    expect(findings.map(({ rule }) => rule)).toEqual(["policy-denial"]);
    expect(judged(policy({ ...deny, Resource: `${reference}/other` })).passes).toBe(false);
  });

  test("is told of when that is not at hand", () => {
    expect(judge([{ stack: "prod", plan: planOf(unknown) }], [])).toEqual({
      passes: true,
      findings: [],
      notes: ["prod: policy of aws_sqs_queue.one cannot be judged before it is made."],
    });
  });
});
