import { networkChanges } from "./network-changes";
import type { RightsPart } from "./part";

/** Networks, and the ways out of them where an account asks for some. */
export const networkRights: RightsPart = {
  name: "network",
  services: ["ec2", "route53"],
  // One by one they would be many; none of them reads data.
  unscopedReads: ["ec2:Describe*", "ec2:GetManagedPrefixListEntries"],
  deploy: ({ place, opensNetwork }) => [
    {
      Sid: "ChangeNetwork",
      Action: networkChanges(opensNetwork ?? false),
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": place.region } },
    },
    // Asked of whoever makes an endpoint with private DNS. The zone is AWS's, and Route 53 is global, so no region bounds it:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    {
      Sid: "NameEndpoints",
      Action: "route53:AssociateVPCWithHostedZone",
      Resource: `arn:${place.partition}:route53:::hostedzone/*`,
    },
  ],
};
