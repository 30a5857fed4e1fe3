import { join } from "node:path";
import { App, Testing } from "cdktf";
import { networksOverlap } from "../../accounts/model/cidr";
import { parseAccounts } from "../../accounts/model/load";
import { BootstrapStack } from "../../stacks/bootstrap";
import { filesOf, lake } from "../accounts/fixtures";
import { wrongFlows } from "../support/flows";
import { listOf } from "../support/policy";
import { type Block, type Resource, Stack, type StackJson } from "../support/stack";
import { testFolder } from "../support/synthesis";
import { lakeOf } from "./lake-of";

const networkOf = (settings: Readonly<Record<string, unknown>>) =>
  lakeOf({ zones: [{ name: "drop" }, { name: "raw" }], network: { cidr: "10.0.0.0/16", ...settings } });

/** `aws_subnet.network_private-a_492DDEA9` -> `private-a` */
const short = (value: unknown) => /network_([\w-]+?)_[0-9A-F]{8}/.exec(String(value))?.[1] ?? String(value);

const TIERS = ["public", "private", "data"];
const byTier = (lines: readonly string[]) =>
  TIERS.flatMap((tier) => lines.filter((line) => line.startsWith(`${tier}-`)).sort());

const subnetsOf = (stack: Stack) =>
  byTier(stack.resources("aws_subnet").map(({ name, block }) => `${short(name)} ${block.cidr_block}`));

/** Where each subnet's packets can go beyond the VPC. */
function routesOf(stack: Stack): string[] {
  const gateways = ["s3", "dynamodb"].map((name) => stack.only("aws_vpc_endpoint", `network_gateway-${name}`));
  const targets = (table: Resource) => [
    ...gateways
      .filter(({ block }) => (block.route_table_ids as string[]).includes(`\${${table.address}.id}`))
      .map(({ block }) => String(block.service_name).split(".").at(-1)),
    ...stack
      .resources("aws_route")
      .filter(({ block }) => block.route_table_id === `\${${table.address}.id}`)
      .map(({ block }) => `${block.destination_cidr_block} by ${short(block.gateway_id ?? block.nat_gateway_id)}`),
  ];
  const lines = stack.resources("aws_route_table_association").map(({ block }) => {
    const table = stack
      .resources("aws_route_table")
      .find(({ address }) => block.route_table_id === `\${${address}.id}`);
    return `${short(block.subnet_id)}: ${(table ? targets(table) : ["no table"]).join(", ") || "nothing"}`;
  });
  return byTier(lines);
}

describe("the subnets of a lake lie, in", () => {
  test.each<[string, Readonly<Record<string, unknown>>, string[]]>([
    [
      "a /16, two zones",
      {},
      ["private-a 10.0.80.0/20", "private-b 10.0.96.0/20", "data-a 10.0.160.0/20", "data-b 10.0.176.0/20"],
    ],
    [
      "a /16, three zones, all tiers",
      { availabilityZones: ["a", "b", "c"], publicSubnets: true },
      [
        "public-a 10.0.0.0/20",
        "public-b 10.0.16.0/20",
        "public-c 10.0.32.0/20",
        "private-a 10.0.80.0/20",
        "private-b 10.0.96.0/20",
        "private-c 10.0.112.0/20",
        "data-a 10.0.160.0/20",
        "data-b 10.0.176.0/20",
        "data-c 10.0.192.0/20",
      ],
    ],
    [
      "a /18, three zones",
      { cidr: "172.16.64.0/18", availabilityZones: ["a", "b", "c"] },
      [
        "private-a 172.16.84.0/22",
        "private-b 172.16.88.0/22",
        "private-c 172.16.92.0/22",
        "data-a 172.16.104.0/22",
        "data-b 172.16.108.0/22",
        "data-c 172.16.112.0/22",
      ],
    ],
    [
      "a /22, two zones",
      { cidr: "192.168.4.0/22", availabilityZones: ["b", "c"], publicSubnets: true },
      [
        "public-b 192.168.4.0/26",
        "public-c 192.168.4.64/26",
        "private-b 192.168.5.64/26",
        "private-c 192.168.5.128/26",
        "data-b 192.168.6.128/26",
        "data-c 192.168.6.192/26",
      ],
    ],
    [
      "a /24 of nothing but functions",
      { cidr: "10.9.8.0/24", dataSubnets: false, spark: false },
      ["private-a 10.9.8.80/28", "private-b 10.9.8.96/28"],
    ],
  ])("%s", (_, settings, expected) => {
    expect(subnetsOf(networkOf(settings))).toEqual(expected);
  });

  test.each([
    ["publicSubnets", true],
    ["dataSubnets", false],
    ["nat", "one"],
    ["availabilityZones", ["a", "b", "c"]],
  ])("the same place when %s becomes %j", (key, value) => {
    const more = key === "nat" ? { publicSubnets: true, natTargets: ["0.0.0.0/0"] } : {};
    const after = subnetsOf(networkOf({ ...more, [key]: value }));
    const before = subnetsOf(networkOf({})).filter((subnet) => key !== "dataSubnets" || !subnet.startsWith("data"));
    expect(after).toEqual(expect.arrayContaining(before));
  });

  test.each(["10.8.0.0/16", "10.8.0.0/19", "10.8.0.0/22"])("%s, side by side, in five zones and all tiers", (cidr) => {
    const settings = { cidr, availabilityZones: ["a", "b", "c", "d", "e"], publicSubnets: true };
    const stack = lakeOf({ region: "us-east-1", network: settings });
    const cidrs = stack.resources("aws_subnet").map(({ block }) => String(block.cidr_block));
    expect(cidrs).toHaveLength(15);
    for (const [index, part] of cidrs.entries()) {
      expect(networksOverlap(part, cidr)).toBe(true);
      expect(cidrs.slice(0, index).filter((other) => networksOverlap(part, other))).toEqual([]);
    }
  });
});

describe("the routes of a lake lead", () => {
  test.each<[string, Readonly<Record<string, unknown>>, string[]]>([
    [
      "from private subnets to S3 and DynamoDB, from data subnets nowhere",
      {},
      ["private-a: s3, dynamodb", "private-b: s3, dynamodb", "data-a: nothing", "data-b: nothing"],
    ],
    [
      "from data subnets to S3 and DynamoDB when they are to",
      { dataGateways: true },
      ["private-a: s3, dynamodb", "private-b: s3, dynamodb", "data-a: s3, dynamodb", "data-b: s3, dynamodb"],
    ],
    [
      "from public subnets to the internet and to no endpoint",
      { publicSubnets: true, dataSubnets: false },
      [
        "public-a: 0.0.0.0/0 by internet-gateway",
        "public-b: 0.0.0.0/0 by internet-gateway",
        "private-a: s3, dynamodb",
        "private-b: s3, dynamodb",
      ],
    ],
    [
      "through one NAT gateway",
      { publicSubnets: true, nat: "one", natTargets: ["0.0.0.0/0"], availabilityZones: ["a", "b", "c"] },
      [
        "public-a: 0.0.0.0/0 by internet-gateway",
        "public-b: 0.0.0.0/0 by internet-gateway",
        "public-c: 0.0.0.0/0 by internet-gateway",
        "private-a: s3, dynamodb, 0.0.0.0/0 by nat-public-a",
        "private-b: s3, dynamodb, 0.0.0.0/0 by nat-public-a",
        "private-c: s3, dynamodb, 0.0.0.0/0 by nat-public-a",
        "data-a: nothing",
        "data-b: nothing",
        "data-c: nothing",
      ],
    ],
    [
      "through the NAT gateway of each zone",
      { publicSubnets: true, nat: "per-zone", natTargets: ["198.51.100.0/24"], dataGateways: true },
      [
        "public-a: 0.0.0.0/0 by internet-gateway",
        "public-b: 0.0.0.0/0 by internet-gateway",
        "private-a: s3, dynamodb, 0.0.0.0/0 by nat-public-a",
        "private-b: s3, dynamodb, 0.0.0.0/0 by nat-public-b",
        "data-a: s3, dynamodb",
        "data-b: s3, dynamodb",
      ],
    ],
  ])("%s", (_, settings, expected) => {
    const stack = networkOf(settings);
    expect(routesOf(stack)).toEqual(expected);
    expect(wrongFlows(stack)).toEqual([]);
  });

  test("out of public subnets by addresses that NAT gateways bring, each its own", () => {
    const stack = networkOf({ publicSubnets: true, nat: "per-zone", natTargets: ["198.51.100.0/24"] });
    const gateways = stack.resources("aws_nat_gateway").map(({ block }) => block);
    expect(gateways.map((block: Block) => short(block.subnet_id))).toEqual(["public-a", "public-b"]);
    expect(gateways.map((block: Block) => short(block.allocation_id))).toEqual([
      "nat-address-public-a",
      "nat-address-public-b",
    ]);
    expect(stack.only("aws_ec2_managed_prefix_list").block).toMatchObject({
      max_entries: 1,
      entry: [expect.objectContaining({ cidr: "198.51.100.0/24" })],
    });
  });
});

describe("bootstrap lets the deployer of an account", () => {
  const openings = (settings: Readonly<Record<string, unknown>> | false) => {
    const network = settings && { cidr: "10.0.0.0/16", ...settings };
    const accounts = parseAccounts(filesOf({ prod: { ...lake, network } }));
    const context = { organization: accounts.organization, target: { kind: "aws" }, isRemovable: () => false } as const;
    const app = new App({ outdir: join(testFolder(), "modules") });
    const json = Testing.synth(new BootstrapStack(app, "bootstrap", context, accounts), true);
    const stack = new Stack("bootstrap", JSON.parse(json) as StackJson);
    return ["prod", "security"].filter((name) =>
      stack
        .rightsOf(stack.only("aws_iam_role", `${name}_deployers_deploy`))
        .Statement.some(({ Action = [] }) => listOf(Action).includes("ec2:CreateNatGateway")),
    );
  };

  test("make ways to the internet where its file asks for public subnets, and in no other account", () => {
    expect(openings({ publicSubnets: true })).toEqual(["prod"]);
    expect(openings({})).toEqual([]);
    expect(openings(false)).toEqual([]);
  });
});

describe("network ACLs", () => {
  test("stay within the twenty rules each way that AWS allows, whatever is asked for", () => {
    const stack = lakeOf({
      region: "us-east-1",
      network: {
        cidr: "10.0.0.0/16",
        availabilityZones: ["a", "b", "c", "d", "e"],
        publicSubnets: true,
        nat: "per-zone",
        natTargets: ["0.0.0.0/0"],
        dataGateways: true,
      },
    });
    for (const { block } of stack.resources("aws_network_acl")) {
      for (const direction of ["ingress", "egress"]) {
        const rules = block[direction] as Block[];
        expect(rules.length).toBeLessThanOrEqual(20);
        expect(new Set(rules.map(({ rule_no: number }) => number)).size).toBe(rules.length);
      }
    }
  });
});
