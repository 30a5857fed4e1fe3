import { prefixLength, subnet } from "./cidr";

/** Kinds of subnets in the order of their addresses; each has its place reserved, used or not. */
const TIERS = ["public", "private", "data"] as const;

export type Tier = (typeof TIERS)[number];

export interface SubnetPlace {
  readonly tier: Tier;
  /** Letter of the availability zone. */
  readonly zone: string;
  readonly cidr: string;
}

/** Number of bits by which the VPC is cut into subnets: sixteen, five for each tier, and one for what nobody thought of. */
const SUBNET_BITS = 4;
const SUBNETS_PER_TIER = 5;

/** AWS keeps the first four addresses of each subnet and the last. */
const KEPT_BY_AWS = 5;

/** Bits after the slash of the subnets of a VPC. */
export function subnetLength(cidr: string): number {
  return prefixLength(cidr) + SUBNET_BITS;
}

/** Addresses of a subnet that can be used. */
export function usableAddresses(length: number): number {
  return 2 ** (32 - length) - KEPT_BY_AWS;
}

/**
 * Where the subnets of a VPC lie. A subnet keeps its addresses when tiers come or go and when zones are added at the end,
 * since none can change them while something runs there.
 */
export function subnetPlaces(cidr: string, zones: readonly string[], tiers: ReadonlySet<Tier>): SubnetPlace[] {
  return TIERS.flatMap((tier, row) =>
    tiers.has(tier)
      ? zones.map((zone, column) => ({
          tier,
          zone,
          cidr: subnet(cidr, subnetLength(cidr), row * SUBNETS_PER_TIER + column),
        }))
      : [],
  );
}
