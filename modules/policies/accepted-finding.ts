import type { TerraformElement } from "cdktf";

/**
 * Says why what a scanner finds on a resource is no fault. It is written into the resource's comment in the synthesized
 * JSON, from where the scan takes it; one that answers no finding fails the scan. See docs/security-checks.md.
 * @param rule id of the scanner's rule, e.g. `CKV_AWS_144`
 */
export function acceptFinding(resource: TerraformElement, rule: string, reason: string): void {
  resource.addOverride(`//.acceptedFindings.${rule}`, reason);
}
