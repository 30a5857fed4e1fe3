import { pascal } from "../../keys/key";
import type { Place } from "../../place";
import type { Statement } from "../../policies/statement";
import type { Grant } from "../role";

/** What the deployers' rights are cut to: the account's own names and the state of its stacks. */
export interface DeployerScope {
  readonly place: Place;
  /** `<project>-<account>`, with which every physical name begins. */
  readonly prefix: string;
  readonly stateBucketArn: string;
  /** May a deployment stop what is recorded of the account? Only where it is all to be removed. */
  readonly removable: boolean;
  readonly boundaryArn: string;
  /** May the network be opened to the internet? Only where the account asks for public subnets. @default false */
  readonly opensNetwork?: boolean;
}

/**
 * What belongs together in the rights of deployers and planners: a policy of its own in each of the two roles, since AWS
 * takes 6,144 characters a policy and ten policies a role. New services get a part of their own or join the one that fits.
 */
export interface RightsPart {
  /** Last part of the names of its policies: `<prefix>-deploy-<name>` and `<prefix>-plan-<name>`. */
  readonly name: string;
  /** Services whose resources carry names, and the shapes of those names: deployers manage them, planners see their settings. */
  readonly named?: (scope: DeployerScope) => Readonly<Record<string, readonly string[]>>;
  /** Services without such names in which roles of the account may work if their own policies let them. */
  readonly services?: readonly string[];
  /** Reads that know no resource: without them Terraform cannot see what it manages. Both roles have them. */
  readonly unscopedReads?: readonly string[];
  /** What deployers may do besides. */
  readonly deploy?: (scope: DeployerScope) => readonly Grant[];
  /** What deployers may not do with what they make, whatever else is said: they make what holds and moves data, and use none of it. */
  readonly withheld?: (scope: DeployerScope) => readonly Grant[];
  /** What planners may read besides. */
  readonly plan?: (scope: DeployerScope) => readonly Grant[];
}

/** Services in which "Get" reads items and log events, not settings. */
const DATA_SERVICES = ["athena", "dynamodb", "logs"];

/** What the role that applies stacks may do of a part, and what not. */
export function deployStatements(part: RightsPart, scope: DeployerScope): Statement[] {
  const denied = (part.withheld?.(scope) ?? []).map((grant): Statement => ({ ...grant, Effect: "Deny" }));
  return [...allowed(deployGrants(part, scope)), ...denied];
}

/** What the role that only plans may do of a part: read settings, no data. */
export function planStatements(part: RightsPart, scope: DeployerScope): Statement[] {
  return allowed(planGrants(part, scope));
}

const allowed = (grants: readonly Grant[]) => grants.map((grant): Statement => ({ ...grant, Effect: "Allow" }));

function deployGrants(part: RightsPart, scope: DeployerScope): Grant[] {
  const named = Object.entries(part.named?.(scope) ?? {}).map(
    ([service, resources]): Grant => ({
      Sid: `Manage${pascal(service)}`,
      Action: `${service}:*`,
      Resource: resources,
    }),
  );
  return [...named, ...unscopedReads(part), ...(part.deploy?.(scope) ?? [])];
}

function planGrants(part: RightsPart, scope: DeployerScope): Grant[] {
  const named = Object.entries(part.named?.(scope) ?? {}).map(
    ([service, resources]): Grant => ({
      Sid: `Read${pascal(service)}`,
      Action: ["Describe", ...(DATA_SERVICES.includes(service) ? [] : ["Get"]), "List"].map(
        (verb) => `${service}:${verb}*`,
      ),
      Resource: resources,
    }),
  );
  return [...named, ...unscopedReads(part), ...(part.plan?.(scope) ?? [])];
}

function unscopedReads({ unscopedReads: reads = [] }: RightsPart): Grant[] {
  return reads.length === 0 ? [] : [{ Sid: "ReadUnnamed", Action: reads, Resource: "*" }];
}
