import type { Construct } from "constructs";
import { hasLayer } from "../accounts/model/layers";
import type { Names } from "../accounts/model/naming";
import type { LakeAccount } from "../accounts/model/schema";
import { sandboxPart } from "../contracts/sandbox";
import { Sandbox, type SandboxProps } from "../modules/identity/sandbox";

/** Sandboxes of those who ask the lake, where there is something to ask. */
export function addSandbox(
  scope: Construct,
  names: Names,
  account: LakeAccount,
  shared: Pick<SandboxProps, "accessLogBucket" | "alarms" | "removable">,
): Sandbox | undefined {
  if (!hasLayer(account, "refine")) return undefined;
  return new Sandbox(scope, sandboxPart, {
    ...shared,
    ...account.personas.sandbox,
    place: names,
    bucketName: names.bucket(sandboxPart),
    keyAlias: names.of(sandboxPart),
    alarmName: names.of(`${sandboxPart}-size`),
  });
}
