import { INTERFACE_ENDPOINTS } from "../../accounts/model/endpoints";
import type { NetworkProps } from "../../modules/network/network";
import { flowsOf, wrongFlows } from "../support/flows";
import { PLACE, roleArn, synthModule } from "../support/module";
import { Reachability } from "../support/reachability";
import type { Block, Resource, Stack } from "../support/stack";
import { networkIn, placesOf } from "./fixtures";

const endpoints = (...names: string[]) =>
  names.map((name) => ({ name, ...(INTERFACE_ENDPOINTS[name] ?? { iamPrefix: "?" }) }));
const networkOf = (change: Partial<NetworkProps>) =>
  synthModule((scope) => {
    networkIn(scope, change);
  });

/** Everything that a network can have but for NAT. */
const SETTINGS = {
  subnets: placesOf(["public", "private", "data"], ["a", "b", "c"]),
  spark: true,
  interfaceEndpoints: endpoints("sqs", "kms", "monitoring", "ecr.api", "ecr.dkr", "inspector2"),
};
const full = networkOf(SETTINGS);
const known = flowsOf(full);

const VARIANTS: Readonly<Record<string, Partial<NetworkProps>>> = {
  "of private subnets alone": {},
  "with databases": { subnets: placesOf(["private", "data"]) },
  "with databases that reach S3": { subnets: placesOf(["private", "data"]), dataGateways: true },
  "with databases on another port": { subnets: placesOf(["private", "data"]), databasePort: 3306, spark: true },
  "with Spark": { spark: true },
  "with public subnets and no NAT": { subnets: placesOf(["public", "private"]) },
  "with everything but NAT, in three zones": SETTINGS,
  "in another region": { ...SETTINGS, place: { ...PLACE, region: "us-east-1" } },
};

describe("in a network", () => {
  test.each(Object.entries(VARIANTS))("%s, every flow gets through that has to, and no other", (_, change) => {
    const stack = networkOf(change);
    expect(wrongFlows(stack)).toEqual([]);
    const wanted = flowsOf(stack).map((flow) => flow.wanted);
    expect([wanted.includes(true), wanted.includes(false)]).toEqual([true, true]);
  });

  test("with everything, the flows are those that are known to matter", () => {
    const names = known.map(({ name, wanted }) => `${wanted ? "may" : "must not"}: ${name}`);
    for (const flow of [
      "may: functions does s3:GetObject with an own bucket, zone a",
      "may: functions does s3:PutObject with an own bucket, zone c",
      "may: functions does dynamodb:UpdateItem with an own table, zone b",
      "may: functions does sqs:Any, zone a",
      "may: glue does kms:Any, zone b",
      "may: emr-core fetches Amazon Linux 2023, zone a",
      "may: emr-core asks a database (3), zone a",
      "must not: functions does s3:PutObject with a foreign bucket, zone a",
      "must not: functions in private calls the internet on 443, zone a",
      "must not: databases in data calls the internet on 443, zone c",
      "must not: the internet calls databases in data on 5432, zone b",
      "must not: the internet calls emr-primary in public on 8443, zone a",
    ])
      expect(names).toContain(flow);
  });
});

/** The stack without a resource, or with another block in its place. */
function changed(stack: Stack, type: string, name: string, change?: (block: Block) => Block): Stack {
  const resource = stack.only(type, name);
  return change ? stack.with(resource, change(resource.block)) : stack.without(resource);
}

const withRules = (direction: string, keep: (rule: Block) => boolean) => (acl: Block) => ({
  ...acl,
  [direction]: (acl[direction] as Block[]).filter(keep),
});
const withStatements = (keep: (sid: string) => boolean) => (endpoint: Block) => {
  const policy = JSON.parse(String(endpoint.policy)) as { Statement: { Sid: string }[] };
  return {
    ...endpoint,
    policy: JSON.stringify({ ...policy, Statement: policy.Statement.filter(({ Sid }) => keep(Sid)) }),
  };
};

const S3_CALLS =
  /^(functions|glue|emr-primary|emr-core) (does s3:\w+ with an own bucket|fetches [\w ]+)|^glue fetches its libraries/;

/** What is taken away, and exactly which flows break. */
const CONTROLS: readonly (readonly [what: string, Stack, broken: RegExp])[] = [
  [
    "the association of a private subnet with its route table",
    changed(full, "aws_route_table_association", "network_association-private-b"),
    /(with an own bucket|with an own table|fetches [\w ]+), zone b$/,
  ],
  [
    "a route table of the endpoint of DynamoDB",
    changed(full, "aws_vpc_endpoint", "network_gateway-dynamodb", (endpoint) => ({
      ...endpoint,
      route_table_ids: (endpoint.route_table_ids as string[]).slice(0, -1),
    })),
    /with an own table, zone c$/,
  ],
  [
    "the egress of functions to S3",
    changed(full, "aws_vpc_security_group_egress_rule", "network_functions-to-s3"),
    /^functions does s3:\w+ with an own bucket/,
  ],
  [
    "the egress of functions to endpoints",
    changed(full, "aws_vpc_security_group_egress_rule", "network_functions-to-endpoints"),
    /^functions does (sqs|kms|cloudwatch|ecr|inspector2):\w+, zone/,
  ],
  [
    "the ingress of endpoints from Glue",
    changed(full, "aws_vpc_security_group_ingress_rule", "network_endpoints-from-glue"),
    /^glue does (sqs|kms|cloudwatch|ecr|inspector2):\w+, zone/,
  ],
  [
    "the ingress of databases from core nodes",
    changed(full, "aws_vpc_security_group_ingress_rule", "network_databases-from-emr-core"),
    /^emr-core asks a database/,
  ],
  [
    "EMR's way to core nodes",
    changed(full, "aws_vpc_security_group_egress_rule", "network_emr-service-to-emr-core-8443"),
    /^EMR manages emr-core/,
  ],
  [
    "core nodes' way back to EMR",
    changed(full, "aws_vpc_security_group_ingress_rule", "network_emr-service-from-emr-core-9443"),
    /^emr-core answers EMR/,
  ],
  [
    "answers into private subnets",
    changed(
      full,
      "aws_network_acl",
      "network_acl-private",
      withRules("ingress", (rule) => rule.cidr_block !== "0.0.0.0/0"),
    ),
    /with an own (bucket|table)|fetches|asks a database/,
  ],
  [
    "HTTPS out of private subnets",
    changed(
      full,
      "aws_network_acl",
      "network_acl-private",
      withRules("egress", (rule) => rule.from_port !== 443),
    ),
    /with an own (bucket|table)|fetches (Amazon Linux 2023|its libraries|programs)/,
  ],
  [
    "answers out of data subnets into one zone",
    changed(
      full,
      "aws_network_acl",
      "network_acl-data",
      withRules("egress", (rule) => rule.cidr_block !== "10.0.80.0/20"),
    ),
    /asks a database \(\d\), zone a$/,
  ],
  [
    "one zone's questions into data subnets",
    changed(
      full,
      "aws_network_acl",
      "network_acl-data",
      withRules("ingress", (rule) => rule.cidr_block !== "10.0.96.0/20"),
    ),
    /asks a database \(\d\), zone b$/,
  ],
  [
    "own buckets from the policy of S3",
    changed(
      full,
      "aws_vpc_endpoint",
      "network_gateway-s3",
      withStatements((sid) => sid !== "OwnBuckets"),
    ),
    /with an own bucket/,
  ],
  [
    "packages of Amazon Linux from the policy of S3",
    changed(
      full,
      "aws_vpc_endpoint",
      "network_gateway-s3",
      withStatements((sid) => sid !== "AmazonLinuxPackages"),
    ),
    /fetches Amazon Linux/,
  ],
  [
    "the policy of S3, but for libraries of Glue",
    changed(
      full,
      "aws_vpc_endpoint",
      "network_gateway-s3",
      withStatements((sid) => sid === "GlueLibraries"),
    ),
    /with an own bucket|^emr-\w+ fetches/,
  ],
  ["the endpoint of S3's every route", withoutRoutes("network_gateway-s3"), S3_CALLS],
];

function withoutRoutes(name: string): Stack {
  return changed(full, "aws_vpc_endpoint", name, (endpoint) => ({ ...endpoint, route_table_ids: [] }));
}

describe("without", () => {
  test.each(CONTROLS)("%s, exactly what needs it breaks", (_, stack, broken) => {
    const wrong = flowsOf(stack)
      .filter(({ wanted, obstacles }) => wanted !== (obstacles.length === 0))
      .map(({ name }) => name);
    const expected = known.filter(({ name, wanted }) => wanted && broken.test(name)).map(({ name }) => name);
    expect(expected).not.toEqual([]);
    expect(wrong.sort()).toEqual(expected.sort());
  });
});

const anywhere = { cidr_ipv4: "0.0.0.0/0", ip_protocol: "tcp", from_port: 443, to_port: 443 };
const reference = (resource: Resource) => `\${${resource.address}.id}`;
const functions = reference(full.only("aws_security_group", "network_functions"));
const openEgress = { security_group_id: functions, ...anywhere };

describe("the internet", () => {
  const withNat = networkOf({ ...SETTINGS, nat: "one", natTargets: ["0.0.0.0/0"] });
  const calls = (stack: Stack) =>
    wrongFlows(stack)
      .filter((name) => name.includes("internet"))
      .map((name) => name.replace(/, zone \w/, ""));

  test("is noticed when NAT and a group open it, and neither does so alone", () => {
    const gateway = networkOf({ ...SETTINGS, nat: "one", natTargets: [] });
    expect(calls(gateway)).toEqual([]);
    expect(calls(full.adding("aws_vpc_security_group_egress_rule", "open", openEgress))).toEqual([]);
    const both = gateway.adding("aws_vpc_security_group_egress_rule", "open", openEgress);
    expect([...new Set(calls(both))]).toEqual(["functions in private calls the internet on 443 is possible"]);
  });

  test("is kept out by a network ACL where a rule of a group lets it in, and is noticed where neither does", () => {
    const rule = { security_group_id: functions, ...anywhere, from_port: 50000, to_port: 50000 };
    const open = full.adding("aws_vpc_security_group_ingress_rule", "open", rule);
    expect(calls(open)).toEqual([]);
    const answers = {
      rule_no: 1,
      action: "allow",
      protocol: "tcp",
      cidr_block: "0.0.0.0/0",
      from_port: 1024,
      to_port: 65535,
    };
    const wide = changed(open, "aws_network_acl", "network_acl-public", (acl) => ({ ...acl, egress: [answers] }));
    expect([...new Set(calls(wide))]).toEqual(["the internet calls functions in public on 50000 is possible"]);
  });

  test("is reached through NAT by whoever may, by HTTPS, and data subnets never reach it", () => {
    const reach = new Reachability(withNat);
    const host = (group: string, subnet: string) => ({
      subnet: withNat.only("aws_subnet", `network_${subnet}`),
      groups: [withNat.only("aws_security_group", `network_${group}-group`)],
    });
    for (const zone of ["a", "b", "c"]) {
      expect(reach.toInternet(host("functions", `private-${zone}`))).toEqual([]);
      expect(reach.toInternet(host("functions", `private-${zone}`), 22)).not.toEqual([]);
      expect(reach.toInternet(host("functions", `data-${zone}`))).not.toEqual([]);
      expect(reach.toInternet(host("databases", `data-${zone}`))).not.toEqual([]);
      expect(reach.fromInternet(host("functions", `private-${zone}`), 443)).not.toEqual([]);
    }
  });

  test("is reached through NAT in the ranges that are named, and no others", () => {
    const some = networkOf({ ...SETTINGS, nat: "per-zone", natTargets: ["198.51.100.0/24"] });
    const reach = new Reachability(some);
    const host = {
      subnet: some.only("aws_subnet", "network_private-a"),
      groups: [some.only("aws_security_group", "network_glue-group")],
    };
    expect(reach.toInternet(host, 443, "198.51.100.7")).toEqual([]);
    expect(reach.toInternet(host, 443, "198.51.101.7")).not.toEqual([]);
  });

  test.each([
    ["the route of the private subnet", "aws_route", "network_internet-private-a"],
    ["the route of the public subnet", "aws_route", "network_internet-public-a"],
    ["the gateway's rules", "aws_vpc_security_group_egress_rule", "network_functions-to-internet"],
  ])("is not reached through NAT without %s", (_, type, name) => {
    const stack = changed(withNat, type, name);
    const host = {
      subnet: stack.only("aws_subnet", "network_private-a"),
      groups: [stack.only("aws_security_group", "network_functions-group")],
    };
    expect(new Reachability(stack).toInternet(host)).not.toEqual([]);
  });
});

describe("what it does not understand, reachability refuses to judge:", () => {
  test.each<[string, string, Block]>([
    ["another kind of way", "aws_vpc_peering_connection", {}],
    ["a route of the main table", "aws_default_route_table", {}],
    ["rules of another kind", "aws_security_group_rule", {}],
    ["another network ACL's rules", "aws_network_acl_rule", {}],
    ["a group with rules of its own", "aws_security_group", { egress: [] }],
  ])("%s", (_, type, block) => {
    expect(() => wrongFlows(full.adding(type, "odd", block))).toThrow(/not known here/);
  });

  test.each<[string, string, Block]>([
    [
      "a route to something else",
      "aws_route",
      {
        route_table_id: reference(full.only("aws_route_table", "network_routes-private-a")),
        destination_cidr_block: "0.0.0.0/0",
        transit_gateway_id: "tgw-1",
      },
    ],
    [
      "a rule about something else",
      "aws_vpc_security_group_egress_rule",
      { security_group_id: functions, cidr_ipv6: "::/0", ip_protocol: "tcp", from_port: 22, to_port: 22 },
    ],
    [
      "a rule of another protocol",
      "aws_vpc_security_group_egress_rule",
      { security_group_id: functions, ...anywhere, ip_protocol: "udp" },
    ],
  ])("%s", (_, type, block) => {
    expect(() => wrongFlows(full.adding(type, "odd", block))).toThrow(/not known here/);
  });

  test("but knows that roles other than the caller's have no say", () => {
    const host = {
      subnet: full.only("aws_subnet", "network_private-a"),
      groups: [full.only("aws_security_group", "network_functions-group")],
    };
    const call = { action: "s3:GetObject", resource: "arn:aws:s3:::x/y", owner: PLACE.accountId };
    const reach = new Reachability(full);
    expect(reach.toGateway(host, "s3", { ...call, caller: { arn: roleArn("any") } })).toEqual([]);
    expect(reach.toGateway(host, "s3", { ...call, caller: "anonymous" })).not.toEqual([]);
  });
});
