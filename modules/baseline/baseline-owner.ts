import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { Construct } from "constructs";
import { acceptFinding } from "../policies/accepted-finding";

export interface BaselineOwnerProps {
  /** Who owns the account's settings, e.g. the name of the project. */
  readonly owner: string;
}

/** One name for whoever comes: it says nothing of the project, so that two projects meet. */
export const OWNER_PARAMETER = "/account-baseline/owner";

/**
 * Marks an account whose settings somebody owns. AWS keeps one of each setting, and two projects would overwrite each
 * other's on every deployment without a word. Making the marker fails where there is one, before any setting is touched.
 */
export class BaselineOwner extends Construct {
  readonly marker: SsmParameter;

  constructor(scope: Construct, id: string, props: BaselineOwnerProps) {
    super(scope, id);
    this.marker = new SsmParameter(this, "marker", {
      name: OWNER_PARAMETER,
      description: "The project that owns the settings of this account. Another one must leave them alone.",
      type: "String",
      value: props.owner,
      overwrite: false,
    });
    acceptFinding(
      this.marker,
      "CKV2_AWS_34",
      "it is the name of a project, for other projects to read: no secret, and no key of ours would open to them",
    );
  }
}
