import { GlueConnection } from "@cdktf/provider-aws/lib/glue-connection";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import type { Network } from "../network/network";
import { arnIn, type Place } from "../place";

export interface SparkNetworkProps {
  readonly place: Place;
  /** First part of the connections' physical names. */
  readonly name: string;
  readonly network: Network;
}

/** The ways of Glue jobs into the network: a connection a subnet. A job tries them one after the other. */
export class SparkNetwork extends Construct {
  readonly connections: string[];
  private readonly subnetArns: readonly string[];
  private readonly groupArn: string;
  private readonly vpcArn: string;
  private readonly connectionArns: readonly string[];
  private readonly place: Place;

  constructor(scope: Construct, id: string, { place, name, network }: SparkNetworkProps) {
    super(scope, id);
    const { spark, privateSubnets } = network;
    if (!spark) throw new Error(`the network of ${name} has no security group for Glue jobs`);
    this.place = place;
    this.connections = privateSubnets.map((subnet) => {
      const zone = subnet.availabilityZone.slice(-1);
      return new GlueConnection(this, zone, {
        name: `${name}-${zone}`,
        description: `Glue jobs run in ${subnet.name}`,
        connectionType: "NETWORK",
        physicalConnectionRequirements: {
          availabilityZone: subnet.availabilityZone,
          subnetId: subnet.subnetId,
          securityGroupIdList: [spark.glue.id],
        },
      }).name;
    });
    this.connectionArns = privateSubnets.map(({ availabilityZone }) =>
      arnIn(place, "glue", `connection/${name}-${availabilityZone.slice(-1)}`),
    );
    this.subnetArns = privateSubnets.map(({ subnetId }) => arnIn(place, "ec2", `subnet/${subnetId}`));
    this.groupArn = arnIn(place, "ec2", `security-group/${spark.glue.id}`);
    this.vpcArn = arnIn(place, "ec2", `vpc/${network.vpcId}`);
  }

  /**
   * The role's jobs may join the network. Glue makes their interfaces in the role's name, and tags them to find them again:
   * https://docs.aws.amazon.com/glue/latest/dg/create-service-policy.html
   */
  grantJoin(role: Role): void {
    const interfaces = arnIn(this.place, "ec2", "network-interface/*");
    role.allow(
      {
        Sid: "FindConnections",
        Action: "glue:GetConnection",
        Resource: [arnIn(this.place, "glue", "catalog"), ...this.connectionArns],
      },
      {
        // These know no resources.
        Sid: "FindNetwork",
        Action: [
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeRouteTables",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets",
          "ec2:DescribeVpcAttribute",
          "ec2:DescribeVpcEndpoints",
        ],
        Resource: "*",
      },
      {
        Sid: "MakeInterfaces",
        Action: "ec2:CreateNetworkInterface",
        Resource: [interfaces, this.groupArn, ...this.subnetArns],
      },
      {
        Sid: "RemoveInterfaces",
        Action: "ec2:DeleteNetworkInterface",
        Resource: interfaces,
        Condition: { ArnEquals: { "ec2:Vpc": this.vpcArn } },
      },
      {
        Sid: "TagInterfaces",
        Action: ["ec2:CreateTags", "ec2:DeleteTags"],
        Resource: interfaces,
        Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["aws-glue-service-resource"] } },
      },
    );
  }
}
