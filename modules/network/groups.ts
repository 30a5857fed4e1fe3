import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import type { Construct } from "constructs";
import { acceptFinding } from "../policies/accepted-finding";

/** A TCP port, all TCP ports, or every protocol. */
export type Ports = number | "tcp" | "all";

/** A security group that is known by its name in the network, e.g. `functions`. */
export interface Group {
  readonly name: string;
  readonly id: string;
}

export interface GroupOptions {
  /** A service that adds rules of its own, which would keep the group from being deleted. @default nobody */
  readonly sharedWith?: "emr";
  /** Why a scanner sees nothing that is a member of the group. @default it does */
  readonly membersUnseen?: string;
}

const HTTPS = 443;

function protocolOf(ports: Ports) {
  if (ports === "all") return { ipProtocol: "-1" };
  return ports === "tcp"
    ? { ipProtocol: "tcp", fromPort: 0, toPort: 65535 }
    : { ipProtocol: "tcp", fromPort: ports, toPort: ports };
}

/** HTTPS is what most rules are about and is not said in their ids. */
const suffix = (ports: Ports) => (ports === HTTPS ? "" : `-${ports}`);

/**
 * Security groups and the ways between them. Every rule names another group or a prefix list, none an address, and rules are
 * resources of their own: what EMR adds by itself to its groups is left alone.
 */
export class Groups {
  constructor(
    private readonly scope: Construct,
    private readonly vpcId: string,
    private readonly prefix: string,
  ) {}

  add(name: string, description: string, { sharedWith, membersUnseen }: GroupOptions = {}): Group {
    const group = new SecurityGroup(this.scope, `${name}-group`, {
      vpcId: this.vpcId,
      name: `${this.prefix}-${name}`,
      description,
      revokeRulesOnDelete: sharedWith === undefined ? undefined : true,
      tags: { Name: `${this.prefix}-${name}` },
    });
    if (membersUnseen !== undefined) acceptFinding(group, "CKV2_AWS_5", membersUnseen);
    return { name, id: group.id };
  }

  /** Opens a way from one group to another: out of the one and into the other. */
  connect(from: Group, to: Group, ports: Ports): void {
    new VpcSecurityGroupEgressRule(this.scope, `${from.name}-to-${to.name}${suffix(ports)}`, {
      securityGroupId: from.id,
      description: `To ${to.name}`,
      referencedSecurityGroupId: to.id,
      ...protocolOf(ports),
    });
    new VpcSecurityGroupIngressRule(this.scope, `${to.name}-from-${from.name}${suffix(ports)}`, {
      securityGroupId: to.id,
      description: `From ${from.name}`,
      referencedSecurityGroupId: from.id,
      ...protocolOf(ports),
    });
  }

  /** Opens a way to the addresses of a prefix list, e.g. of S3. */
  connectList(from: Group, list: string, prefixListId: string, ports: Ports): void {
    new VpcSecurityGroupEgressRule(this.scope, `${from.name}-to-${list}${suffix(ports)}`, {
      securityGroupId: from.id,
      description: `To ${list}`,
      prefixListId,
      ...protocolOf(ports),
    });
  }
}
