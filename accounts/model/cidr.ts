/** Arithmetic on IPv4 networks in CIDR notation. */

function addressOf(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** The bits after the slash: 16 for `10.20.0.0/16`. */
export function prefixLength(cidr: string): number {
  return Number(cidr.split("/")[1]);
}

function range(cidr: string): { first: number; last: number } {
  const first = addressOf(cidr.split("/")[0] ?? "") ?? Number.NaN;
  return { first, last: first + 2 ** (32 - prefixLength(cidr)) - 1 };
}

/** True for a well-formed network whose host bits are zero. */
export function isIpv4Network(cidr: string): boolean {
  const match = /^([\d.]+)\/(\d|[12]\d|3[0-2])$/.exec(cidr);
  const address = match?.[1] === undefined ? undefined : addressOf(match[1]);
  return address !== undefined && address % 2 ** (32 - prefixLength(cidr)) === 0;
}

/** True if the two networks share an address. */
export function networksOverlap(a: string, b: string): boolean {
  const [x, y] = [range(a), range(b)];
  return x.first <= y.last && y.first <= x.last;
}

/** The `index`-th subnet of a network when it is cut into pieces of `length` bits. */
export function subnet(cidr: string, length: number, index: number): string {
  const size = 2 ** (32 - length);
  const first = range(cidr).first + index * size;
  if (length < prefixLength(cidr) || first + size - 1 > range(cidr).last) {
    throw new RangeError(`subnet ${index} of /${length} does not fit in ${cidr}`);
  }
  return `${textOf(first)}/${length}`;
}
