import { costRights } from "./costs";
import { detectionRights } from "./detection";
import { lakeFormationRights } from "./lake-formation";
import { messageRights } from "./messages";
import { networkRights } from "./network";
import type { DeployerScope, RightsPart } from "./part";
import { processingRights } from "./processing";
import { roleRights } from "./roles";
import { storageRights } from "./storage";

/** Everything that deployers and planners may do, and the services in which roles of the account may work at all. */
export const RIGHTS: readonly RightsPart[] = [
  storageRights,
  processingRights,
  networkRights,
  messageRights,
  detectionRights,
  roleRights,
  costRights,
  lakeFormationRights,
];

/** Services in which roles of the account may work. */
export function servicesOf(scope: DeployerScope): string[] {
  return [
    ...new Set(RIGHTS.flatMap(({ named, services = [] }) => [...Object.keys(named?.(scope) ?? {}), ...services])),
  ];
}
