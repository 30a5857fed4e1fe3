/** Who people are to the lake, and how much of it they may see. */
import { type Classification, classifications } from "./contract";

/** What somebody's job is: each has a role in every lake account, `<project>-<account>-<persona>`. */
export const personas = ["data-steward", "data-engineer", "data-scientist", "data-analyst"] as const;
export type Persona = (typeof personas)[number];

/** How sensitive the data may be that somebody sees, from the least: the classifications themselves. */
export const clearances = classifications;
export type Clearance = Classification;

/** The session tag by which a person's session carries a clearance. Without it nothing that is classified can be read. */
export const clearanceTag = "clearance";

/** What it takes to read the zone where files arrive: nobody has checked the tags that they came with. */
export const ARRIVALS_CLEARANCE: Clearance = "secret";

/** Clearances that are enough for what is classified so. */
export function clearedFor(classification: Classification): readonly Clearance[] {
  return clearances.slice(clearances.indexOf(classification));
}

/** Classifications that the clearance is enough for. */
export function seenWith(clearance: Clearance): readonly Classification[] {
  return classifications.slice(0, classifications.indexOf(clearance) + 1);
}

/** The most sensitive of these. @default of none, the least */
export function highestOf(levels: readonly Classification[]): Classification {
  const highest = Math.max(0, ...levels.map((level) => classifications.indexOf(level)));
  return classifications[highest] ?? "secret";
}
