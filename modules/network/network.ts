import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import type { Place } from "../place";
import { policyJson } from "../policies/statement";
import { dynamodbEndpointPolicy, interfaceEndpointPolicy, s3EndpointPolicy } from "./endpoint-policy";

export interface NetworkProps {
  readonly place: Place;
  /** First part of the names of everything in the network. */
  readonly name: string;
  /** IPv4 range of the VPC. */
  readonly cidr: string;
  /** Private subnets, one an availability zone. */
  readonly privateSubnets: readonly { readonly availabilityZone: string; readonly cidr: string }[];
  /** AWS services with an interface endpoint, e.g. `sqs`. */
  readonly interfaceEndpoints: readonly string[];
  /** Accounts of the lake: the only ones whose buckets and tables can be reached. */
  readonly accountIds: readonly string[];
}

const HTTPS = { ipProtocol: "tcp", fromPort: 443, toPort: 443 };

/** A VPC without a way to the internet: AWS services are reached through endpoints that know the lake's accounts only. */
export class Network extends Construct {
  readonly vpcId: string;
  readonly privateSubnetIds: string[];
  /** Security group of functions: may reach the endpoints and nothing else. */
  readonly functionsGroupId: string;
  private readonly vpc: Vpc;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    this.vpc = new Vpc(this, "vpc", {
      cidrBlock: props.cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: props.name },
    });
    this.vpcId = this.vpc.id;
    // Without rules here, what names no security group of its own can reach nothing and be reached by nobody.
    new DefaultSecurityGroup(this, "default-group", {
      vpcId: this.vpc.id,
      ingress: [],
      egress: [],
      tags: { Name: `${props.name}-closed` },
    });

    const privateTier = props.privateSubnets.map((subnet) => this.addPrivateSubnet(subnet, props.name));
    this.privateSubnetIds = privateTier.map(({ subnet }) => subnet.id);
    const routeTableIds = privateTier.map(({ routeTable }) => routeTable.id);

    const functions = this.addGroup("functions", "Lambda functions: out to the endpoints only", props.name);
    const endpoints = this.addGroup("endpoints", "Interface endpoints: in from functions only", props.name);
    this.functionsGroupId = functions.id;
    const gateways = [
      this.addGateway("s3", s3EndpointPolicy(props.accountIds), routeTableIds, props),
      this.addGateway("dynamodb", dynamodbEndpointPolicy(props.accountIds), routeTableIds, props),
    ];
    for (const { service, endpoint } of gateways) {
      new VpcSecurityGroupEgressRule(this, `functions-to-${service}`, {
        securityGroupId: functions.id,
        description: `To ${service} through its gateway endpoint`,
        prefixListId: endpoint.prefixListId,
        ...HTTPS,
      });
    }
    new VpcSecurityGroupEgressRule(this, "functions-to-endpoints", {
      securityGroupId: functions.id,
      description: "To the interface endpoints",
      referencedSecurityGroupId: endpoints.id,
      ...HTTPS,
    });
    new VpcSecurityGroupIngressRule(this, "endpoints-from-functions", {
      securityGroupId: endpoints.id,
      description: "From the functions",
      referencedSecurityGroupId: functions.id,
      ...HTTPS,
    });
    for (const service of props.interfaceEndpoints) {
      new VpcEndpoint(this, `endpoint-${service}`, {
        vpcId: this.vpc.id,
        vpcEndpointType: "Interface",
        serviceName: `com.amazonaws.${props.place.region}.${service}`,
        subnetIds: this.privateSubnetIds,
        securityGroupIds: [endpoints.id],
        privateDnsEnabled: true,
        policy: policyJson(interfaceEndpointPolicy(service, props.accountIds)),
        tags: { Name: `${props.name}-${service}` },
      });
    }
  }

  private addPrivateSubnet({ availabilityZone, cidr }: NetworkProps["privateSubnets"][number], name: string) {
    const id = `private-${availabilityZone.slice(-1)}`;
    const tags = { Name: `${name}-${id}` };
    const subnet = new Subnet(this, id, {
      vpcId: this.vpc.id,
      cidrBlock: cidr,
      availabilityZone,
      mapPublicIpOnLaunch: false,
      tags,
    });
    const routeTable = new RouteTable(this, `routes-${id}`, { vpcId: this.vpc.id, tags });
    new RouteTableAssociation(this, `association-${id}`, { subnetId: subnet.id, routeTableId: routeTable.id });
    return { subnet, routeTable };
  }

  private addGroup(id: string, description: string, name: string): SecurityGroup {
    return new SecurityGroup(this, `${id}-group`, {
      vpcId: this.vpc.id,
      name: `${name}-${id}`,
      description,
      tags: { Name: `${name}-${id}` },
    });
  }

  private addGateway(
    service: string,
    statements: Parameters<typeof policyJson>[0],
    routeTableIds: string[],
    props: NetworkProps,
  ) {
    const endpoint = new VpcEndpoint(this, `gateway-${service}`, {
      vpcId: this.vpc.id,
      vpcEndpointType: "Gateway",
      serviceName: `com.amazonaws.${props.place.region}.${service}`,
      routeTableIds,
      policy: policyJson(statements),
      tags: { Name: `${props.name}-${service}` },
    });
    return { service, endpoint };
  }
}
