import type { Packet } from "../../src/analyze/packet.ts";
import type { IpFamily } from "../../src/net/address.ts";
import {
  ADDRESSES,
  addressNumber,
  asThereCanBe,
  IDS,
  INTERFACES,
  PORTS,
  PROTOCOLS,
  STATES,
} from "./arbitraries.ts";

/** Numbers below a limit, the same for the same seed (mulberry32). */
export function numbersFrom(seed: number): (limit: number) => number {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const NUMBERS: { readonly [family in IpFamily]: readonly bigint[] } = {
  ipv4: ADDRESSES.ipv4.map(addressNumber),
  ipv6: ADDRESSES.ipv6.map(addressNumber),
};

/** A packet that there can be, at or next to a value that rules are made of; far faster than by an arbitrary. */
export function randomPacket(
  next: (limit: number) => number,
  family: IpFamily,
  conditions: readonly string[],
): Packet {
  const pick = <T>(values: readonly T[]): T => values[next(values.length)] as T;
  const bits = family === "ipv4" ? 32 : 128;
  const near = (number: bigint) => BigInt.asUintN(bits, number + BigInt(next(3) - 1));
  const end = () => ({ address: near(pick(NUMBERS[family])), port: (pick(PORTS) + next(2)) & 0xffff });
  return asThereCanBe({
    direction: next(2) === 0 ? "inbound" : "outbound",
    family,
    protocol: pick(PROTOCOLS),
    state: next(2) === 0 ? "NEW" : pick(STATES),
    interface: pick(INTERFACES),
    owner: next(4) === 0 ? null : { uid: pick(IDS), gid: pick(IDS) },
    source: end(),
    destination: end(),
    holds: new Set(conditions.filter(() => next(2) === 0)),
  });
}
