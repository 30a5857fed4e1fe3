import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import type { Construct } from "constructs";
import type { Place } from "../place";
import { policyJson, type Statement } from "../policies/statement";
import { interfaceEndpointPolicy } from "./endpoint-policy";

/** An AWS service with an interface endpoint. */
export interface InterfaceEndpoint {
  /** Last part of the endpoint's service name, e.g. `monitoring`. */
  readonly name: string;
  /** First part of the service's IAM actions, e.g. `cloudwatch`. */
  readonly iamPrefix: string;
  /** Does the service look at endpoint policies? @default true */
  readonly policies?: boolean;
}

interface EndpointProps {
  readonly vpcId: string;
  readonly place: Place;
  /** First part of names. */
  readonly prefix: string;
}

/** An endpoint that stands in route tables; it costs nothing. */
export function addGateway(
  scope: Construct,
  service: "s3" | "dynamodb",
  statements: readonly Statement[],
  routeTableIds: string[],
  { vpcId, place, prefix }: EndpointProps,
): VpcEndpoint {
  return new VpcEndpoint(scope, `gateway-${service}`, {
    vpcId,
    vpcEndpointType: "Gateway",
    serviceName: `com.amazonaws.${place.region}.${service}`,
    routeTableIds,
    policy: policyJson(statements),
    tags: { Name: `${prefix}-${service}` },
  });
}

/** An endpoint with an address in each subnet, found under the service's usual name. */
export function addInterface(
  scope: Construct,
  { name, iamPrefix, policies = true }: InterfaceEndpoint,
  accountIds: readonly string[],
  where: { readonly subnetIds: string[]; readonly securityGroupIds: string[] },
  { vpcId, place, prefix }: EndpointProps,
): void {
  new VpcEndpoint(scope, `endpoint-${name}`, {
    vpcId,
    vpcEndpointType: "Interface",
    serviceName: `com.amazonaws.${place.region}.${name}`,
    ...where,
    privateDnsEnabled: true,
    policy: policies ? policyJson(interfaceEndpointPolicy(iamPrefix, accountIds)) : undefined,
    tags: { Name: `${prefix}-${name}` },
  });
}
