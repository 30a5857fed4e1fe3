import fc from "fast-check";
import { type Decision, decide, isAllowed, type Policy, parsePolicy, type Request, type Statement } from "./policy";

const ROLE = "arn:aws:iam::111111111111:role/reader";
const ROOT = "arn:aws:iam::111111111111:root";
const FOREIGN = "arn:aws:iam::999999999999:role/stranger";
const OBJECT = "arn:aws:s3:::bucket/key";

const request = (change: Partial<Request> = {}): Request => ({
  caller: { arn: ROLE },
  action: "s3:GetObject",
  resource: OBJECT,
  ...change,
});
const policy = (...statements: Partial<Statement>[]): Policy => ({
  Version: "2012-10-17",
  Statement: statements.map((statement) => ({ Effect: "Allow", Action: "s3:GetObject", Resource: "*", ...statement })),
});
const open = policy({ Principal: "*" });

describe("a policy", () => {
  const resourceDecision = (statement: Partial<Statement>, change: Partial<Request> = {}): Decision =>
    decide(policy({ Principal: "*", ...statement }), "resource", request(change));

  test("says nothing about what it does not name", () => {
    expect(resourceDecision({ Action: "s3:PutObject" })).toBe("none");
    expect(resourceDecision({ Resource: "arn:aws:s3:::other/*" })).toBe("none");
    expect(decide(policy({}), "identity", request())).toBe("allow");
  });

  test("denies although it allows as well", () => {
    const both = policy({ Principal: "*" }, { Principal: "*", Effect: "Deny" });
    expect(decide(both, "resource", request())).toBe("deny");
    expect(decide({ ...both, Statement: [...both.Statement].reverse() }, "resource", request())).toBe("deny");
  });

  test("compares actions without regard to case, and resources with", () => {
    expect(resourceDecision({ Action: "S3:getobject" })).toBe("allow");
    expect(resourceDecision({ Resource: "arn:aws:s3:::Bucket/key" })).toBe("none");
  });

  test("knows wildcards for many characters and for one", () => {
    expect(resourceDecision({ Action: "s3:Get*", Resource: "arn:aws:s3:::bucket/k?y" })).toBe("allow");
    expect(resourceDecision({ Action: "s3:?etObject", Resource: "arn:aws:s3:::buc*" })).toBe("allow");
    expect(resourceDecision({ Resource: "arn:aws:s3:::bucket/?" })).toBe("none");
    expect(resourceDecision({ Resource: "arn:aws:s3:::bucket.key" })).toBe("none");
  });

  test("applies to everything but what NotAction and NotResource name", () => {
    expect(resourceDecision({ Action: undefined, NotAction: "s3:PutObject" })).toBe("allow");
    expect(resourceDecision({ Action: undefined, NotAction: "s3:Get*" })).toBe("none");
    expect(resourceDecision({ Resource: undefined, NotResource: OBJECT })).toBe("none");
  });

  test("names a role, leaves it to the account, or names neither", () => {
    expect(resourceDecision({ Principal: { AWS: [FOREIGN, ROLE] } })).toBe("allow");
    expect(resourceDecision({ Principal: { AWS: ROOT } })).toBe("account");
    expect(resourceDecision({ Principal: { AWS: "111111111111" } })).toBe("account");
    expect(resourceDecision({ Principal: { AWS: "arn:aws:iam::999999999999:root" } })).toBe("none");
    expect(resourceDecision({ Principal: { AWS: [ROOT, ROLE] } })).toBe("allow");
  });

  test("tells services, strangers and accounts apart", () => {
    const s3 = { caller: { service: "s3.amazonaws.com" } };
    expect(resourceDecision({ Principal: { Service: "s3.amazonaws.com" } }, s3)).toBe("allow");
    expect(resourceDecision({ Principal: { Service: "sns.amazonaws.com" } }, s3)).toBe("none");
    expect(resourceDecision({ Principal: { AWS: ROOT } }, s3)).toBe("none");
    expect(resourceDecision({ Principal: { AWS: ROOT } }, { caller: "anonymous" })).toBe("none");
    expect(resourceDecision({ Principal: "*" }, { caller: "anonymous" })).toBe("allow");
    expect(resourceDecision({ Principal: { AWS: "*" } }, s3)).toBe("allow");
    expect(resourceDecision({ Principal: { Federated: "accounts.example.com" } })).toBe("none");
  });
});

describe("a condition", () => {
  const holds = (condition: Statement["Condition"], context: Request["context"] = {}): boolean =>
    decide(policy({ Principal: "*", Condition: condition }), "resource", request({ context })) === "allow";

  test.each<[string, Statement["Condition"], Request["context"], boolean]>([
    ["equal strings", { StringEquals: { "aws:x": "a" } }, { "aws:x": "a" }, true],
    ["one of several values", { StringEquals: { "aws:x": ["a", "b"] } }, { "aws:x": "b" }, true],
    ["unequal strings", { StringEquals: { "aws:x": "a" } }, { "aws:x": "A" }, false],
    ["equal but for case", { StringEqualsIgnoreCase: { "aws:x": "a" } }, { "aws:x": "A" }, true],
    ["no wildcards in StringEquals", { StringEquals: { "aws:x": "*" } }, { "aws:x": "a" }, false],
    ["keys without regard to case", { StringEquals: { "AWS:X": "a" } }, { "aws:x": "a" }, true],
    ["a missing key", { StringEquals: { "aws:x": "a" } }, {}, false],
    ["a missing key, if it exists", { StringEqualsIfExists: { "aws:x": "a" } }, {}, true],
    ["a wrong key, if it exists", { StringEqualsIfExists: { "aws:x": "a" } }, { "aws:x": "b" }, false],
    ["not equal to any", { StringNotEquals: { "aws:x": ["a", "b"] } }, { "aws:x": "c" }, true],
    ["equal to one of those it must not be", { StringNotEquals: { "aws:x": ["a", "b"] } }, { "aws:x": "b" }, false],
    ["a missing key is not equal", { StringNotEquals: { "aws:x": "a" } }, {}, true],
    ["a missing key is not like", { StringNotLike: { "aws:x": "a*" } }, {}, true],
    ["like", { StringLike: { "aws:x": "a*c?" } }, { "aws:x": "abbcd" }, true],
    ["not like", { StringNotLike: { "aws:x": "a*" } }, { "aws:x": "abc" }, false],
    ["a boolean", { Bool: { "aws:SecureTransport": "false" } }, { "aws:SecureTransport": "false" }, true],
    ["a missing boolean", { Bool: { "aws:SecureTransport": "false" } }, {}, false],
    ["a missing boolean, if it exists", { BoolIfExists: { "aws:SecureTransport": "false" } }, {}, true],
    ["a key that must be missing and is", { Null: { "aws:x": "true" } }, {}, true],
    ["a key that must be missing and is not", { Null: { "aws:x": "true" } }, { "aws:x": "a" }, false],
    ["a key that must be there and is", { Null: { "aws:x": "false" } }, { "aws:x": "a" }, true],
    ["a key that must be there and is not", { Null: { "aws:x": "false" } }, {}, false],
    ["a smaller number", { NumericLessThan: { "s3:TlsVersion": "1.2" } }, { "s3:TlsVersion": "1.1" }, true],
    [
      "an equal number is not smaller",
      { NumericLessThan: { "s3:TlsVersion": "1.2" } },
      { "s3:TlsVersion": "1.2" },
      false,
    ],
    ["a missing number", { NumericLessThan: { "s3:TlsVersion": "1.2" } }, {}, false],
    ["equal numbers", { NumericEquals: { "aws:n": "2" } }, { "aws:n": "2.0" }, true],
    ["at most", { NumericLessThanEquals: { "aws:n": "2" } }, { "aws:n": "2" }, true],
    ["more than", { NumericGreaterThan: { "aws:n": "2" } }, { "aws:n": "3" }, true],
    ["at least", { NumericGreaterThanEquals: { "aws:n": "2" } }, { "aws:n": "1" }, false],
    ["another number", { NumericNotEquals: { "aws:n": "2" } }, { "aws:n": "2" }, false],
    ["an ARN", { ArnEquals: { "aws:SourceArn": "arn:aws:s3:::b" } }, { "aws:SourceArn": "arn:aws:s3:::b" }, true],
    [
      "an ARN with a wildcard in its last part",
      { ArnLike: { "aws:SourceArn": "arn:aws:logs:r:1:log-group:*" } },
      { "aws:SourceArn": "arn:aws:logs:r:1:log-group:/a:b" },
      true,
    ],
    [
      "an ARN whose wildcard would have to reach over a colon",
      { ArnLike: { "aws:SourceArn": "arn:aws:s*:1:x" } },
      { "aws:SourceArn": "arn:aws:sqs:r:1:x" },
      false,
    ],
    [
      "another ARN",
      { ArnNotLike: { "aws:SourceArn": "arn:aws:s3:::a*" } },
      { "aws:SourceArn": "arn:aws:s3:::b" },
      true,
    ],
    ["no ARN", { ArnNotEquals: { "aws:SourceArn": "arn:aws:s3:::a" } }, {}, true],
    ["any of many", { "ForAnyValue:StringEquals": { "aws:TagKeys": "a" } }, { "aws:TagKeys": ["b", "a"] }, true],
    ["any of none", { "ForAnyValue:StringEquals": { "aws:TagKeys": "a" } }, {}, false],
    ["all of many", { "ForAllValues:StringEquals": { "aws:TagKeys": "a" } }, { "aws:TagKeys": ["b", "a"] }, false],
    ["all of none", { "ForAllValues:StringEquals": { "aws:TagKeys": "a" } }, {}, true],
    ["two keys, of which one is wrong", { StringEquals: { "aws:x": "a", "aws:y": "b" } }, { "aws:x": "a" }, false],
    [
      "two operators, of which one fails",
      { StringEquals: { "aws:x": "a" }, Null: { "aws:y": "false" } },
      { "aws:x": "a" },
      false,
    ],
  ])("on %s", (_, condition, context, expected) => {
    expect(holds(condition, context)).toBe(expected);
  });

  test("knows who calls", () => {
    expect(holds({ StringEquals: { "aws:PrincipalAccount": "111111111111" } })).toBe(true);
    expect(holds({ ArnEquals: { "aws:PrincipalArn": ROLE } })).toBe(true);
    expect(holds({ Bool: { "aws:PrincipalIsAWSService": "true" } })).toBe(false);
  });
});

describe("what it does not understand, it refuses to judge:", () => {
  test.each<[string, Partial<Statement>, RegExp]>([
    ["an operator", { Condition: { DateLessThan: { "aws:x": "2020" } } }, /unknown condition operator DateLessThan/],
    ["a misspelt operator", { Condition: { StringEqual: { "aws:x": "a" } } }, /unknown condition operator StringEqual/],
    ["an effect", { Effect: "Permit" }, /unknown effect/],
    ["a policy variable", { Resource: "arn:aws:s3:::bucket/${aws:username}" }, /policy variables/],
    ["a variable in a condition", { Condition: { StringLike: { "aws:x": "${aws:y}" } } }, /policy variables/],
    ["a wildcard inside a principal", { Principal: { AWS: "arn:aws:iam::111111111111:role/*" } }, /wildcards/],
    ["a kind of principal", { Principal: { CanonicalUser: "x" } }, /unknown kind of principal/],
    ["a statement without action", { Action: undefined }, /needs Action/],
    ["a statement without resource", { Resource: undefined }, /0 resource elements/],
    ["a statement without principal", { Principal: undefined }, /wrong principal/],
    ["an element", { NotPrincipal: "*" } as Partial<Statement>, /unknown element NotPrincipal/],
  ])("%s", (_, statement, message) => {
    expect(() => decide(policy({ Principal: "*", ...statement }), "resource", request())).toThrow(message);
  });

  test("but for tags of sessions, which stand for what they say, and without which nothing is allowed", () => {
    const own = policy({ Principal: "*", Resource: "arn:aws:s3:::bucket/${aws:PrincipalTag/level}/*" });
    const ask = (resource: string, tags: Record<string, string> = {}) =>
      decide(own, "resource", { ...request(), resource: `arn:aws:s3:::bucket/${resource}`, context: tags });
    expect(ask("low/a", { "aws:PrincipalTag/level": "low" })).toBe("allow");
    expect(ask("high/a", { "aws:PrincipalTag/level": "low" })).toBe("none");
    expect(ask("low/a")).toBe("none");
    expect(() => ask("low/a", { "aws:PrincipalTag/level": "*" })).toThrow("has wildcards");
  });

  test("a key with many values under an operator for one", () => {
    const judge = () =>
      decide(
        policy({ Condition: { StringEquals: { "aws:x": "a" } } }),
        "identity",
        request({ context: { "aws:x": ["a"] } }),
      );
    expect(judge).toThrow(/ForAnyValue or ForAllValues/);
  });

  test("a number that is none", () => {
    const judge = () =>
      decide(
        policy({ Condition: { NumericEquals: { "aws:x": "a" } } }),
        "identity",
        request({ context: { "aws:x": "1" } }),
      );
    expect(judge).toThrow(/no number/);
  });

  test("a policy of another version, or a principal in an identity policy", () => {
    expect(() => parsePolicy('{"Version":"2008-10-17","Statement":[]}', "resource")).toThrow(/version/);
    expect(() => parsePolicy(JSON.stringify(open), "identity")).toThrow(/wrong principal/);
    expect(parsePolicy(JSON.stringify(open), "resource")).toEqual(open);
  });
});

describe("all policies together", () => {
  const owner = "111111111111";
  const denied = policy({ Principal: "*", Effect: "Deny" });

  test("in one account, either side allows", () => {
    expect(isAllowed(request(), { owner, identity: [policy({})] })).toBe(true);
    expect(isAllowed(request(), { owner, resource: policy({ Principal: { AWS: ROLE } }) })).toBe(true);
    expect(isAllowed(request(), { owner, resource: policy({ Principal: { AWS: ROOT } }) })).toBe(false);
    expect(isAllowed(request(), { owner })).toBe(false);
  });

  test("between accounts, both sides have to allow", () => {
    const stranger = request({ caller: { arn: FOREIGN } });
    expect(isAllowed(stranger, { owner, identity: [policy({})] })).toBe(false);
    expect(isAllowed(stranger, { owner, resource: open })).toBe(false);
    expect(isAllowed(stranger, { owner, identity: [policy({})], resource: open })).toBe(true);
  });

  test("a boundary limits what identity and resource policies give", () => {
    const boundary = policy({ Action: "s3:PutObject" });
    expect(isAllowed(request(), { owner, identity: [policy({})], boundary })).toBe(false);
    expect(isAllowed(request(), { owner, resource: policy({ Principal: { AWS: ROLE } }), boundary })).toBe(false);
    expect(isAllowed(request(), { owner, boundary: policy({}) })).toBe(false);
  });

  test("a deny anywhere wins", () => {
    const deny = policy({ Effect: "Deny" });
    expect(isAllowed(request(), { owner, identity: [policy({}), deny] })).toBe(false);
    expect(isAllowed(request(), { owner, identity: [policy({})], boundary: deny })).toBe(false);
    expect(isAllowed(request(), { owner, identity: [policy({})], resource: denied })).toBe(false);
    expect(isAllowed(request(), { owner, identity: [policy({})], endpoint: denied })).toBe(false);
  });

  test("an endpoint has to let the request pass", () => {
    expect(isAllowed(request(), { owner, identity: [policy({})], endpoint: open })).toBe(true);
    expect(
      isAllowed(request(), { owner, identity: [policy({})], endpoint: policy({ Principal: "*", Action: "s3:Put*" }) }),
    ).toBe(false);
  });

  test("a key is open to nobody whom its own policy does not name", () => {
    const decrypt = request({ action: "kms:Decrypt", resource: "arn:aws:kms:r:111111111111:key/1" });
    const identity = [policy({ Action: "kms:*" })];
    const keyPolicy = (principal: string) => policy({ Action: "kms:Decrypt", Principal: { AWS: principal } });
    expect(isAllowed(decrypt, { owner, identity })).toBe(false);
    expect(isAllowed(decrypt, { owner, identity, resource: keyPolicy(ROOT) })).toBe(true);
    expect(isAllowed(decrypt, { owner, resource: keyPolicy(ROOT) })).toBe(false);
    expect(isAllowed(decrypt, { owner, resource: keyPolicy(ROLE) })).toBe(true);
  });

  test("a role is assumed by those whom it trusts", () => {
    const assume = request({ action: "sts:AssumeRole", resource: ROLE });
    const trust = (principal: string): Policy => ({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole" }],
    });
    expect(isAllowed(assume, { owner, trust: trust(ROLE) })).toBe(true);
    expect(isAllowed(assume, { owner, identity: [policy({ Action: "sts:*" })], trust: trust(FOREIGN) })).toBe(false);
  });

  test("services and strangers need the resource's own word", () => {
    const anonymous = request({ caller: "anonymous" });
    expect(isAllowed(anonymous, { owner, identity: [policy({})] })).toBe(false);
    expect(isAllowed(anonymous, { owner, resource: open })).toBe(true);
  });

  test("more denials never allow more", () => {
    const statement = fc.record({
      Effect: fc.constantFrom("Allow", "Deny"),
      Action: fc.constantFrom("s3:*", "s3:GetObject", "s3:PutObject"),
      Resource: fc.constantFrom("*", OBJECT, "arn:aws:s3:::other/*"),
    });
    fc.assert(
      fc.property(fc.array(statement), statement, (statements, added) => {
        const [before, after] = [statements, [...statements, { ...added, Effect: "Deny" }]].map((all) =>
          isAllowed(request(), { owner, identity: [policy(...all)] }),
        );
        return before === true || after === false;
      }),
    );
  });
});
