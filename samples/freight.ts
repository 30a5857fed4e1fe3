/** Sample rows of the dataset `freight/shipments`, shaped like the public Commodity Flow Survey: any size, and changes to it over time. */
import { mkdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { mix, Random, type Weighted, weighted } from "./random";
import { type SampleFile, SampleWriter } from "./sample-writer";
import { amount } from "./table";

export interface FreightOptions {
  /** How many shipments there are at first. */
  readonly rows: number;
  readonly seed: number;
  /** Where the file goes; made when absent. */
  readonly directory: string;
  /**
   * 0 for the shipments that are there at first. 1 and more for the changes that come one after the other: each brings
   * a twentieth more shipments, and corrects a tenth of those that were there at first.
   */
  readonly round: number;
  /** The last moment at which a row was changed: the changes of a round lie in the minute before, the first rows in the year before. */
  readonly asOf: Date;
}

const columns = [
  ..."shipment_id shipped_at quarter origin_state origin_metro_area origin_cfs_area".split(" "),
  ..."destination_state destination_metro_area destination_cfs_area industry_code commodity_code mode_code".split(" "),
  ..."shipment_value shipment_weight distance_great_circle distance_routed is_temperature_controlled".split(" "),
  ..."is_export export_country hazardous_material weight_factor carrier_reference updated_at".split(" "),
];

/** State, metropolitan area, and roughly where on a line from coast to coast. */
const areas = [
  ["06", "348", 0],
  ["06", "488", 10],
  ["53", "500", 40],
  ["04", "38060", 370],
  ["48", "206", 1240],
  ["48", "288", 1370],
  ["17", "176", 1750],
  ["13", "122", 1940],
  ["12", "370", 2340],
  ["36", "408", 2450],
  ["34", "428", 2380],
  ["30", "00000", 800],
] as const;
const industries = ["311", "325", "332", "4244", "4238", "45411", "212", "5111"];
const commodities = ["01-05", "07", "17", "21", "24", "34", "35", "43"];
const modes: Weighted<number> = weighted([4, 40], [5, 25], [14, 18], [6, 8], [11, 5], [0, 4]);
const hazards: Weighted<string> = weighted(["N", 92], ["P", 3], ["H", 5]);
const countries = ["A", "C", "E", "M", "O", "S"];

const minuteMs = 60_000;
const yearMs = 365 * 24 * 60 * minuteMs;

/** Writes the rows of one round as CSV. The same options give the same bytes. */
export async function generateFreight(options: FreightOptions): Promise<SampleFile> {
  const { rows, seed, directory, round } = options;
  if (!Number.isSafeInteger(rows) || rows < 1) throw new RangeError(`rows must be a whole number, not ${rows}`);
  if (!Number.isSafeInteger(round) || round < 0) throw new RangeError(`round must be 0 or more, not ${round}`);
  mkdirSync(directory, { recursive: true });
  const writer = new SampleWriter(directory, { name: `shipments-${round}.csv`, dataset: "freight/shipments" });
  writer.header(columns.join(","));
  const write = (id: number, version: number) => writer.valid(shipment(seed, id, version, changedAt(options, id)));
  const isPause = (count: number) => count % 10_000 === 0;
  if (round === 0) {
    for (let id = 1; id <= rows; id++) {
      write(id, 0);
      if (isPause(id)) await setImmediate();
    }
    return writer.close();
  }
  for (let id = 1; id <= rows; id++) {
    if (mix(seed, id, round) % 10 === 0) write(id, round);
    if (isPause(id)) await setImmediate();
  }
  const more = Math.ceil(rows / 20);
  for (let number = 1; number <= more; number++) write(rows + (round - 1) * more + number, 0);
  return writer.close();
}

function changedAt({ seed, round, asOf }: FreightOptions, id: number): Date {
  const span = round === 0 ? yearMs : minuteMs;
  return new Date(asOf.getTime() - 1 - Math.floor((mix(seed, id, 7000 + round) / 2 ** 32) * span));
}

/** One row; a later version has another value, weight and carrier, as corrections have. */
function shipment(seed: number, id: number, version: number, updatedAt: Date): string {
  const random = new Random(mix(seed, id, 0));
  const [from, to] = [random.pick(areas), random.pick(areas)];
  const shipped = new Date(Date.UTC(2026, 0, 1) + random.between(0, 180 * 24 * 3600 - 1) * 1000);
  const apart = Math.abs(from[2] - to[2]) + random.between(2, 60);
  const isExport = random.chance(0.06);
  const fixed = [random.pick(industries), random.pick(commodities), random.weighted(modes)];
  const flags = [random.chance(0.07), isExport, isExport ? random.pick(countries) : "N", random.weighted(hazards)];
  const current = new Random(mix(seed, id, 1 + version));
  return [
    id,
    momentText(shipped),
    Math.floor(shipped.getUTCMonth() / 3) + 1,
    ...areaOf(from),
    ...areaOf(to),
    ...fixed,
    amount(current.between(100, 9_000_000)),
    amount(current.between(50, 4_500_000)),
    apart,
    Math.floor(apart * 1.2),
    ...flags,
    `${current.between(1, 400)}.${String(current.between(0, 9999)).padStart(4, "0")}`,
    `C${String(current.between(0, 999_999)).padStart(6, "0")}`,
    momentText(updatedAt),
  ].join(",");
}

function areaOf([state, metro]: (typeof areas)[number]): string[] {
  return [state, metro, `${state}-${metro}`];
}

/** `2026-03-01 10:56:33.120` */
function momentText(date: Date): string {
  return date.toISOString().replace("T", " ").slice(0, -1);
}
