/**
 * Numbers that look random and are the same on every machine: only integer arithmetic and the four operations that
 * IEEE 754 defines exactly, no logarithms, no clock.
 */

/** Mixes whole numbers into one of 32 bits, so that neighbours have nothing in common. */
export function mix(a: number, b: number, c: number): number {
  return mixed(mixed(mixed(0x9e3779b9, a), b), c) >>> 0;
}

function mixed(hash: number, value: number): number {
  let next = Math.imul(hash ^ value, 0x85ebca6b);
  next ^= next >>> 13;
  next = Math.imul(next, 0xc2b2ae35);
  return next ^ (next >>> 16);
}

const hexPairs = Array.from({ length: 0x10000 }, (_, number) => number.toString(16).padStart(4, "0"));

/** The identifier of the n-th thing of a kind: 32 hexadecimal digits that need no table to be found again. */
export function identifier(seed: number, kind: number, index: number): string {
  let hash = mix(seed, kind, index);
  let id = "";
  for (let part = 0; part < 4; part++) {
    hash = mixed(hash, index + part);
    id += `${hexPairs[hash >>> 16]}${hexPairs[hash & 0xffff]}`;
  }
  return id;
}

/** Items and, summed up, how often each is meant to come. */
export interface Weighted<T> {
  readonly items: readonly T[];
  readonly limits: readonly number[];
}

export function weighted<T>(...pairs: readonly (readonly [item: T, weight: number])[]): Weighted<T> {
  let sum = 0;
  const limits = pairs.map(([, weight]) => {
    sum += weight;
    return sum;
  });
  return { items: pairs.map(([item]) => item), limits };
}

/** A stream of random numbers (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** At least 0, less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }

  /** One of the items, each as likely as its weight says. */
  weighted<T>({ items, limits }: Weighted<T>): T {
    const place = this.next() * (limits.at(-1) ?? 0);
    let index = 0;
    while (place >= (limits[index] ?? 0)) index++;
    return items[index] as T;
  }

  /** A number of a distribution given by equally likely intervals between its quantiles. */
  quantile(quantiles: readonly number[]): number {
    const place = this.next() * (quantiles.length - 1);
    const index = Math.floor(place);
    const [low = 0, high = low] = [quantiles[index], quantiles[index + 1]];
    return Math.floor(low + (high - low) * (place - index));
  }
}
