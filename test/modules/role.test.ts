import { Deployer } from "../../modules/identity/deployer";
import {
  addStatement,
  denyPlainHttp,
  policyJson,
  type Statement,
  trustPrincipals,
  trustService,
} from "../../modules/policies/statement";
import { PLACE, synthModule } from "../support/module";
import { BOUNDARY, roleIn } from "./fixtures";

describe("a role", () => {
  test("has one policy that grows by what it is granted", () => {
    const stack = synthModule((scope) => {
      const role = roleIn(scope, "loader");
      role.allow({ Sid: "Read", Action: "s3:GetObject", Resource: "arn:aws:s3:::a/*" });
      role.deny({ Sid: "Never", Action: "s3:DeleteObject", Resource: "*" });
    });
    expect(stack.policyOf(stack.only("aws_iam_role_policy")).Statement).toEqual([
      { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::a/*" },
      { Sid: "Never", Effect: "Deny", Action: "s3:DeleteObject", Resource: "*" },
    ]);
    expect(stack.only("aws_iam_role").block).toMatchObject({
      permissions_boundary: BOUNDARY,
      max_session_duration: 3600,
    });
  });

  test("that is granted nothing is a mistake", () => {
    expect(() => synthModule((scope) => void roleIn(scope, "idle"))).toThrow("idle is granted nothing");
  });
});

test("a deployer with more parts of rights than AWS attaches is a mistake, and parts without rights are none", () => {
  const grant = { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::a/*" } as const;
  const withParts = (count: number) =>
    synthModule((scope) => {
      const parts = Array.from({ length: count }, (_, index): [string, Statement[]] => [`part${index}`, [grant]]);
      new Deployer(scope, "deployer", {
        name: "lake-prod-deploy",
        description: "Applies",
        trust: [trustService("lambda.amazonaws.com", PLACE.accountId)],
        boundaryArn: BOUNDARY,
        rights: new Map([...parts, ["empty", []]]),
      });
    });
  const stack = withParts(10);
  expect(stack.attachedTo(stack.only("aws_iam_role"))).toHaveLength(10);
  expect(() => withParts(11)).toThrow("lake-prod-deploy has 11 policies, AWS takes 10");
});

describe("statements of one id", () => {
  const read: Statement = { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: "*" };

  test("take on each other's actions", () => {
    const statements = [read];
    addStatement(statements, { ...read, Action: ["s3:GetObjectVersion", "s3:GetObject"] });
    expect(statements).toEqual([{ ...read, Action: ["s3:GetObject", "s3:GetObjectVersion"] }]);
  });

  test.each<Partial<Statement>>([
    { Resource: "arn:aws:s3:::a" },
    { Effect: "Deny" },
    { Condition: { Bool: { "aws:SecureTransport": "true" } } },
    { Principal: "*" },
  ])("never hide a difference such as %j", (difference) => {
    expect(() => addStatement([read], { ...read, ...difference })).toThrow("two different statements are named Read");
  });
});

test("policies are plain JSON of the current version", () => {
  const statement = denyPlainHttp("s3:*", "arn:aws:s3:::a");
  expect(JSON.parse(policyJson([statement]))).toEqual({ Version: "2012-10-17", Statement: [statement] });
});

test("trust is given to services for one account, and to people for one external id", () => {
  expect(trustService("lambda.amazonaws.com", PLACE.accountId)).toMatchObject({
    Principal: { Service: "lambda.amazonaws.com" },
    Condition: { StringEquals: { "aws:SourceAccount": PLACE.accountId } },
  });
  expect(trustPrincipals(["arn:aws:iam::222222222222:root"], "external")).toMatchObject({
    Principal: { AWS: ["arn:aws:iam::222222222222:root"] },
    Condition: { StringEquals: { "sts:ExternalId": "external" } },
  });
});
