import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { VpcDhcpOptions } from "@cdktf/provider-aws/lib/vpc-dhcp-options";
import { VpcDhcpOptionsAssociation } from "@cdktf/provider-aws/lib/vpc-dhcp-options-association";
import { Construct } from "constructs";
import type { Place } from "../place";
import { dynamodbEndpointPolicy, s3EndpointPolicy } from "./endpoint-policy";
import { addGateway, addInterface, type InterfaceEndpoint } from "./endpoints";
import { type Group, Groups } from "./groups";
import { addInternet, connectInternet, type Nat } from "./internet";
import { aclRules, addAcl } from "./nacls";
import { addSparkGroups, type SparkGroups } from "./spark";
import { type SubnetPlace, Tier, type TierSubnet } from "./tier";

export interface NetworkProps {
  readonly place: Place;
  /** First part of the names of everything in the network. */
  readonly name: string;
  /** IPv4 range of the VPC. */
  readonly cidr: string;
  /** Subnets, each in an availability zone; a tier exists when it has any. Private ones are needed. */
  readonly subnets: readonly SubnetPlace[];
  /** Gateways to the internet in the public subnets. @default none */
  readonly nat?: Nat;
  /** Ranges of the internet that may be called through NAT. @default none */
  readonly natTargets?: readonly string[];
  /** Does the stack have a database in the data subnets? @default false: they are for those of others */
  readonly holdsDatabase?: boolean;
  /** Do databases reach S3 and DynamoDB? @default false */
  readonly dataGateways?: boolean;
  /** Port on which databases are asked. */
  readonly databasePort: number;
  /** Do Glue jobs and EMR clusters run here? */
  readonly spark: boolean;
  /** AWS services with an interface endpoint. */
  readonly interfaceEndpoints: readonly InterfaceEndpoint[];
  /** Accounts of the lake: the only ones whose buckets and tables can be reached. */
  readonly accountIds: readonly string[];
}

const HTTPS = 443;
/** Amazon Linux 2 and EMR fetch packages from S3 by plain HTTP as well. */
const HTTP = 80;

/**
 * A VPC in which everything has to be named to be reached: other groups, AWS services through endpoints that know the
 * lake's accounts only, and the internet not at all unless there are public subnets and NAT.
 */
export class Network extends Construct {
  readonly vpcId: string;
  readonly privateSubnetIds: string[];
  /** The private subnets, in the order of their zones. */
  readonly privateSubnets: readonly TierSubnet[];
  /** Empty without a data tier. */
  readonly dataSubnetIds: string[];
  /** Security group of functions: may reach endpoints and databases and nothing else. */
  readonly functionsGroupId: string;
  /** Security group of databases. @default there is no data tier */
  readonly databasesGroupId?: string;
  /** Security groups of Glue jobs and EMR clusters. @default nothing runs Spark here */
  readonly spark?: SparkGroups;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    this.vpcId = this.addVpc(props);
    const tiers = this.addTiers(props);
    const groups = new Groups(this, this.vpcId, props.name);
    const members = addMembers(groups, props);
    this.addGateways(props, tiers, groups, members);
    this.addInterfaces(props, tiers.private.subnetIds, members.endpoints);
    this.connect(props, groups, members);

    this.privateSubnetIds = tiers.private.subnetIds;
    this.privateSubnets = tiers.private.subnets;
    this.dataSubnetIds = tiers.data.subnetIds;
    this.functionsGroupId = members.functions.id;
    this.databasesGroupId = members.databases?.id;
    this.spark = members.spark;
  }

  private addVpc({ cidr, name, place: { region } }: NetworkProps): string {
    const { id: vpcId } = new Vpc(this, "vpc", {
      cidrBlock: cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: name },
    });
    const dhcp = new VpcDhcpOptions(this, "dhcp", {
      // https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html
      domainName: region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`,
      domainNameServers: ["AmazonProvidedDNS"],
      tags: { Name: name },
    });
    new VpcDhcpOptionsAssociation(this, "dhcp-association", { vpcId, dhcpOptionsId: dhcp.id });
    // Without rules here, what names no security group of its own can reach nothing and be reached by nobody.
    new DefaultSecurityGroup(this, "default-group", {
      vpcId,
      ingress: [],
      egress: [],
      tags: { Name: `${name}-closed` },
    });
    return vpcId;
  }

  private addTiers(props: NetworkProps): Tiers {
    const { vpcId } = this;
    const { name: prefix, subnets: places, nat = "none" } = props;
    const tier = (name: SubnetPlace["tier"]) => new Tier(this, name, { vpcId, prefix, places });
    const tiers = { public: tier("public"), private: tier("private"), data: tier("data") };
    const rules = aclRules({
      cidrs: { public: tiers.public.cidrs, private: tiers.private.cidrs, data: tiers.data.cidrs },
      databasePort: props.databasePort,
      dataGateways: props.dataGateways ?? false,
      packagesByHttp: props.spark,
    });
    for (const one of Object.values(tiers)) if (one.exists) addAcl(this, one, rules[one.name], vpcId, prefix);
    if (tiers.public.exists) {
      addInternet(this, { vpcId, prefix, publicTier: tiers.public, privateTier: tiers.private, nat });
    }
    return tiers;
  }

  private addGateways(props: NetworkProps, tiers: Tiers, groups: Groups, members: Members): void {
    const { place, name: prefix, accountIds, dataGateways } = props;
    const images = props.interfaceEndpoints.some(({ iamPrefix }) => iamPrefix === "ecr");
    const policies = {
      s3: s3EndpointPolicy(place, accountIds, { spark: props.spark, images }),
      dynamodb: dynamodbEndpointPolicy(accountIds),
    };
    const routeTableIds = [...tiers.private.routeTableIds, ...(dataGateways ? tiers.data.routeTableIds : [])];
    const users = [...members.callers, ...(members.databases && dataGateways ? [members.databases] : [])];
    for (const service of ["s3", "dynamodb"] as const) {
      const where = { vpcId: this.vpcId, place, prefix };
      const { prefixListId } = addGateway(this, service, policies[service], routeTableIds, where);
      for (const user of users) groups.connectList(user, service, prefixListId, HTTPS);
      if (service !== "s3" || !members.spark) continue;
      const { primary, core } = members.spark;
      for (const nodes of [primary, core]) groups.connectList(nodes, service, prefixListId, HTTP);
    }
  }

  private addInterfaces(props: NetworkProps, subnetIds: string[], group: Group): void {
    const where = { vpcId: this.vpcId, place: props.place, prefix: props.name };
    for (const endpoint of props.interfaceEndpoints) {
      addInterface(this, endpoint, props.accountIds, { subnetIds, securityGroupIds: [group.id] }, where);
    }
  }

  private connect(props: NetworkProps, groups: Groups, { callers, endpoints, databases }: Members): void {
    for (const caller of callers) {
      groups.connect(caller, endpoints, HTTPS);
      if (databases) groups.connect(caller, databases, props.databasePort);
    }
    const { natTargets: targets = [], name: prefix } = props;
    if (targets.length > 0) connectInternet(this, groups, callers, { targets, prefix });
  }
}

type Tiers = Readonly<Record<"public" | "private" | "data", Tier>>;

/** Security groups of what is in the network. */
interface Members {
  readonly functions: Group;
  readonly endpoints: Group;
  readonly databases?: Group;
  readonly spark?: SparkGroups;
  /** Who calls AWS services and databases. */
  readonly callers: readonly Group[];
}

function addMembers(groups: Groups, { subnets, spark: runsSpark, holdsDatabase = false }: NetworkProps): Members {
  const functions = groups.add("functions", "Lambda functions: to the endpoints and databases");
  const endpoints = groups.add("endpoints", "Interface endpoints: from what runs in the network");
  const databases = subnets.some(({ tier }) => tier === "data")
    ? groups.add("databases", "Databases: from functions and Spark", {
        membersUnseen: holdsDatabase
          ? undefined
          : "databases that are sources of the lake join it, and belong to others",
      })
    : undefined;
  const spark = runsSpark ? addSparkGroups(groups) : undefined;
  const callers = [functions, ...(spark ? [spark.glue, spark.primary, spark.core] : [])];
  return { functions, endpoints, databases, spark, callers };
}
