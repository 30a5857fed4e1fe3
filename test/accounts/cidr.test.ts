import fc from "fast-check";
import { isIpv4Network, networksOverlap, prefixLength, subnet } from "../../accounts/model/cidr";

const textOf = (address: number) => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

/** Any network of at least `longest` - `shortest` sizes, with its first address. */
const network = (shortest: number, longest: number) =>
  fc
    .tuple(fc.integer({ min: shortest, max: longest }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
    .map(([length, place]) => {
      const size = 2 ** (32 - length);
      const first = Math.floor(place * 2 ** length) * size;
      return { cidr: `${textOf(first)}/${length}`, first, last: first + size - 1, length };
    });

describe("networks", () => {
  test("are well formed when their host bits are zero", () => {
    fc.assert(fc.property(network(0, 32), ({ cidr }) => isIpv4Network(cidr)));
  });

  test("are not well formed with host bits", () => {
    fc.assert(
      fc.property(network(1, 30), fc.nat(), ({ first, length }, bits) => {
        const host = 1 + (bits % (2 ** (32 - length) - 1));
        return !isIpv4Network(`${textOf(first + host)}/${length}`);
      }),
    );
  });

  test.each([
    "",
    "10.0.0.0",
    "10.0.0/8",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "256.0.0.0/8",
    "010.0.0.0/8",
    "10.0.0.0/8 ",
    "a/8",
  ])("are not written %j", (text) => {
    expect(isIpv4Network(text)).toBe(false);
  });

  test("overlap exactly when they share an address, whichever comes first", () => {
    fc.assert(
      fc.property(network(0, 32), network(0, 32), (a, b) => {
        const shared = Math.max(a.first, b.first) <= Math.min(a.last, b.last);
        return networksOverlap(a.cidr, b.cidr) === shared && networksOverlap(b.cidr, a.cidr) === shared;
      }),
    );
    expect(networksOverlap("10.0.0.0/16", "10.0.128.0/17")).toBe(true);
    expect(networksOverlap("10.0.0.0/16", "10.1.0.0/16")).toBe(false);
  });
});

describe("subnets", () => {
  test("lie in their network and never overlap", () => {
    fc.assert(
      fc.property(network(0, 28), fc.integer({ min: 1, max: 4 }), (whole, bits) => {
        const parts = Array.from({ length: 2 ** bits }, (_, index) => subnet(whole.cidr, whole.length + bits, index));
        return (
          parts.every((part) => isIpv4Network(part) && prefixLength(part) === whole.length + bits) &&
          parts.every((part) => networksOverlap(part, whole.cidr)) &&
          parts.every((part, index) => parts.slice(0, index).every((other) => !networksOverlap(part, other)))
        );
      }),
    );
  });

  test("do not leave their network", () => {
    expect(() => subnet("10.0.0.0/16", 20, 16)).toThrow(RangeError);
    expect(() => subnet("10.0.0.0/16", 15, 0)).toThrow("does not fit in 10.0.0.0/16");
    expect(subnet("10.0.0.0/16", 20, 15)).toBe("10.0.240.0/20");
  });
});
