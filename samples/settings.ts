/** What all files of the sample shop share. */
import type { Sizes } from "./order";
import { identifier, mix, Random } from "./random";
import { quoted } from "./table";

export interface Settings {
  readonly seed: number;
  readonly directory: string;
  readonly sizes: Sizes;
  readonly defects: boolean;
}

/** Kinds of things with identifiers of their own. */
export const kinds = { order: 1, customer: 2, person: 3, product: 4, seller: 5, review: 6, lead: 7, staff: 8 } as const;

/** Names in quotes, as the publisher writes them. */
export function headerOf(names: string): string {
  return names.split(" ").map(quoted).join(",");
}

/** A stream of random numbers for one row of one file. */
export function randomOf(seed: number, kind: number, index: number): Random {
  return new Random(mix(seed, 100 + kind, index));
}

/** The identifier of a thing, in quotes, as the publisher writes most of them. */
export function quotedId(seed: number, kind: number, index: number): string {
  return `"${identifier(seed, kind, index)}"`;
}
