import { INTERFACE_ENDPOINTS } from "../../../accounts/model/endpoints";
import { loadAccounts } from "../../../accounts/model/load";
import { wrongFlows } from "../../support/flows";
import { listOf } from "../../support/policy";
import type { Block, Resource, Stack } from "../../support/stack";
import { type Check, eachResource, isEmpty, unlike } from "./check";

/** Ways to the internet that an account may ask for, and those that none may have. */
const ASKED_FOR = /^aws_(internet_gateway|nat_gateway|eip|route|ec2_managed_prefix_list)$/;
const WAYS_OUT =
  /internet_gateway|nat_gateway|vpn|peering|transit_gateway|^aws_eip|^aws_route$|managed_prefix_list|default_route_table|carrier_gateway|^aws_dx_|lambda_function_url|^aws_lb/;

/** Does the account's file ask for a way to the internet? */
export function asksForInternet(account: string): boolean {
  return loadAccounts().lakes.some(
    ({ name, network }) => name === account && network !== false && network.publicSubnets,
  );
}

export const networkIsClosed: Check = {
  name: "there is no way between the internet and the network but what the account asks for, and rules name whom they mean",
  find: (stack) => [
    ...stack
      .resources()
      .filter(({ type }) => WAYS_OUT.test(type) && !(ASKED_FOR.test(type) && asksForInternet(stack.name)))
      .map(({ address }) => `${address} is a way out`),
    ...stack
      .resources("aws_route_table")
      .flatMap(({ address, block }) => (isEmpty(block.route) ? [] : [`${address} has routes`])),
    ...stack
      .resources("aws_subnet")
      .flatMap((subnet) => [
        ...unlike(subnet.block, { map_public_ip_on_launch: false }).map((text) => `${subnet.address}: ${text}`),
        ...subnetProblems(subnet, stack),
      ]),
    ...stack
      .resources("aws_vpc")
      .filter((vpc) => !isClosed(stack.pointingAt("aws_default_security_group", "vpc_id", vpc)))
      .map(({ address }) => `${address} leaves its default group open`),
    ...[
      ...stack.resources("aws_vpc_security_group_egress_rule"),
      ...stack.resources("aws_vpc_security_group_ingress_rule"),
    ].flatMap(({ address, block }) =>
      block.cidr_ipv4 === undefined &&
      block.cidr_ipv6 === undefined &&
      (block.prefix_list_id !== undefined || block.referenced_security_group_id !== undefined) &&
      isNarrow(block)
        ? []
        : [`${address} is wider than it has to be`],
    ),
    ...stack
      .resources("aws_security_group")
      .flatMap(({ address, block }) =>
        isEmpty(block.ingress) && isEmpty(block.egress) ? [] : [`${address} has rules of its own`],
      ),
    ...stack.resources("aws_network_acl").flatMap(aclProblems),
    ...stack
      .resources("aws_vpc_endpoint")
      .flatMap(({ address, block }) =>
        isEmpty(block.policy) && INTERFACE_ENDPOINTS[endpointName(block)]?.policies !== false
          ? [`${address} has no policy`]
          : [],
      ),
  ],
};

/** Groups of which the nodes of one cluster or job are members: they may talk to each other by more than one port. */
const OF_ONE_CLUSTER = /^\$\{aws_security_group\.[\w-]*(emr-(?:primary|core)|glue)-group/;

/** One TCP port, or whatever nodes of one cluster have to say to each other. */
function isNarrow(block: Block): boolean {
  const { ip_protocol: protocol, from_port: from, to_port: to } = block;
  const [family, peer] = [block.security_group_id, block.referenced_security_group_id].map((group) =>
    OF_ONE_CLUSTER.exec(String(group))?.[1]?.slice(0, 3),
  );
  if (family !== undefined && family === peer) {
    return protocol === "-1"
      ? from === undefined && to === undefined
      : protocol === "tcp" && ((from === 0 && to === 65535) || from === to);
  }
  return protocol === "tcp" && from !== undefined && from === to;
}

/** Every subnet has a route table of its own and a network ACL: what AWS gives otherwise is shared and open. */
function subnetProblems(subnet: Resource, stack: Stack): string[] {
  const reference = `\${${subnet.address}.id}`;
  const associations = stack
    .resources("aws_route_table_association")
    .filter(({ block }) => block.subnet_id === reference);
  const [table] = associations.map(({ block }) => block.route_table_id);
  const sharing = stack.resources("aws_route_table_association").filter(({ block }) => block.route_table_id === table);
  const acls = stack
    .resources("aws_network_acl")
    .filter(({ block }) => Array.isArray(block.subnet_ids) && block.subnet_ids.includes(reference));
  return [
    ...(associations.length === 1 && sharing.length === 1 ? [] : [`${subnet.address} has no route table of its own`]),
    ...(acls.length === 1 ? [] : [`${subnet.address} has ${acls.length} network ACLs`]),
  ];
}

/** From anywhere come answers only, and to anywhere go calls of web services only. */
function aclProblems({ address, block }: Resource): string[] {
  const rules = (direction: string) => (block[direction] ?? []) as Block[];
  const open = (rule: Block) => /\/([0-9]|1[0-5])$/.test(String(rule.cidr_block)) && rule.action === "allow";
  return [
    ...rules("ingress")
      .filter((rule) => open(rule) && !(rule.protocol === "tcp" && rule.from_port === 1024 && rule.to_port === 65535))
      .map(() => `${address} lets more than answers in`),
    ...rules("egress")
      .filter(
        (rule) =>
          open(rule) &&
          !(rule.protocol === "tcp" && [80, 443].includes(Number(rule.from_port)) && rule.from_port === rule.to_port),
      )
      .map(() => `${address} lets more than web calls out`),
    ...[...rules("ingress"), ...rules("egress")]
      .filter((rule) => rule.ipv6_cidr_block !== undefined && rule.ipv6_cidr_block !== null)
      .map(() => `${address} knows IPv6`),
  ];
}

function isClosed(group: Resource | undefined): boolean {
  const { ingress, egress } = group?.block ?? {};
  return Array.isArray(ingress) && ingress.length === 0 && Array.isArray(egress) && egress.length === 0;
}

const OF_THE_NETWORK = /^aws_(vpc|subnet|route|network_acl|security_group|internet_gateway|nat_gateway|ec2_|default_)/;
let judged: { readonly blocks: readonly Block[]; readonly wrong: readonly string[] } | undefined;

export const networkWorks: Check = {
  name: "every flow that the lake needs gets through the network, and no other",
  find: (stack) => {
    // Most changes of other checks leave the network as it is: it is judged once for all of them.
    const blocks = stack
      .resources()
      .filter(({ type }) => OF_THE_NETWORK.test(type))
      .map(({ block }) => block);
    if (judged?.blocks.length !== blocks.length || !blocks.every((block, index) => block === judged?.blocks[index])) {
      judged = { blocks, wrong: wrongFlows(stack) };
    }
    return [...judged.wrong];
  },
};

/** Called by Lambda itself, outside the network, or on behalf of the function by the service that it calls. */
const NOT_OVER_THE_NETWORK = ["ec2", "kms", "logs", "sns", "xray"];

export const functionsReachServices = eachResource(
  "aws_lambda_function",
  "there is an endpoint for every service that a function inside the network calls",
  ({ block }, stack) => {
    if (stack.resources("aws_vpc").length === 0) return [];
    const role = stack.resources("aws_iam_role").find(({ address }) => String(block.role).includes(address));
    const policy = role && stack.pointingAt("aws_iam_role_policy", "role", role);
    if (!policy) return ["has no role with a policy"];
    const services = new Set(
      stack
        .policyOf(policy)
        .Statement.filter(({ Effect }) => Effect === "Allow")
        .flatMap(({ Action = [] }) => listOf(Action).map((action) => action.split(":")[0] ?? "")),
    );
    return [...services]
      .filter((service) => !NOT_OVER_THE_NETWORK.includes(service) && !hasEndpoint(stack, service))
      .map((service) => `calls ${service}, which has no endpoint`);
  },
);

/** Does the stack have an interface or gateway endpoint for the service of these IAM actions? */
export function hasEndpoint(stack: Stack, service: string): boolean {
  return stack.resources("aws_vpc_endpoint").some(({ block }) => {
    const name = endpointName(block);
    return (INTERFACE_ENDPOINTS[name]?.iamPrefix ?? name) === service;
  });
}

/** `com.amazonaws.eu-west-1.ecr.api` -> `ecr.api` */
function endpointName(block: Block): string {
  return String(block.service_name).split(".").slice(3).join(".");
}
