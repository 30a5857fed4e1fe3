import { at, type Json, type JsonObject } from "../../plan/plan-json";
import { type Rule, type Setting, type Subject, turnedOn, weakened } from "../rule";

const EVERYWHERE = ["0.0.0.0/0", "::/0"];

const ADDRESSES: readonly Setting[] = [
  { types: /^aws_subnet$/, path: "map_public_ip_on_launch", isWeaker: turnedOn },
  { types: /^aws_instance$/, path: "associate_public_ip_address", isWeaker: turnedOn },
];

export const networkRules: readonly Rule[] = [
  {
    id: "open-network",
    refuses: "a way from or to the whole internet",
    why: "Whatever has an address there can be reached, or can send data out.",
    how: "Name a prefix list, a security group or the networks that are meant.",
    find: (subject) => [...weakened(ADDRESSES)(subject), ...openings(subject)],
  },
];

function openings({ type, action, before, after }: Subject): string[] {
  if (action === "delete" || !/^aws_(default_)?(vpc_)?(security_group|route)/.test(type)) return [];
  const known = new Set(openPaths(before, type));
  return openPaths(after, type)
    .filter((opening) => !known.has(opening))
    .map((opening) => `opens ${opening}`);
}

/** Everything that says "everywhere": `ingress 0.0.0.0/0`. */
function openPaths(block: JsonObject, type: string): string[] {
  const rules = ["ingress", "egress", "route"].flatMap((key) =>
    listOf(block[key]).flatMap((rule) => destinations(rule).map((cidr) => `${key} ${cidr}`)),
  );
  return [
    ...rules,
    ...destinations(block).map((cidr) => `${type.replace(/^aws_(vpc_)?/, "").replaceAll("_", " ")} ${cidr}`),
  ];
}

function destinations(block: Json): string[] {
  const paths = ["cidr_blocks", "ipv6_cidr_blocks", "cidr_block", "ipv6_cidr_block", "cidr_ipv4", "cidr_ipv6"];
  return [...paths, "destination_cidr_block", "destination_ipv6_cidr_block"]
    .flatMap((path) => [at(block, path) ?? []].flat() as Json[])
    .filter((cidr): cidr is string => typeof cidr === "string" && EVERYWHERE.includes(cidr));
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
