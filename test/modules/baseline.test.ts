import { AccountBaseline, type Contact } from "../../modules/baseline/account-baseline";
import { OWNER_PARAMETER } from "../../modules/baseline/baseline-owner";
import { PLACE, synthModule } from "../support/module";

function contact(name: string): Contact {
  return { name, title: "Team", email: `${name}@example.com`, phone: "+44 20 7946 0000" };
}

const stack = synthModule((scope) => {
  new AccountBaseline(scope, "baseline", {
    accountId: PLACE.accountId,
    owner: "the-project",
    contacts: { security: contact("security"), operations: contact("operations"), billing: contact("billing") },
  });
});

describe("every account", () => {
  test("lets no bucket become public", () => {
    expect(stack.only("aws_s3_account_public_access_block").block).toMatchObject({
      account_id: PLACE.accountId,
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
  });

  test("encrypts every disk, and shares no snapshot", () => {
    expect(stack.only("aws_ebs_encryption_by_default").block.enabled).toBe(true);
    expect(stack.only("aws_ebs_snapshot_block_public_access").block.state).toBe("block-all-sharing");
  });

  test("gives credentials of machines to none but those who ask the machine itself", () => {
    expect(stack.only("aws_ec2_instance_metadata_defaults").block).toMatchObject({
      http_tokens: "required",
      http_put_response_hop_limit: 1,
    });
  });

  test("lets nothing from the internet into clusters and networks, the default network included", () => {
    const clusters = stack.only("aws_emr_block_public_access_configuration").block;
    expect(clusters.block_public_security_group_rules).toBe(true);
    expect(clusters.permitted_public_security_group_rule_range).toBeUndefined();
    expect(stack.only("aws_vpc_block_public_access_options").block.internet_gateway_block_mode).toBe("block-ingress");
    expect(stack.resources("aws_default_vpc")).toEqual([]);
  });

  test("says whom AWS is to tell of what", () => {
    const contacts = stack.resources("aws_account_alternate_contact").map(({ block }) => block);
    expect(contacts.map((block) => [block.alternate_contact_type, block.email_address])).toEqual([
      ["BILLING", "billing@example.com"],
      ["OPERATIONS", "operations@example.com"],
      ["SECURITY", "security@example.com"],
    ]);
  });

  test("has one owner: all settings wait for a mark that cannot be taken twice", () => {
    const marker = stack.only("aws_ssm_parameter");
    expect(marker.block).toMatchObject({ name: OWNER_PARAMETER, value: "the-project", overwrite: false });
    expect(OWNER_PARAMETER).not.toContain("project");
    for (const { address, block } of stack.resources()) {
      if (address !== marker.address) expect([address, block.depends_on]).toEqual([address, [marker.address]]);
    }
  });

  test("asks for long passwords of many kinds of characters, and for new ones", () => {
    const policy = stack.only("aws_iam_account_password_policy").block;
    expect(Number(policy.minimum_password_length)).toBeGreaterThanOrEqual(14);
    expect(policy.password_reuse_prevention).toBe(24);
    expect(policy.max_password_age).toBe(90);
    for (const kind of ["lowercase_characters", "uppercase_characters", "numbers", "symbols"]) {
      expect([kind, policy[`require_${kind}`]]).toEqual([kind, true]);
    }
  });
});
