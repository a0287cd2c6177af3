import fc from "fast-check";
import { ADDRESS_BITS, addressFromValue, type IpFamily } from "../../src/net/address.ts";
import { type Cidr, cidrOf, parseCidr } from "../../src/net/cidr.ts";
import type { Interval } from "../../src/net/interval-set.ts";
import { type Port, portFromNumber } from "../../src/net/port.ts";

/** Any intervals of a universe of 256 numbers: unsorted, overlapping, empty and reversed ones too. */
export const messyIntervals: fc.Arbitrary<Interval<number>[]> = fc.array(
  fc.record({ start: fc.integer({ min: 0, max: 255 }), end: fc.integer({ min: 0, max: 256 }) }),
  { maxLength: 24 },
);

export const families: fc.Arbitrary<IpFamily> = fc.constantFrom("ipv4", "ipv6");

/** Any address of the family, with numbers near the ends and with runs of zeros as likely as the rest. */
export function addressValues(family: IpFamily): fc.Arbitrary<bigint> {
  const bits = ADDRESS_BITS[family];
  const max = (1n << BigInt(bits)) - 1n;
  const groups = fc
    .array(fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 0xffffn })), {
      minLength: bits / 16,
      maxLength: bits / 16,
    })
    .map((parts) => parts.reduce((value, part) => (value << 16n) | part, 0n));
  return fc.oneof(fc.bigInt({ min: 0n, max }), groups, fc.bigInt({ min: 0n, max: 0xffffffffn }));
}

/** Ranges in the last 256 addresses below a fixed one, so that they meet often: 10.1.2.0/24 or ::ffff:7:0/120. */
export function crowdedCidrs(family: IpFamily): fc.Arbitrary<Cidr> {
  const base = family === "ipv4" ? 0x0a010200n : 0xffff_0007_0000n;
  const bits = ADDRESS_BITS[family];
  return fc
    .record({ low: fc.integer({ min: 0, max: 255 }), hostBits: fc.integer({ min: 0, max: 8 }) })
    .map(({ low, hostBits }) => cidrOf(addressFromValue(family, base + BigInt(low)), bits - hostBits));
}

/** Ranges anywhere and of any width, of both families. */
export const scatteredCidrs: fc.Arbitrary<Cidr> = families.chain((family) =>
  fc
    .tuple(addressValues(family), fc.integer({ min: 0, max: ADDRESS_BITS[family] }))
    .map(([value, prefix]) => cidrOf(addressFromValue(family, value), prefix)),
);

/** Text that means harm: any Unicode, lone surrogates, control characters, and near misses of the real grammar. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(..."0123456789abfABF.:/%+-xeo \t\n\r\0,_$(`;０１٣²"), maxLength: 60 }),
);

/** A port that a test states; throws when it is none. */
export function port(value: number): Port {
  const result = portFromNumber(value);
  if (!result.ok) throw new Error(`${value}: ${result.error.kind}`);
  return result.value;
}

/** A range that a test states; throws when it is none. */
export function cidr(text: string): Cidr {
  const result = parseCidr(text);
  if (!result.ok) throw new Error(`${text}: ${result.error.kind}`);
  return result.value.cidr;
}
