import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import type { Construct } from "constructs";

export type TierName = "public" | "private" | "data";

/** Where a subnet lies. */
export interface SubnetPlace {
  readonly tier: TierName;
  readonly availabilityZone: string;
  readonly cidr: string;
}

export interface TierSubnet {
  /** Tier and zone, e.g. `private-a`. */
  readonly name: string;
  readonly availabilityZone: string;
  readonly cidr: string;
  readonly subnetId: string;
  readonly routeTableId: string;
}

/**
 * The subnets of one tier, each with a route table of its own, so that zones can be routed apart. They are children of the
 * network itself: none of them has to move when a tier comes or goes.
 */
export class Tier {
  readonly subnets: readonly TierSubnet[];

  constructor(
    scope: Construct,
    readonly name: TierName,
    { vpcId, prefix, places }: { vpcId: string; prefix: string; places: readonly SubnetPlace[] },
  ) {
    this.subnets = places
      .filter(({ tier }) => tier === name)
      .map(({ availabilityZone, cidr }) => {
        const id = `${name}-${availabilityZone.slice(-1)}`;
        const tags = { Name: `${prefix}-${id}` };
        const subnet = new Subnet(scope, id, {
          vpcId,
          cidrBlock: cidr,
          availabilityZone,
          // In public subnets too: NAT gateways bring their own address, and nothing else shall have one by accident.
          mapPublicIpOnLaunch: false,
          tags,
        });
        const routes = new RouteTable(scope, `routes-${id}`, { vpcId, tags });
        new RouteTableAssociation(scope, `association-${id}`, { subnetId: subnet.id, routeTableId: routes.id });
        return { name: id, availabilityZone, cidr, subnetId: subnet.id, routeTableId: routes.id };
      });
  }

  get exists(): boolean {
    return this.subnets.length > 0;
  }

  get cidrs(): string[] {
    return this.subnets.map(({ cidr }) => cidr);
  }

  get subnetIds(): string[] {
    return this.subnets.map(({ subnetId }) => subnetId);
  }

  get routeTableIds(): string[] {
    return this.subnets.map(({ routeTableId }) => routeTableId);
  }
}
