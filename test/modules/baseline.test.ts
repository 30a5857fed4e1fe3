import { AccountBaseline } from "../../modules/baseline/account-baseline";
import { PLACE, synthModule } from "../support/module";

const stack = synthModule((scope) => {
  new AccountBaseline(scope, "baseline", { accountId: PLACE.accountId });
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

  test("encrypts every disk", () => {
    expect(stack.only("aws_ebs_encryption_by_default").block.enabled).toBe(true);
  });

  test("asks for long passwords of many kinds of characters, and for new ones", () => {
    const policy = stack.only("aws_iam_account_password_policy").block;
    expect(Number(policy.minimum_password_length)).toBeGreaterThanOrEqual(14);
    expect(policy.password_reuse_prevention).toBe(24);
    for (const kind of ["lowercase_characters", "uppercase_characters", "numbers", "symbols"]) {
      expect([kind, policy[`require_${kind}`]]).toEqual([kind, true]);
    }
  });
});
