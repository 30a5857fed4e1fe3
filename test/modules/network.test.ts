import {
  dynamodbEndpointPolicy,
  interfaceEndpointPolicy,
  s3EndpointPolicy,
} from "../../modules/network/endpoint-policy";
import { policyJson } from "../../modules/policies/statement";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { type Caller, decide, parsePolicy, type Request } from "../support/policy";
import { networkIn } from "./fixtures";

const stack = synthModule((scope) => {
  networkIn(scope, ["sqs", "kms"]);
});

describe("the network", () => {
  test("has no way to or from the internet", () => {
    const open =
      /internet_gateway|nat_gateway|vpn|peering|transit_gateway|^aws_eip|^aws_route$|default_route_table|carrier_gateway|direct_connect|^aws_dx_/;
    expect(stack.resources().filter(({ type }) => open.test(type))).toEqual([]);
    for (const { block } of stack.resources("aws_route_table")) expect(block.route).toBeUndefined();
  });

  test("gives no public address to anything", () => {
    const subnets = stack.resources("aws_subnet");
    expect(subnets.map(({ block }) => block.map_public_ip_on_launch)).toEqual([false, false]);
    for (const { block } of subnets) expect(block.assign_ipv6_address_on_creation).toBeUndefined();
  });

  test("lies in two availability zones, each with a route table of its own", () => {
    expect(stack.resources("aws_subnet").map(({ block }) => block.availability_zone)).toEqual([
      "eu-west-1a",
      "eu-west-1b",
    ]);
    const tables = stack.resources("aws_route_table_association").map(({ block }) => block.route_table_id);
    expect(new Set(tables).size).toBe(2);
  });

  test("closes the group that is taken when none is named", () => {
    expect(stack.only("aws_default_security_group").block).toMatchObject({ ingress: [], egress: [] });
  });

  test("lets functions out to the endpoints only, by HTTPS", () => {
    const functions = `\${${stack.only("aws_security_group", "network_functions").address}.id}`;
    const rules = stack.resources("aws_vpc_security_group_egress_rule");
    expect(rules).toHaveLength(3);
    for (const { block } of rules) {
      expect(block).toMatchObject({ security_group_id: functions, ip_protocol: "tcp", from_port: 443, to_port: 443 });
      expect([block.cidr_ipv4, block.cidr_ipv6]).toEqual([undefined, undefined]);
      expect(
        [block.prefix_list_id, block.referenced_security_group_id].filter((target) => target !== undefined),
      ).toHaveLength(1);
    }
  });

  test("lets into the interface endpoints functions only, by HTTPS", () => {
    const { block } = stack.only("aws_vpc_security_group_ingress_rule");
    expect(block).toMatchObject({
      security_group_id: `\${${stack.only("aws_security_group", "network_endpoints").address}.id}`,
      referenced_security_group_id: `\${${stack.only("aws_security_group", "network_functions").address}.id}`,
      ip_protocol: "tcp",
      from_port: 443,
      to_port: 443,
    });
    expect([block.cidr_ipv4, block.cidr_ipv6, block.prefix_list_id]).toEqual([undefined, undefined, undefined]);
  });

  test("keeps rules out of the groups themselves, where Terraform would mix them up", () => {
    for (const { block } of stack.resources("aws_security_group")) {
      expect([block.ingress, block.egress]).toEqual([undefined, undefined]);
    }
  });

  test("reaches S3 and DynamoDB from every subnet, and other services under their usual names", () => {
    const tables = stack.resources("aws_route_table").map(({ address }) => `\${${address}.id}`);
    for (const name of ["network_gateway-s3", "network_gateway-dynamodb"]) {
      expect(stack.only("aws_vpc_endpoint", name).block).toMatchObject({
        vpc_endpoint_type: "Gateway",
        route_table_ids: tables,
      });
    }
    for (const service of ["sqs", "kms"]) {
      expect(stack.only("aws_vpc_endpoint", `network_endpoint-${service}`).block).toMatchObject({
        vpc_endpoint_type: "Interface",
        service_name: `com.amazonaws.eu-west-1.${service}`,
        private_dns_enabled: true,
        subnet_ids: stack.resources("aws_subnet").map(({ address }) => `\${${address}.id}`),
        security_group_ids: [`\${${stack.only("aws_security_group", "network_endpoints").address}.id}`],
      });
    }
    expect(stack.resources("aws_vpc_endpoint")).toHaveLength(4);
  });
});

describe("the policy of the endpoint of", () => {
  const OWN = [PLACE.accountId, "222222222222"];
  const owner = (account: string) => ({ "aws:ResourceAccount": account });
  const cases = [
    { service: "S3", name: "network_gateway-s3", action: "s3:GetObject", resource: "arn:aws:s3:::any/key" },
    {
      service: "DynamoDB",
      name: "network_gateway-dynamodb",
      action: "dynamodb:GetItem",
      resource: "arn:aws:dynamodb:::table/any",
    },
    { service: "SQS", name: "network_endpoint-sqs", action: "sqs:SendMessage", resource: "arn:aws:sqs:::any" },
    { service: "KMS", name: "network_endpoint-kms", action: "kms:Decrypt", resource: "arn:aws:kms:::key/any" },
  ];

  describe.each(cases)("$service", ({ name, action, resource }) => {
    const policy = stack.policyOf(stack.only("aws_vpc_endpoint", name));
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

  test("any number of accounts is the same", () => {
    for (const statements of [
      s3EndpointPolicy(OWN),
      dynamodbEndpointPolicy(OWN),
      interfaceEndpointPolicy("sqs", OWN),
    ]) {
      const [statement] = parsePolicy(policyJson(statements), "resource").Statement;
      expect(statement?.Condition).toEqual({
        StringEquals: { "aws:PrincipalAccount": OWN, "aws:ResourceAccount": OWN },
      });
    }
  });
});
