import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { acceptFinding } from "../policies/accepted-finding";
import type { Statement } from "../policies/statement";

/** Accepts that a role trusts an account, and not principals by their names, if it does. */
export function acceptAccountTrust(role: IamRole, trust: readonly Statement[]): void {
  if (!trust.some(trustsAccount)) return;
  acceptFinding(
    role,
    "CKV_AWS_61",
    "the account trusts its own people by their policies, under a condition that each of them has to fulfil",
  );
}

function trustsAccount({ Effect, Principal }: Statement): boolean {
  const principals = typeof Principal === "object" ? [Principal.AWS ?? []].flat() : [];
  return Effect === "Allow" && principals.some((arn) => /^(\d{12}$|arn:[\w-]+:iam::\d{12}:root$)/.test(arn));
}
