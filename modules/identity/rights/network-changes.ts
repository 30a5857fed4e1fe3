/** Changes of the network. EC2 gives ids, not names, so the region and account are all that bounds them. */
const NETWORK_CHANGES = [
  "ec2:AssociateDhcpOptions",
  "ec2:AssociateRouteTable",
  "ec2:AuthorizeSecurityGroupEgress",
  "ec2:AuthorizeSecurityGroupIngress",
  "ec2:CreateDhcpOptions",
  "ec2:CreateFlowLogs",
  "ec2:CreateNetworkAcl",
  "ec2:CreateNetworkAclEntry",
  "ec2:CreateRouteTable",
  "ec2:CreateSecurityGroup",
  "ec2:CreateSubnet",
  "ec2:CreateTags",
  "ec2:CreateVpc",
  "ec2:CreateVpcEndpoint",
  "ec2:DeleteDhcpOptions",
  "ec2:DeleteFlowLogs",
  "ec2:DeleteNetworkAcl",
  "ec2:DeleteNetworkAclEntry",
  // Interfaces that a function left behind hold its security group: the provider clears them away.
  "ec2:DeleteNetworkInterface",
  "ec2:DeleteRouteTable",
  "ec2:DeleteSecurityGroup",
  "ec2:DeleteSubnet",
  "ec2:DeleteTags",
  "ec2:DeleteVpc",
  "ec2:DeleteVpcEndpoints",
  "ec2:DetachNetworkInterface",
  "ec2:DisassociateRouteTable",
  "ec2:ModifySecurityGroupRules",
  "ec2:ModifySubnetAttribute",
  "ec2:ModifyVpcAttribute",
  "ec2:ModifyVpcEndpoint",
  "ec2:ReplaceNetworkAclAssociation",
  "ec2:ReplaceNetworkAclEntry",
  "ec2:RevokeSecurityGroupEgress",
  "ec2:RevokeSecurityGroupIngress",
];

/** Changes that make a way to the internet. */
const NETWORK_OPENINGS = [
  "ec2:AllocateAddress",
  "ec2:AttachInternetGateway",
  "ec2:CreateInternetGateway",
  "ec2:CreateManagedPrefixList",
  "ec2:CreateNatGateway",
  "ec2:CreateRoute",
  "ec2:ModifyManagedPrefixList",
  "ec2:ReplaceRoute",
];

/** Changes that take a way to the internet away: these may be made everywhere, so that an account can be closed again. */
const NETWORK_CLOSINGS = [
  "ec2:DeleteInternetGateway",
  "ec2:DeleteManagedPrefixList",
  "ec2:DeleteNatGateway",
  "ec2:DeleteRoute",
  "ec2:DetachInternetGateway",
  "ec2:DisassociateAddress",
  "ec2:ReleaseAddress",
];

/** What a deployer changes of the network; `opens` where the account asks for public subnets. */
export function networkChanges(opens: boolean): string[] {
  return [...NETWORK_CHANGES, ...NETWORK_CLOSINGS, ...(opens ? NETWORK_OPENINGS : [])].sort();
}
