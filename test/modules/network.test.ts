import { INTERFACE_ENDPOINTS } from "../../accounts/model/endpoints";
import type { NetworkProps } from "../../modules/network/network";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { type Caller, decide, type Request } from "../support/policy";
import type { Block, Stack } from "../support/stack";
import { networkIn, placesOf } from "./fixtures";

const endpoints = (...names: string[]) =>
  names.map((name) => ({ name, ...(INTERFACE_ENDPOINTS[name] ?? { iamPrefix: "?" }) }));
const networkOf = (change: Partial<NetworkProps> = {}) =>
  synthModule((scope) => {
    networkIn(scope, change);
  });

const least = networkOf({ interfaceEndpoints: endpoints("sqs", "kms") });
const full = networkOf({
  subnets: placesOf(["public", "private", "data"]),
  nat: "per-zone",
  natTargets: ["198.51.100.0/24"],
  spark: true,
  interfaceEndpoints: endpoints("sqs", "monitoring", "ecr.dkr", "inspector2"),
});

/** Group and peer of every rule, by their short names. */
function rulesOf(stack: Stack, direction: "ingress" | "egress"): string[] {
  const short = (reference: unknown) =>
    /network_([\w-]+?)(-group)?_[0-9A-F]{8}\./.exec(String(reference))?.[1] ?? String(reference);
  return stack
    .resources(`aws_vpc_security_group_${direction}_rule`)
    .map(({ block }) => {
      const peer = short(block.referenced_security_group_id ?? block.prefix_list_id);
      const ports = block.from_port === block.to_port ? block.from_port : `${block.from_port}-${block.to_port}`;
      return `${short(block.security_group_id)} ${direction === "egress" ? "->" : "<-"} ${peer} ${block.ip_protocol === "-1" ? "all" : ports}`;
    })
    .sort();
}

describe("the network", () => {
  test("has no way to or from the internet unless there are public subnets", () => {
    const open =
      /internet_gateway|nat_gateway|vpn|peering|transit_gateway|^aws_eip|^aws_route$|default_route_table|carrier_gateway|direct_connect|^aws_dx_|prefix_list/;
    expect(least.resources().filter(({ type }) => open.test(type))).toEqual([]);
    for (const { block } of least.resources("aws_route_table")) expect(block.route).toBeUndefined();
  });

  test.each([least, full])("gives no public address to anything", (stack) => {
    for (const { block } of stack.resources("aws_subnet")) {
      expect(block.map_public_ip_on_launch).toBe(false);
      expect(block.assign_ipv6_address_on_creation).toBeUndefined();
    }
  });

  test("closes the group that is taken when none is named", () => {
    expect(least.only("aws_default_security_group").block).toMatchObject({ ingress: [], egress: [] });
  });

  test.each([
    ["eu-west-1", "eu-west-1.compute.internal"],
    ["us-east-1", "ec2.internal"],
  ])("names hosts as AWS does in %s", (region, domain) => {
    const stack = networkOf({ place: { ...PLACE, region } });
    expect(stack.only("aws_vpc").block).toMatchObject({ enable_dns_support: true, enable_dns_hostnames: true });
    expect(stack.only("aws_vpc_dhcp_options").block).toMatchObject({
      domain_name: domain,
      domain_name_servers: ["AmazonProvidedDNS"],
    });
    expect(stack.only("aws_vpc_dhcp_options_association").block).toMatchObject({
      vpc_id: `\${${stack.only("aws_vpc").address}.id}`,
      dhcp_options_id: `\${${stack.only("aws_vpc_dhcp_options").address}.id}`,
    });
  });

  test.each([least, full])("keeps rules out of the groups themselves, where Terraform would mix them up", (stack) => {
    for (const { block } of stack.resources("aws_security_group")) {
      expect([block.ingress, block.egress]).toEqual([undefined, undefined]);
    }
  });

  test.each([least, full])("has no rule about addresses: each names a group or a prefix list", (stack) => {
    for (const direction of ["ingress", "egress"]) {
      for (const { block } of stack.resources(`aws_vpc_security_group_${direction}_rule`)) {
        expect([block.cidr_ipv4, block.cidr_ipv6]).toEqual([undefined, undefined]);
        expect([block.prefix_list_id, block.referenced_security_group_id].filter((peer) => peer)).toHaveLength(1);
      }
    }
  });

  test("reaches other services under their usual names, in every private subnet", () => {
    const privates = least.resources("aws_subnet").map(({ address }) => `\${${address}.id}`);
    for (const service of ["sqs", "kms"]) {
      expect(least.only("aws_vpc_endpoint", `network_endpoint-${service}`).block).toMatchObject({
        vpc_endpoint_type: "Interface",
        service_name: `com.amazonaws.eu-west-1.${service}`,
        private_dns_enabled: true,
        subnet_ids: privates,
        security_group_ids: [`\${${least.only("aws_security_group", "network_endpoints").address}.id}`],
      });
    }
    expect(least.resources("aws_vpc_endpoint")).toHaveLength(4);
  });
});

describe("security groups let", () => {
  test("functions out to the endpoints only, in a network of nothing else", () => {
    expect(rulesOf(least, "egress")).toEqual([
      "functions -> endpoints 443",
      "functions -> gateway-dynamodb 443",
      "functions -> gateway-s3 443",
    ]);
    expect(rulesOf(least, "ingress")).toEqual(["endpoints <- functions 443"]);
  });

  test("nobody but functions and Spark in, and databases answer on their port alone", () => {
    const databases = networkOf({ subnets: placesOf(["private", "data"]), databasePort: 3306 });
    expect(rulesOf(databases, "ingress")).toEqual(["databases <- functions 3306", "endpoints <- functions 443"]);
    expect(rulesOf(databases, "egress").filter((rule) => rule.startsWith("databases"))).toEqual([]);
  });

  test("databases out to S3 and DynamoDB when they are to, and nowhere else", () => {
    const asked = networkOf({ subnets: placesOf(["private", "data"]), dataGateways: true });
    expect(rulesOf(asked, "egress").filter((rule) => rule.startsWith("databases"))).toEqual([
      "databases -> gateway-dynamodb 443",
      "databases -> gateway-s3 443",
    ]);
  });

  test("through what EMR, Glue and NAT demand, and no more", () => {
    expect(rulesOf(full, "ingress")).toEqual([
      "databases <- emr-core 5432",
      "databases <- emr-primary 5432",
      "databases <- functions 5432",
      "databases <- glue 5432",
      "emr-core <- emr-core all",
      "emr-core <- emr-primary all",
      "emr-core <- emr-service 8443",
      "emr-primary <- emr-core all",
      "emr-primary <- emr-primary all",
      "emr-primary <- emr-service 8443",
      "emr-service <- emr-core 443",
      "emr-service <- emr-core 9443",
      "emr-service <- emr-primary 443",
      "emr-service <- emr-primary 9443",
      "endpoints <- emr-core 443",
      "endpoints <- emr-primary 443",
      "endpoints <- functions 443",
      "endpoints <- glue 443",
      "glue <- glue 0-65535",
    ]);
    expect(rulesOf(full, "egress")).toEqual([
      "emr-core -> databases 5432",
      "emr-core -> emr-core all",
      "emr-core -> emr-primary all",
      "emr-core -> emr-service 443",
      "emr-core -> emr-service 9443",
      "emr-core -> endpoints 443",
      "emr-core -> gateway-dynamodb 443",
      "emr-core -> gateway-s3 443",
      "emr-core -> gateway-s3 80",
      "emr-core -> internet-targets 443",
      "emr-primary -> databases 5432",
      "emr-primary -> emr-core all",
      "emr-primary -> emr-primary all",
      "emr-primary -> emr-service 443",
      "emr-primary -> emr-service 9443",
      "emr-primary -> endpoints 443",
      "emr-primary -> gateway-dynamodb 443",
      "emr-primary -> gateway-s3 443",
      "emr-primary -> gateway-s3 80",
      "emr-primary -> internet-targets 443",
      "emr-service -> emr-core 8443",
      "emr-service -> emr-primary 8443",
      "functions -> databases 5432",
      "functions -> endpoints 443",
      "functions -> gateway-dynamodb 443",
      "functions -> gateway-s3 443",
      "functions -> internet-targets 443",
      "glue -> databases 5432",
      "glue -> endpoints 443",
      "glue -> gateway-dynamodb 443",
      "glue -> gateway-s3 443",
      "glue -> glue 0-65535",
      "glue -> internet-targets 443",
    ]);
  });

  test("EC2 read their names and descriptions, for it refuses many characters", () => {
    const types = ["aws_security_group", "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule"];
    for (const { block } of types.flatMap((type) => full.resources(type))) {
      expect(block.description).toMatch(/^[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/);
      expect(String(block.name ?? "")).toMatch(/^(?!sg-)[\w-]{0,255}$/);
    }
  });

  test("groups of EMR be deleted although EMR adds rules of its own", () => {
    const revoked = full.resources("aws_security_group").filter(({ block }) => block.revoke_rules_on_delete === true);
    expect(revoked.map(({ block }) => block.name).sort()).toEqual([
      "the-network-emr-core",
      "the-network-emr-primary",
      "the-network-emr-service",
    ]);
  });
});

describe("network ACLs let", () => {
  const rules = (stack: Stack, tier: string, direction: string) =>
    (stack.only("aws_network_acl", `network_acl-${tier}`).block[direction] as Block[]).map(
      (rule) => `${rule.rule_no} ${rule.action} ${rule.protocol} ${rule.cidr_block} ${rule.from_port}-${rule.to_port}`,
    );

  test("private subnets meet, call web services, ask databases and hear answers", () => {
    expect(rules(full, "private", "ingress")).toEqual([
      "100 allow -1 10.0.80.0/20 0-0",
      "110 allow -1 10.0.96.0/20 0-0",
      "120 allow tcp 0.0.0.0/0 1024-65535",
    ]);
    expect(rules(full, "private", "egress")).toEqual([
      "100 allow -1 10.0.80.0/20 0-0",
      "110 allow -1 10.0.96.0/20 0-0",
      "120 allow tcp 0.0.0.0/0 443-443",
      "130 allow tcp 0.0.0.0/0 80-80",
      "140 allow tcp 10.0.160.0/20 5432-5432",
      "150 allow tcp 10.0.176.0/20 5432-5432",
    ]);
    expect(rules(least, "private", "egress")).toEqual([
      "100 allow -1 10.0.80.0/20 0-0",
      "110 allow -1 10.0.96.0/20 0-0",
      "120 allow tcp 0.0.0.0/0 443-443",
    ]);
  });

  test("data subnets be asked by private ones on the databases' port, and answer", () => {
    expect(rules(full, "data", "ingress")).toEqual([
      "100 allow tcp 10.0.80.0/20 5432-5432",
      "110 allow tcp 10.0.96.0/20 5432-5432",
    ]);
    expect(rules(full, "data", "egress")).toEqual([
      "100 allow tcp 10.0.80.0/20 1024-65535",
      "110 allow tcp 10.0.96.0/20 1024-65535",
    ]);
  });

  test("public subnets pass on what private ones ask and what is answered", () => {
    expect(rules(full, "public", "ingress")).toEqual([
      "100 allow tcp 10.0.80.0/20 443-443",
      "110 allow tcp 10.0.96.0/20 443-443",
      "120 allow tcp 10.0.80.0/20 80-80",
      "130 allow tcp 10.0.96.0/20 80-80",
      "140 allow tcp 0.0.0.0/0 1024-65535",
    ]);
    expect(rules(full, "public", "egress")).toEqual([
      "100 allow tcp 0.0.0.0/0 443-443",
      "110 allow tcp 0.0.0.0/0 80-80",
      "120 allow tcp 10.0.80.0/20 1024-65535",
      "130 allow tcp 10.0.96.0/20 1024-65535",
    ]);
  });
});

describe("the policy of the endpoint of", () => {
  const OWN = [PLACE.accountId, "222222222222"];
  const owner = (account: string) => ({ "aws:ResourceAccount": account });
  const cases = [
    { service: "S3", name: "network_gateway-s3", action: "s3:GetObject", resource: "arn:aws:s3:::any/key" },
    { service: "S3, writing,", name: "network_gateway-s3", action: "s3:PutObject", resource: "arn:aws:s3:::any/key" },
    {
      service: "DynamoDB",
      name: "network_gateway-dynamodb",
      action: "dynamodb:GetItem",
      resource: "arn:aws:dynamodb:::table/any",
    },
    { service: "SQS", name: "network_endpoint-sqs", action: "sqs:SendMessage", resource: "arn:aws:sqs:::any" },
    {
      service: "CloudWatch",
      name: "network_endpoint-monitoring",
      action: "cloudwatch:PutMetricData",
      resource: "arn:aws:cloudwatch:::any",
    },
    { service: "ECR", name: "network_endpoint-ecrdkr", action: "ecr:BatchGetImage", resource: "arn:aws:ecr:::any" },
  ];

  describe.each(cases)("$service", ({ name, action, resource }) => {
    const policy = full.policyOf(full.only("aws_vpc_endpoint", name));
    const pass = (caller: Caller, context: Request["context"], of = action) =>
      decide(policy, "resource", { caller, action: of, resource, context });

    test("lets own roles reach what own accounts hold", () => {
      for (const account of OWN) expect(pass({ arn: roleArn("any") }, owner(account))).toBe("allow");
    });

    test("lets nobody reach what another account holds: stolen data has nowhere to go", () => {
      expect(pass({ arn: roleArn("any") }, owner(FOREIGN_ACCOUNT))).toBe("none");
      expect(pass({ arn: roleArn("any") }, {})).toBe("none");
    });

    test("lets nobody use the credentials of another account", () => {
      for (const account of [...OWN, FOREIGN_ACCOUNT]) {
        expect(pass({ arn: roleArn("any", FOREIGN_ACCOUNT) }, owner(account))).toBe("none");
        expect(pass("anonymous", owner(account))).toBe("none");
      }
    });

    test("lets no other service's calls pass", () => {
      expect(pass({ arn: roleArn("any") }, owner(PLACE.accountId), "ec2:RunInstances")).toBe("none");
    });
  });

  test("a service that looks at no policy has none, for AWS would refuse it", () => {
    expect(full.only("aws_vpc_endpoint", "network_endpoint-inspector2").block.policy).toBeUndefined();
  });

  test.each(Object.entries(INTERFACE_ENDPOINTS).filter(([, { policies }]) => policies !== false))(
    "%s lets the actions of its service pass, by their own prefix",
    (name, { iamPrefix }) => {
      const stack = networkOf({ interfaceEndpoints: endpoints(name) });
      const [endpoint] = stack
        .resources("aws_vpc_endpoint")
        .filter(({ block }) => block.service_name === `com.amazonaws.eu-west-1.${name}`);
      expect(endpoint && stack.policyOf(endpoint).Statement.map(({ Action }) => Action)).toEqual([`${iamPrefix}:*`]);
      expect(iamPrefix).toMatch(/^[a-z][a-z0-9-]*$/);
    },
  );
});

describe("of the buckets of AWS, the endpoint of S3", () => {
  /** Bucket, as AWS documents it, and who needs it. */
  const documented: readonly (readonly [bucket: string, region: string])[] = [
    ["al2023-repos-eu-west-1-de612dc2", "eu-west-1"],
    ["amazonlinux-2-repos-eu-west-1", "eu-west-1"],
    ["amazonlinux.eu-west-1.amazonaws.com", "eu-west-1"],
    ["repo.eu-west-1.emr.amazonaws.com", "eu-west-1"],
    ["aws157-instance-data-0-prod-eu-west-1", "eu-west-1"],
    ["aws157-instance-data-1-prod-eu-west-1", "eu-west-1"],
    ["aws157-instance-data-bucket-1-prod-ap-southeast-2", "ap-southeast-2"],
    ["eu-west-1.elasticmapreduce", "eu-west-1"],
    ["us-east-1.elasticmapreduce", "us-east-1"],
    ["aws-glue-jes-prod-eu-west-1-assets", "eu-west-1"],
    ["aws-glue-studio-transforms-244479516193-prod-eu-west-1", "eu-west-1"],
    ["aws-glue-studio-transforms-510798373988-prod-us-east-1", "us-east-1"],
    ["prod-eu-west-1-starport-layer-bucket", "eu-west-1"],
  ];
  const asked = (change: Partial<NetworkProps>, action: string, bucket: string, region = PLACE.region) => {
    const stack = networkOf({ place: { ...PLACE, region }, ...change });
    const policy = stack.policyOf(stack.only("aws_vpc_endpoint", "network_gateway-s3"));
    const context = { "aws:ResourceAccount": FOREIGN_ACCOUNT };
    const resource = `arn:aws:s3:::${bucket}/any/key`;
    return (["anonymous", { arn: roleArn("any") }] as const).map((caller) =>
      decide(policy, "resource", { caller, action, resource, context }),
    );
  };
  const spark = { spark: true, interfaceEndpoints: endpoints("sqs", "ecr.dkr") };

  test.each(documented)("lets anybody read %s, with credentials and without", (bucket, region) => {
    expect(asked(spark, "s3:GetObject", bucket, region)).toEqual(["allow", "allow"]);
  });

  test.each(documented)("lets nobody write to %s, list it or change it", (bucket, region) => {
    for (const action of ["s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:PutBucketPolicy", "s3:PutObjectAcl"])
      expect(asked(spark, action, bucket, region)).toEqual(["none", "none"]);
  });

  test.each([
    "al2023-repos-eu-west-1-de612dc2-of-somebody",
    "somebody-al2023-repos-eu-west-1-de612dc2",
    "al2023-repos-us-east-1-de612dc2",
    "aws-glue-studio-transforms-999999999999-prod-eu-west-1",
    "aws157-logs-prod-eu-west-1",
    "prod.eu-west-1.appinfo.src",
    "somebody.elasticmapreduce",
  ])("knows none that is only named like them, lies elsewhere or takes data: %s", (bucket) => {
    for (const action of ["s3:GetObject", "s3:PutObject"])
      expect(asked(spark, action, bucket)).toEqual(["none", "none"]);
  });

  test("knows only those that something in the network needs", () => {
    for (const [bucket, region] of documented)
      expect(asked({}, "s3:GetObject", bucket, region)).toEqual(["none", "none"]);
    expect(asked({ spark: true }, "s3:GetObject", "prod-eu-west-1-starport-layer-bucket")).toEqual(["none", "none"]);
  });
});
