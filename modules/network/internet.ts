import { Ec2ManagedPrefixList } from "@cdktf/provider-aws/lib/ec2-managed-prefix-list";
import { Eip } from "@cdktf/provider-aws/lib/eip";
import { InternetGateway } from "@cdktf/provider-aws/lib/internet-gateway";
import { NatGateway } from "@cdktf/provider-aws/lib/nat-gateway";
import { Route } from "@cdktf/provider-aws/lib/route";
import type { Construct } from "constructs";
import type { Group, Groups } from "./groups";
import type { Tier } from "./tier";

/** One gateway for all private subnets, or one in the zone of each: dearer, and a failing zone takes no other with it. */
export type Nat = "none" | "one" | "per-zone";

export interface InternetProps {
  readonly vpcId: string;
  readonly prefix: string;
  readonly publicTier: Tier;
  readonly privateTier: Tier;
  readonly nat: Nat;
}

const ANYWHERE = "0.0.0.0/0";

/** The way to the internet: public subnets have one, private ones only through NAT, data subnets never. */
export function addInternet(scope: Construct, { vpcId, prefix, publicTier, privateTier, nat }: InternetProps): void {
  const gateway = new InternetGateway(scope, "internet-gateway", { vpcId, tags: { Name: prefix } });
  for (const { name, routeTableId } of publicTier.subnets) {
    new Route(scope, `internet-${name}`, { routeTableId, destinationCidrBlock: ANYWHERE, gatewayId: gateway.id });
  }
  if (nat === "none") return;
  const gateways = publicTier.subnets.slice(0, nat === "one" ? 1 : undefined).map(({ name, subnetId }) => {
    const tags = { Name: `${prefix}-${name}` };
    const address = new Eip(scope, `nat-address-${name}`, { domain: "vpc", tags, dependsOn: [gateway] });
    return new NatGateway(scope, `nat-${name}`, { subnetId, allocationId: address.id, tags, dependsOn: [gateway] });
  });
  for (const [index, { name, routeTableId }] of privateTier.subnets.entries()) {
    const natGatewayId = (gateways[index] ?? gateways[0])?.id;
    new Route(scope, `internet-${name}`, { routeTableId, destinationCidrBlock: ANYWHERE, natGatewayId });
  }
}

const HTTPS = 443;

/** Lets groups call ranges of the internet: a way there is of no use to who may not go out. */
export function connectInternet(
  scope: Construct,
  groups: Groups,
  callers: readonly Group[],
  { targets, prefix }: { readonly targets: readonly string[]; readonly prefix: string },
): void {
  const list = new Ec2ManagedPrefixList(scope, "internet-targets", {
    name: `${prefix}-internet`,
    addressFamily: "IPv4",
    maxEntries: targets.length,
    entry: targets.map((cidr) => ({ cidr })),
    tags: { Name: `${prefix}-internet` },
  });
  for (const caller of callers) groups.connectList(caller, "internet", list.id, HTTPS);
}
