import { synthesisOf } from "../support/synthesis";
import { CHECKS } from "./checks";
import { secretsAreElsewhere } from "./checks/entry";
import { dataIsProtected } from "./checks/storage";
import { ANY_ACTION, ANY_RESOURCE } from "./checks/wildcards";
import { lakeOf } from "./lake-of";
import { networkOfSources, sources } from "./sources";

const aws = synthesisOf("aws");
const local = synthesisOf("local");

describe.each([
  ["on AWS", aws],
  ["on the local AWS", local],
])("in every stack %s", (_, synthesis) => {
  // The credentials of the local AWS are written down: they open nothing elsewhere.
  const checks = [...CHECKS.values()].filter((check) => synthesis === aws || check !== secretsAreElsewhere);

  test.each(checks.map((check) => [check.name, check] as const))("%s", (_name, check) => {
    expect([...synthesis.stacks.values()].flatMap((stack) => check.find(stack))).toEqual([]);
  });
});

test("data can be deleted on the local AWS when its account is named", () => {
  const removable = synthesisOf("removable");
  for (const name of removable.stacks.keys()) {
    const stack = removable.stack(name);
    const holding = stack
      .resources()
      .filter(({ type }) => ["aws_s3_bucket", "aws_kms_key", "aws_dynamodb_table"].includes(type));
    const open = new Set(dataIsProtected.find(stack).map((text) => text.split(":")[0]));
    expect([...open].sort()).toEqual(holding.map(({ address }) => address).sort());
  }
});

test("wildcards are used where the list says so, and nowhere does the list say it in vain", () => {
  // The account's own database, which the repository's source reads, is not there by default.
  const stacks = [...aws.stacks.values(), lakeOf({ network: networkOfSources }, { sources })];
  const sids = new Set(
    stacks.flatMap((stack) => stack.policies().flatMap(({ policy }) => policy.Statement.map(({ Sid }) => Sid))),
  );
  expect(Object.keys({ ...ANY_RESOURCE, ...ANY_ACTION }).filter((sid) => !sids.has(sid))).toEqual([]);
});
