import { NetworkAcl } from "@cdktf/provider-aws/lib/network-acl";
import type { Construct } from "constructs";
import { acceptFinding } from "../policies/accepted-finding";
import type { Tier, TierName } from "./tier";

/**
 * Network ACLs: what may cross the edge of a subnet at all, whatever security groups say. They remember no connections, so
 * answers need rules of their own; they do not see traffic inside a subnet, nor DHCP, DNS and time of the VPC itself.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
 */

export interface AclRule {
  readonly cidr: string;
  /** TCP ports, or every protocol. */
  readonly ports: readonly [from: number, to: number] | "all";
}

export interface TierRules {
  readonly ingress: readonly AclRule[];
  readonly egress: readonly AclRule[];
}

export interface AclProps {
  readonly cidrs: Readonly<Record<TierName, readonly string[]>>;
  readonly databasePort: number;
  /** Databases call S3 and DynamoDB. */
  readonly dataGateways: boolean;
  /** Amazon Linux 2 and EMR fetch packages by plain HTTP as well. */
  readonly packagesByHttp: boolean;
}

/** Callers take their ports from here. Lambda and NAT gateways use the whole range. */
const ANSWERS: readonly [number, number] = [1024, 65535];

/** S3 and DynamoDB have public addresses that change, and an ACL knows no prefix lists: routes and groups say which are meant. */
const ANYWHERE = "0.0.0.0/0";

const each = (cidrs: readonly string[], ports: AclRule["ports"]) => cidrs.map((cidr) => ({ cidr, ports }));

/** Rules of each tier; what they do not name is refused. */
export function aclRules({
  cidrs,
  databasePort,
  dataGateways,
  packagesByHttp,
}: AclProps): Readonly<Record<TierName, TierRules>> {
  const web = (packagesByHttp ? [443, 80] : [443]).map((port) => [port, port] as const);
  const calls = web.map((ports) => ({ cidr: ANYWHERE, ports }));
  const answers = [{ cidr: ANYWHERE, ports: ANSWERS }];
  return {
    // Endpoints and functions of all zones meet; answers come from S3, DynamoDB and databases.
    private: {
      ingress: [...each(cidrs.private, "all"), ...answers],
      egress: [...each(cidrs.private, "all"), ...calls, ...each(cidrs.data, [databasePort, databasePort])],
    },
    // Databases are asked and answer.
    data: {
      ingress: [...each(cidrs.private, [databasePort, databasePort]), ...(dataGateways ? answers : [])],
      egress: [
        ...each(cidrs.private, ANSWERS),
        ...(dataGateways ? [{ cidr: ANYWHERE, ports: [443, 443] as const }] : []),
      ],
    },
    // NAT passes on what private subnets ask and what the internet answers.
    public: {
      ingress: [...web.flatMap((ports) => each(cidrs.private, ports)), ...answers],
      egress: [...calls, ...each(cidrs.private, ANSWERS)],
    },
  };
}

const FIRST_NUMBER = 100;
const NUMBERS_BETWEEN = 10;

function entry({ cidr, ports }: AclRule, index: number) {
  const [fromPort, toPort] = ports === "all" ? [0, 0] : ports;
  return {
    ruleNo: FIRST_NUMBER + index * NUMBERS_BETWEEN,
    action: "allow",
    protocol: ports === "all" ? "-1" : "tcp",
    cidrBlock: cidr,
    fromPort,
    toPort,
  };
}

/** The ACL of a tier. */
export function addAcl(scope: Construct, tier: Tier, rules: TierRules, vpcId: string, prefix: string): void {
  const acl = new NetworkAcl(scope, `acl-${tier.name}`, {
    vpcId,
    subnetIds: tier.subnetIds,
    ingress: rules.ingress.map(entry),
    egress: rules.egress.map(entry),
    tags: { Name: `${prefix}-${tier.name}` },
  });
  if (rules.ingress.some(({ cidr, ports }) => cidr === ANYWHERE && ports === ANSWERS)) {
    acceptFinding(
      acl,
      "CKV_AWS_231",
      "answers come to any port above 1023, and an ACL remembers no calls: security groups let nobody in, and no route leads here",
    );
  }
}
