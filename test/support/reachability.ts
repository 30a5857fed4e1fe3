import { networksOverlap, subnet as partOf } from "../../accounts/model/cidr";
import { type Caller, decide } from "./policy";
import type { Block, Json, Resource, Stack } from "./stack";

/**
 * Decides whether packets and requests get through a synthesized network, from route tables, network ACLs, security groups,
 * endpoints and endpoint policies. What it does not know it refuses to judge: a guess could hide a hole.
 */

/** A network interface: in a subnet, with security groups. */
export interface Host {
  readonly subnet: Resource;
  readonly groups: readonly Resource[];
}

/** What is asked of an AWS service. */
export interface Call {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
  /** Account of the resource. */
  readonly owner: string;
}

/** Addresses of which no part of a VPC is one. */
const INTERNET = "203.0.113.10";
const SERVICES: Readonly<Record<string, string>> = { s3: "52.218.0.10", dynamodb: "52.94.0.10" };

/** Ports from which clients ask: Lambda and NAT gateways use this whole range. */
const ANSWER_PORTS = [1024, 3389, 32768, 65535];

/** Everything of EC2 that is understood here; another type could open a way that is not seen. */
const KNOWN = new Set([
  "aws_default_security_group",
  "aws_ebs_encryption_by_default",
  "aws_ec2_managed_prefix_list",
  "aws_eip",
  "aws_flow_log",
  "aws_internet_gateway",
  "aws_nat_gateway",
  "aws_network_acl",
  "aws_route",
  "aws_route_table",
  "aws_route_table_association",
  "aws_security_group",
  "aws_subnet",
  "aws_vpc",
  "aws_vpc_dhcp_options",
  "aws_vpc_dhcp_options_association",
  "aws_vpc_endpoint",
  "aws_vpc_security_group_egress_rule",
  "aws_vpc_security_group_ingress_rule",
]);
const OF_THE_NETWORK =
  /^aws_(vpc|subnet|route_|route$|internet|egress_only|nat_|network_|security_group|default_(?!tags)|main_route|ec2_|eip|vpn|dx_|customer_gateway|carrier|prefix_list|flow_log|networkmanager|ram_)/;

type Direction = "ingress" | "egress";

interface Peer {
  readonly address: string;
  readonly groups?: readonly Resource[];
  /** Gateway endpoint behind which the address lies. */
  readonly gateway?: Resource;
}

const refersTo = (value: Json | undefined, target: Resource, attribute = "id") =>
  value === `\${${target.address}.${attribute}}`;
const listed = (value: Json | undefined, target: Resource) =>
  Array.isArray(value) && value.some((item) => refersTo(item, target));

/** Answers that thousands of questions have in common. */
const contained = new Map<string, boolean>();

function contains(cidr: Json | undefined, address: string): boolean {
  if (typeof cidr !== "string") return false;
  const key = `${cidr} ${address}`;
  const answer = contained.get(key) ?? networksOverlap(cidr, `${address}/32`);
  contained.set(key, answer);
  return answer;
}

export class Reachability {
  private readonly byType = new Map<string, readonly Resource[]>();
  private readonly rules = new Map<string, readonly Block[]>();

  constructor(private readonly stack: Stack) {
    for (const { type, address, block } of stack.resources()) {
      if (OF_THE_NETWORK.test(type) && !KNOWN.has(type)) throw new Error(`${address}: ${type} is not known here`);
      if (type === "aws_security_group" && (block.ingress !== undefined || block.egress !== undefined))
        throw new Error(`${address} has rules of its own, which are not known here`);
    }
  }

  /** What stands in the way of a connection between two hosts; nothing when there is one. */
  toHost(from: Host, to: Host, port: number): string[] {
    const [source, target] = [addressOf(from.subnet), addressOf(to.subnet)];
    return [
      ...this.groupObstacles(from, "egress", { address: target, groups: to.groups }, port),
      ...this.groupObstacles(to, "ingress", { address: source, groups: from.groups }, port),
      ...(from.subnet.address === to.subnet.address ? [] : this.wayObstacles(from.subnet, to.subnet, port)),
    ];
  }

  /** What stands in the way of a call of S3 or DynamoDB through the gateway endpoint. */
  toGateway(from: Host, service: "s3" | "dynamodb", call: Call, port = 443): string[] {
    const gateway = this.endpoint(service, "Gateway");
    if (!gateway) return [`there is no gateway endpoint of ${service}`];
    const address = SERVICES[service] ?? "";
    const table = this.routeTable(from.subnet);
    return [
      ...(table && listed(gateway.block.route_table_ids, table)
        ? []
        : [`${from.subnet.name} has no route to ${service}`]),
      ...this.groupObstacles(from, "egress", { address, gateway }, port),
      ...this.roundTripObstacles(from.subnet, address, port),
      ...this.policyObstacles(gateway, call),
    ];
  }

  /** What stands in the way of a call of a service through its interface endpoint, in whatever zone it is answered. */
  toInterface(from: Host, service: string, call: Call): string[] {
    const endpoint = this.endpoint(service, "Interface");
    if (!endpoint) return [`there is no interface endpoint of ${service}`];
    const groups = this.of("aws_security_group").filter((group) => listed(endpoint.block.security_group_ids, group));
    const subnets = this.of("aws_subnet").filter((subnet) => listed(endpoint.block.subnet_ids, subnet));
    const vpc = this.stack.only("aws_vpc").block;
    const named =
      endpoint.block.private_dns_enabled === true &&
      vpc.enable_dns_support === true &&
      vpc.enable_dns_hostnames === true;
    return [
      ...(named ? [] : [`${service} is not found under its name`]),
      ...(subnets.length > 0 ? [] : [`${service} is in no subnet`]),
      ...subnets.flatMap((subnet) => this.toHost(from, { subnet, groups }, 443)),
      ...this.policyObstacles(endpoint, call),
    ];
  }

  /** What keeps a host from calling an address of the internet. */
  toInternet(from: Host, port = 443, address = INTERNET): string[] {
    return [
      ...this.groupObstacles(from, "egress", { address }, port),
      ...this.roundTripObstacles(from.subnet, address, port),
      ...this.routeToInternetObstacles(from.subnet, port, address),
    ];
  }

  /** What keeps an address of the internet from calling a host, were it to have a public address. */
  fromInternet(to: Host, port: number): string[] {
    const opened = this.routesOf(to.subnet).some(
      ({ target, cidr }) => target === "internet" && contains(cidr, INTERNET),
    );
    return [
      ...(opened ? [] : [`${to.subnet.name} has no route to an internet gateway`]),
      ...this.aclObstacles(to.subnet, "ingress", INTERNET, [port]),
      ...this.aclObstacles(to.subnet, "egress", INTERNET, ANSWER_PORTS),
      ...this.groupObstacles(to, "ingress", { address: INTERNET }, port),
    ];
  }

  /** Looked up thousands of times for one network. */
  private of(type: string): readonly Resource[] {
    const known = this.byType.get(type) ?? this.stack.resources(type);
    this.byType.set(type, known);
    return known;
  }

  private endpoint(service: string, type: string): Resource | undefined {
    return this.of("aws_vpc_endpoint").find(
      ({ block }) =>
        block.vpc_endpoint_type === type && String(block.service_name).split(".").slice(3).join(".") === service,
    );
  }

  private policyObstacles(endpoint: Resource, { caller, action, resource, owner }: Call): string[] {
    // An endpoint without a policy lets everything pass.
    if (endpoint.block.policy === undefined) return [];
    const context = { "aws:ResourceAccount": owner };
    const decision = decide(this.stack.policyOf(endpoint), "resource", { caller, action, resource, context });
    return decision === "allow" ? [] : [`the policy of ${endpoint.name} does not let ${action} of ${resource} pass`];
  }

  private groupObstacles(host: Host, direction: Direction, peer: Peer, port: number): string[] {
    const open = host.groups.some((group) =>
      this.rulesOf(group, direction).some(
        (block) => portMatches(block, "ip_protocol", port) && this.peerMatches(block, peer),
      ),
    );
    const groups = host.groups.map(({ name }) => name);
    return open ? [] : [`no ${direction} rule of ${groups} for port ${port} of ${peer.address}`];
  }

  private rulesOf(group: Resource, direction: Direction): readonly Block[] {
    const key = `${direction} ${group.address}`;
    const known =
      this.rules.get(key) ??
      this.of(`aws_vpc_security_group_${direction}_rule`)
        .map(({ block }) => block)
        .filter((block) => refersTo(block.security_group_id, group));
    this.rules.set(key, known);
    return known;
  }

  private peerMatches(block: Block, { address, groups = [], gateway }: Peer): boolean {
    if (block.referenced_security_group_id !== undefined)
      return groups.some((group) => refersTo(block.referenced_security_group_id, group));
    if (block.cidr_ipv4 !== undefined) return contains(block.cidr_ipv4, address);
    const list = this.prefixList(block.prefix_list_id);
    if (list.type === "aws_vpc_endpoint") return gateway?.address === list.address;
    return ((list.block.entry ?? []) as Block[]).some(({ cidr }) => contains(cidr, address));
  }

  private prefixList(reference: Json | undefined): Resource {
    const found =
      this.of("aws_vpc_endpoint").find((endpoint) => refersTo(reference, endpoint, "prefix_list_id")) ??
      this.of("aws_ec2_managed_prefix_list").find((list) => refersTo(reference, list));
    if (!found) throw new Error(`${JSON.stringify(reference)}: this kind of rule is not known here`);
    return found;
  }

  /** Both ways between two subnets of the VPC: network ACLs remember no connections. */
  private wayObstacles(from: Resource, to: Resource, port: number): string[] {
    return [
      ...this.roundTripObstacles(from, addressOf(to), port),
      ...this.aclObstacles(to, "ingress", addressOf(from), [port]),
      ...this.aclObstacles(to, "egress", addressOf(from), ANSWER_PORTS),
    ];
  }

  private roundTripObstacles(subnet: Resource, address: string, port: number): string[] {
    return [
      ...this.aclObstacles(subnet, "egress", address, [port]),
      ...this.aclObstacles(subnet, "ingress", address, ANSWER_PORTS),
    ];
  }

  private aclObstacles(subnet: Resource, direction: Direction, address: string, ports: readonly number[]): string[] {
    const acls = this.of("aws_network_acl").filter(({ block }) => listed(block.subnet_ids, subnet));
    if (acls.length > 1) throw new Error(`${subnet.name} has two network ACLs`);
    // The ACL that AWS makes with a VPC lets everything pass.
    const [acl] = acls;
    if (!acl) return [];
    const rules = ((acl.block[direction] ?? []) as Block[]).toSorted((a, b) => Number(a.rule_no) - Number(b.rule_no));
    const closed = ports.filter((port) => {
      const first = rules.find((rule) => portMatches(rule, "protocol", port) && contains(rule.cidr_block, address));
      return first?.action !== "allow";
    });
    return closed.map((port) => `${acl.name} has no ${direction} for port ${port} of ${address}`);
  }

  private routeTable(subnet: Resource): Resource | undefined {
    const association = this.of("aws_route_table_association").find(({ block }) => refersTo(block.subnet_id, subnet));
    return this.of("aws_route_table").find((table) => association && refersTo(association.block.route_table_id, table));
  }

  /** Routes that leave the VPC, apart from those of gateway endpoints. */
  private routesOf(subnet: Resource): { cidr: string; target: "internet" | Resource }[] {
    const table = this.routeTable(subnet);
    if (!table) return [];
    const inline = ((table.block.route ?? []) as Block[]).map((block) => ({
      ...block,
      destination_cidr_block: block.cidr_block ?? "",
    }));
    const own = this.of("aws_route").filter(({ block }) => refersTo(block.route_table_id, table));
    return [...inline, ...own.map(({ block }) => block)].map((block: Block) => {
      const nat = this.of("aws_nat_gateway").find((gateway) => refersTo(block.nat_gateway_id, gateway));
      const internet = this.of("aws_internet_gateway").some((gateway) => refersTo(block.gateway_id, gateway));
      if (!nat && !internet) throw new Error(`${JSON.stringify(block)}: this kind of route is not known here`);
      return { cidr: String(block.destination_cidr_block), target: nat ?? "internet" };
    });
  }

  private routeToInternetObstacles(subnet: Resource, port: number, address: string): string[] {
    const routes = this.routesOf(subnet).filter(({ cidr }) => contains(cidr, address));
    const [best] = routes.toSorted((a, b) => Number(b.cidr.split("/")[1]) - Number(a.cidr.split("/")[1]));
    if (!best) return [`${subnet.name} has no route to ${address}`];
    if (best.target === "internet")
      return subnet.block.map_public_ip_on_launch === true ? [] : [`hosts in ${subnet.name} have no public address`];
    const { block, name } = best.target;
    const standing = this.of("aws_subnet").find((one) => refersTo(block.subnet_id, one));
    if (!standing) return [`${name} stands in no subnet`];
    const onwards = this.routesOf(standing).some(
      ({ cidr, target }) => target === "internet" && contains(cidr, address),
    );
    return [
      ...(onwards && block.allocation_id !== undefined ? [] : [`${name} has no way out`]),
      // What passes through has the far address at both ends of the gateway.
      ...this.aclObstacles(standing, "ingress", addressOf(subnet), [port]),
      ...this.aclObstacles(standing, "egress", addressOf(subnet), ANSWER_PORTS),
      ...this.roundTripObstacles(standing, address, port),
    ];
  }
}

const addresses = new WeakMap<Block, string>();

/** Any address of a subnet that AWS does not keep. */
function addressOf({ block }: Resource): string {
  const address = addresses.get(block) ?? partOf(String(block.cidr_block), 32, 10).split("/")[0] ?? "";
  addresses.set(block, address);
  return address;
}

function portMatches(rule: Block, protocolKey: string, port: number): boolean {
  const protocol = String(rule[protocolKey]);
  if (protocol === "-1") return true;
  if (protocol !== "tcp") throw new Error(`protocol ${protocol} is not known here`);
  return Number(rule.from_port) <= port && port <= Number(rule.to_port);
}
