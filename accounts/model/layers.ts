import { z } from "zod";
import type { Layer } from "../../contracts/runs";
import { NEEDED_BY_LAYERS } from "./endpoints";
import { days } from "./fields";

/** Spark jobs that make tables and marts, and what starts them. */
export const pipelinesSchema = z.strictObject({
  /** Workers of one run at most, each 4 vCPU and 16 GB of memory; as many run as there is work for. @default 5 */
  maxWorkers: z.int().min(2).max(299).default(5),
  /** Time limit of one run in minutes. @default 60 */
  timeoutMinutes: z.int().min(5).max(10080).default(60),
  /** Runs wait for spare capacity, which costs a third less. @default false */
  flex: z.boolean().default(false),
  /** How often a batch is tried before it is given up. @default 3 */
  maxAttempts: z.int().min(1).max(10).default(3),
  /** Hour of the day (UTC) at which tables are kept in order. @default 3 */
  maintenanceHour: z.int().min(0).max(23).default(3),
});

/** How tables and marts are asked. */
export const queriesSchema = z.strictObject({
  /** Gigabytes that one query may read at most. @default 100 */
  scanLimitGb: z.int().min(1).max(7_000).default(100),
  /** Days for which answers are kept. @default 30 */
  keepResultsDays: days.default(30),
});

/** What an account with tables has to have beside its zones. */
interface Surroundings {
  readonly zones: readonly { readonly name: string }[];
  readonly network: false | { readonly spark: boolean; readonly interfaceEndpoints: readonly string[] };
}

/** Place in the data's way of the zone into which the jobs of a layer write: without the zone there is no layer. */
export const zoneOf = { refine: 2, curate: 3 } as const satisfies Record<Layer, number>;

/** Whether a lake has the jobs of a layer. */
export function hasLayer({ zones }: { readonly zones: readonly unknown[] }, layer: Layer): boolean {
  return zones.length > zoneOf[layer];
}

/** Names of the layers' databases begin so, whatever their zones are called, and rights to them speak of all that do. */
const LAYER_NAMES = /^(refined|curated)(-|$)/;

/** A third zone makes jobs and what starts them, and these run in the network. */
export function layersFit({ zones, network }: Surroundings, ctx: z.RefinementCtx): void {
  const second = zones[1]?.name ?? "";
  if (!hasLayer({ zones }, "refine")) return;
  const issue = (path: PropertyKey[], input: unknown, message: string, fix: string) =>
    ctx.addIssue({ code: "custom", path, input, message, params: { fix } });
  if (LAYER_NAMES.test(second)) {
    issue(["zones", 1, "name"], second, "would name databases like those of a later zone", "choose another name");
  }
  if (network === false) return;
  if (!network.spark) {
    issue(["network", "spark"], false, "leaves no place for the jobs of the third zone", "set spark: true");
  }
  for (const [name, reason] of Object.entries(NEEDED_BY_LAYERS)) {
    if (network.interfaceEndpoints.includes(name)) continue;
    issue(
      ["network", "interfaceEndpoints"],
      network.interfaceEndpoints,
      `lacks ${name}: ${reason}`,
      `add "${name}", or have two zones only`,
    );
  }
}
