import { z } from "zod";
import { nearest } from "../../contracts/nearest";
import { isIpv4Network, prefixLength } from "./cidr";
import { INTERFACE_ENDPOINTS, NEEDED_BY_LAYERS, NEEDED_ENDPOINTS } from "./endpoints";
import { once } from "./fields";
import { subnetLength, usableAddresses } from "./subnets";

/** Addresses that every subnet keeps for functions, gateways and changes under way. */
const SPARE_ADDRESSES = 4;
/** Addresses that a subnet keeps for nodes of Spark: each takes one. */
const SPARK_ADDRESSES = 28;

/** Cutting a VPC finer than so leaves subnets that AWS does not make. */
const LONGEST_PREFIX = 24;

/** Services that are asked for by the name of their IAM actions, or that need no endpoint of this kind. */
function endpointFix(name: string): string {
  if (name === "s3" || name === "dynamodb") return "leave it out: the network has a gateway endpoint of it";
  const known = Object.keys(INTERFACE_ENDPOINTS).sort();
  const meant = known.filter((endpoint) => INTERFACE_ENDPOINTS[endpoint]?.iamPrefix === name);
  const near = meant.length > 0 ? undefined : nearest(name, known);
  if (near !== undefined) return `write \`${near}\``;
  return meant.length > 0
    ? `write ${meant.map((endpoint) => `\`${endpoint}\``).join(" and ")}`
    : `use one of: ${known.join(", ")}`;
}

const endpointName = z.string().superRefine((input, ctx) => {
  if (Object.hasOwn(INTERFACE_ENDPOINTS, input)) return;
  const message = "is no service with an interface endpoint";
  ctx.addIssue({ code: "custom", input, message, params: { fix: endpointFix(input) } });
});

const networkFields = z.strictObject({
  /** IPv4 range of the VPC, a /16 to /24. Ranges of the accounts must not overlap. */
  cidr: z
    .string()
    .refine(isIpv4Network, "must be an IPv4 network such as 10.20.0.0/16, without host bits")
    .refine(
      (cidr) => !isIpv4Network(cidr) || (prefixLength(cidr) >= 16 && prefixLength(cidr) <= LONGEST_PREFIX),
      `must be a /16 to /${LONGEST_PREFIX}`,
    ),
  /** Letters of the region's availability zones in use, two or more. @default a, b */
  availabilityZones: z
    .array(z.string().regex(/^[a-f]$/, "must be the letter of an availability zone, a to f"))
    .min(2)
    .max(5)
    .superRefine(once)
    .default(["a", "b"]),
  /**
   * Subnets for databases, which only the lake's functions and Spark can reach. They cost nothing, and no other address
   * changes when they come or go.
   * @default true
   */
  dataSubnets: z.boolean().default(true),
  /** Subnets with a way to the internet. Nothing in the lake needs them: ask for them when you need NAT. @default false */
  publicSubnets: z.boolean().default(false),
  /** Gateways by which private subnets call `natTargets`: one for all, or one a zone. Needs `publicSubnets`. @default none */
  nat: z.enum(["none", "one", "per-zone"]).default("none"),
  /**
   * What may be called through NAT, by HTTPS: IPv4 ranges of the internet. `0.0.0.0/0` is all of it, and lets whatever runs in
   * the network send data anywhere.
   * @default none
   */
  natTargets: z
    .array(z.string().refine(isIpv4Network, "must be an IPv4 network such as 192.0.2.0/24, without host bits"))
    .max(20)
    .superRefine(once)
    .default([]),
  /** Databases too reach S3 and DynamoDB through the gateway endpoints, e.g. to import files. @default false */
  dataGateways: z.boolean().default(false),
  /** Port on which databases are asked. @default 5432 */
  databasePort: z.int().min(1024).max(65535).default(5432),
  /** Security groups for Glue jobs and EMR clusters, and their way to AWS's own package buckets. @default true */
  spark: z.boolean().default(true),
  /**
   * AWS services that are reached through an interface endpoint (S3 and DynamoDB have gateway endpoints). An account with
   * two zones needs sqs alone.
   * @default sqs, glue, kms, lambda, logs, monitoring, states
   */
  interfaceEndpoints: z
    .array(endpointName)
    .superRefine(once)
    .default(["sqs", ...Object.keys(NEEDED_BY_LAYERS)]),
});

type NetworkFields = z.output<typeof networkFields>;

/** Every interface endpoint takes an address in each private subnet, and so does every node of Spark. */
function roomProblems(network: NetworkFields, ctx: z.RefinementCtx): void {
  const { cidr, interfaceEndpoints, spark } = network;
  const length = prefixLength(cidr);
  if (!isIpv4Network(cidr) || length > LONGEST_PREFIX || length < 16) return;
  const needed = interfaceEndpoints.length + SPARE_ADDRESSES + (spark ? SPARK_ADDRESSES : 0);
  const usable = usableAddresses(subnetLength(cidr));
  if (usable >= needed) return;
  const enough = [...Array(length).keys()].findLast(
    (bits) => usableAddresses(subnetLength(`0.0.0.0/${bits}`)) >= needed,
  );
  ctx.addIssue({
    code: "custom",
    path: ["cidr"],
    input: cidr,
    message: `leaves ${usable} addresses to each subnet, and ${needed} are needed: ${interfaceEndpoints.length} for endpoints, ${needed - interfaceEndpoints.length} for what runs there`,
    params: { fix: `choose a /${enough} or larger${spark ? ", or spark: false if none runs here" : ""}` },
  });
}

/** What one setting asks of another. */
function dependencyProblems(network: NetworkFields, ctx: z.RefinementCtx): void {
  const issue = (path: PropertyKey[], input: unknown, message: string, fix: string) =>
    ctx.addIssue({ code: "custom", path, input, message, params: { fix } });
  for (const [name, reason] of Object.entries(NEEDED_ENDPOINTS)) {
    if (network.interfaceEndpoints.includes(name)) continue;
    issue(["interfaceEndpoints"], network.interfaceEndpoints, `lacks ${name}: ${reason}`, `add "${name}"`);
  }
  if (network.nat !== "none" && !network.publicSubnets) {
    issue(["nat"], network.nat, "needs public subnets to stand in", 'add publicSubnets: true, or set nat: "none"');
  }
  if (network.nat !== "none" && network.natTargets.length === 0) {
    issue(["natTargets"], network.natTargets, "names nothing that may be called through NAT", "name IPv4 ranges");
  }
  if (network.nat === "none" && network.natTargets.length > 0) {
    issue(["natTargets"], network.natTargets, "cannot be called without NAT", 'set nat: "one" or "per-zone"');
  }
  if (network.dataGateways && !network.dataSubnets) {
    issue(["dataGateways"], true, "needs data subnets", "add dataSubnets: true, or take dataGateways away");
  }
}

export const networkSchema = networkFields.superRefine((network, ctx) => {
  roomProblems(network, ctx);
  dependencyProblems(network, ctx);
});
