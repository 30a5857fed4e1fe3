import { loadAccounts } from "../../accounts/model/load";
import { Names } from "../../accounts/model/naming";
import { isAllowed, type Policy } from "../support/policy";
import type { Block, Stack } from "../support/stack";
import { synthesisOf } from "../support/synthesis";

const accounts = loadAccounts();
const { organization } = accounts;
const aws = synthesisOf("aws");
const backendOf = (stack: Stack) => (stack.json.terraform?.backend as Block | undefined)?.s3;
const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const accountNameOf = (arn: string) => accounts.all.find(({ id }) => arn.includes(`:${id}:`))?.name ?? "";
const providersOf = (stack: Stack) => stack.json.provider?.aws ?? [];

describe.each(accounts.all.map((account) => ({ account, name: account.name })))("the stack $name", ({ account }) => {
  const names = new Names(organization, account);
  const stack = aws.stack(account.name);

  test("keeps its state in its own account, locked, encrypted, reached by the deploy role", () => {
    expect(backendOf(stack)).toEqual({
      bucket: names.stateBucket,
      key: `${account.name}/terraform.tfstate`,
      region: account.region,
      encrypt: true,
      kms_key_id: `arn:aws:kms:${account.region}:${account.id}:alias/${names.prefix}-state`,
      use_lockfile: true,
      assume_role: {
        role_arn: `arn:aws:iam::${account.id}:role/${names.prefix}-deploy`,
        external_id: organization.externalId,
        session_name: `terraform-${account.name}`,
      },
    });
  });

  test("works in its own account alone, by the deploy role, and tags what it makes", () => {
    expect(providersOf(stack)).toEqual([
      {
        region: account.region,
        allowed_account_ids: [account.id],
        assume_role: [
          {
            role_arn: `arn:aws:iam::${account.id}:role/${names.prefix}-deploy`,
            external_id: organization.externalId,
            session_name: `terraform-${account.name}`,
          },
        ],
        default_tags: [
          {
            tags: {
              project: organization.project,
              environment: account.name,
              "managed-by": "terraform",
              ...organization.tags,
              ...account.tags,
            },
          },
        ],
      },
    ]);
  });
});

test.each(["bootstrap", ...accounts.all.map(({ name }) => name)])(
  "the role that applies the stack %s may use the key of the state that it writes",
  (name) => {
    const backend = backendOf(aws.stack(name)) as { kms_key_id: string; assume_role: { role_arn: string } };
    const bootstrap = aws.stack("bootstrap");
    const alias = bootstrap
      .resources("aws_kms_alias")
      .find(
        ({ block, name: id }) =>
          backend.kms_key_id.endsWith(`:${block.name}`) && id.startsWith(accountNameOf(backend.kms_key_id)),
      );
    const key = bootstrap
      .resources("aws_kms_key")
      .find(({ address }) => String(alias?.block.target_key_id).includes(`${address}.`));
    if (key === undefined) throw new Error(`no key behind ${backend.kms_key_id}`);
    const [, , , region = "", owner = ""] = backend.kms_key_id.split(":");
    for (const action of ["kms:GenerateDataKey", "kms:Decrypt"]) {
      const use = (via: string) =>
        isAllowed(
          {
            caller: { arn: backend.assume_role.role_arn },
            action,
            resource: `arn:aws:kms:${region}:${owner}:key/any`,
            context: { "kms:ViaService": `${via}.${region}.amazonaws.com` },
          },
          { owner, identity: [EVERYTHING], resource: bootstrap.policyOf(key) },
        );
      expect([use("s3"), use("sqs")]).toEqual([true, false]);
    }
  },
);

describe("the stack bootstrap", () => {
  const stack = aws.stack("bootstrap");

  test("keeps its state in the security account, reached by the organization's own way in", () => {
    const names = new Names(organization, accounts.security);
    expect(backendOf(stack)).toMatchObject({
      bucket: names.stateBucket,
      key: "bootstrap/terraform.tfstate",
      use_lockfile: true,
      encrypt: true,
      kms_key_id: names.arn("kms", names.stateKeyAlias),
      assume_role: { role_arn: names.roleArn(organization.adminRole) },
    });
  });

  test("enters each account, and no other, by the organization's own way in", () => {
    expect(providersOf(stack)).toEqual(
      accounts.all.map((account) =>
        expect.objectContaining({
          alias: account.name,
          region: account.region,
          allowed_account_ids: [account.id],
          assume_role: [
            expect.objectContaining({ role_arn: new Names(organization, account).roleArn(organization.adminRole) }),
          ],
        }),
      ),
    );
  });

  test("names the account for each resource", () => {
    for (const { address, block, name } of stack.resources()) {
      expect([address, block.provider]).toEqual([address, `aws.${name.split("_")[0]}`]);
    }
  });

  test("makes the state bucket, the boundary and the roles that the other stacks count on", () => {
    for (const account of accounts.all) {
      const names = new Names(organization, account);
      const of = (type: string, key: string) => stack.resources(type).map(({ block }) => block[key]);
      expect(of("aws_s3_bucket", "bucket")).toContain(names.stateBucket);
      expect(of("aws_kms_alias", "name")).toContain(names.stateKeyAlias);
      expect(of("aws_iam_policy", "name")).toContain(names.boundary);
      expect(of("aws_iam_role", "name")).toEqual(expect.arrayContaining([names.deployRole, names.planRole]));
    }
  });
});

test("stacks are deployed in the order in which they need each other, and on nothing more", () => {
  expect(Object.keys(aws.dependencies).sort()).toEqual(["bootstrap", ...accounts.all.map(({ name }) => name)].sort());
  expect(aws.dependencies).toMatchObject({
    bootstrap: [],
    [accounts.security.name]: [],
    ...Object.fromEntries(accounts.lakes.map(({ name }) => [name, [accounts.security.name]])),
  });
});

test("no stack reads the state of another", () => {
  for (const stack of aws.stacks.values())
    expect(Object.keys(stack.json.data ?? {})).not.toContain("terraform_remote_state");
});
