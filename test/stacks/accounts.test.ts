import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadAccounts } from "../../accounts/model/load";
import type { Stack } from "../support/stack";
import {
  copySources,
  readSynthesis,
  SYNTHESES,
  SYNTHESIS_TIMEOUT_MS,
  type Synthesis,
  shareBuilds,
  synthesize,
  testFolder,
} from "../support/synthesis";

/** An account like the first lake, in a file beside its own. */
const [base] = loadAccounts().lakes;
const NAME = "dev";
const ID = "444455556666";
const CIDR = "10.99.0.0/16";

let before: Synthesis;
let after: Synthesis;

beforeAll(async () => {
  const [without, withDev] = [join(testFolder(), "without-dev"), join(testFolder(), "with-dev")];
  copySources(without);
  copySources(withDev, new Set(), without);
  writeFileSync(
    join(withDev, "accounts", `${NAME}.ts`),
    `import base from "./${base?.name}";\nexport default { ...base, id: "${ID}", network: { ...base.network, cidr: "${CIDR}" } };\n`,
  );
  const synthesized = [without, withDev].map(async (folder) => {
    shareBuilds(folder);
    await synthesize(folder, join(folder, "out"), SYNTHESES.aws);
    return readSynthesis(join(folder, "out"));
  });
  [before, after] = (await Promise.all(synthesized)) as [Synthesis, Synthesis];
}, SYNTHESIS_TIMEOUT_MS);

/** The stack without the new account in the lists of accounts that may meet in the network. */
function withoutDev(stack: Stack): unknown {
  const text = JSON.stringify(stack.json);
  return JSON.parse(
    text.replaceAll(/\[(?:\\"\d{12}\\",?)+\]/g, (list) => list.replace(`\\"${ID}\\",`, "").replace(`,\\"${ID}\\"`, "")),
  );
}

const addresses = (stack: Stack) => stack.resources().map(({ address }) => address);

describe("one more account file gives one more lake", () => {
  test("with a stack of its own, after the security account", () => {
    expect([...after.stacks.keys()].sort()).toEqual([...before.stacks.keys(), NAME].sort());
    expect(after.dependencies[NAME]).toEqual(after.dependencies[base?.name ?? ""]);
  });

  test("that is the other lake under another name, with other ids and another network", () => {
    const lake = base?.name ?? "";
    const [first, second] = base && base.network !== false ? base.network.cidr.split(".") : [];
    const asLake = JSON.stringify(withoutDev(after.stack(NAME)))
      .replaceAll(ID, base?.id ?? "")
      .replaceAll("10.99.", `${first}.${second}.`)
      .replaceAll(new RegExp(`\\b${NAME}\\b`, "g"), lake)
      .replaceAll(
        /(?<=[a-z])Dev(?=[A-Z\\])/g,
        lake.replace(/^./, (letter) => letter.toUpperCase()),
      );
    expect(JSON.parse(asLake)).toEqual(JSON.parse(JSON.stringify(withoutDev(after.stack(lake)))));
  });

  test("and changes of the other lakes nothing but the list of accounts that may meet in the network", () => {
    for (const { name } of loadAccounts().lakes) {
      expect(withoutDev(after.stack(name))).toEqual(before.stack(name).json);
    }
  });

  test("and adds its trail, its logs and its deployers to the audit records", () => {
    const { name } = loadAccounts().security;
    const known = addresses(before.stack(name));
    const members = addresses(after.stack(name)).filter((address) => !known.includes(address));
    expect(members.map((address) => address.split(".")[0]).sort()).toEqual([
      "aws_guardduty_member",
      "aws_macie2_member",
      "aws_securityhub_member",
    ]);
    expect(addresses(after.stack(name))).toEqual(expect.arrayContaining(known));
    const changed = after
      .stack(name)
      .resources()
      .filter(
        ({ type, name: id, block, address }) =>
          !members.includes(address) &&
          JSON.stringify(block) !== JSON.stringify(before.stack(name).json.resource?.[type]?.[id]),
      );
    expect(changed.map(({ address }) => address.replace(/_[0-9A-F]{8}$/, "")).sort()).toEqual([
      "aws_config_configuration_aggregator.config_accounts",
      "aws_glue_catalog_table.queries_table-access",
      "aws_glue_catalog_table.queries_table-flows",
      "aws_glue_catalog_table.queries_table-trail",
      "aws_kms_key.audit_key",
      "aws_kms_key.records-key",
      "aws_s3_bucket_policy.access-records_store_policy",
      "aws_s3_bucket_policy.audit_store_policy",
      "aws_s3_bucket_policy.config-records_store_policy",
      "aws_s3_bucket_policy.discovery-records_store_policy",
      "aws_s3_bucket_policy.flow-records_store_policy",
    ]);
    for (const { block } of changed) expect(JSON.stringify(block)).toContain(ID);
  });

  test("and prepares it in bootstrap without touching what is there", () => {
    const [old, extended] = [before.stack("bootstrap"), after.stack("bootstrap")];
    expect(addresses(extended)).toEqual(expect.arrayContaining(addresses(old)));
    for (const { type, name, block } of old.resources()) expect(extended.json.resource?.[type]?.[name]).toEqual(block);
    const added = addresses(extended).filter((address) => !addresses(old).includes(address));
    expect(added.length).toBe(addresses(old).filter((address) => address.includes(`.${base?.name}_`)).length);
    expect(added.every((address) => address.includes(`.${NAME}_`))).toBe(true);
  });
});
