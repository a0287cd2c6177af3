import type { IpFamily } from "../net/address.ts";
import { type Cidr, parseCidr } from "../net/cidr.ts";

/** The one address that the OSM and FSM dialects take for loopback. */
export const LOOPBACK_ADDRESS: Cidr = knownRange("127.0.0.1/32");

/** All loopback addresses of a family (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). */
export const LOOPBACK: Readonly<Record<IpFamily, Cidr>> = {
  ipv4: knownRange("127.0.0.0/8"),
  ipv6: knownRange("::1/128"),
};

/** A range that is written in the source. @throws Error when it is not one. */
export function knownRange(text: string): Cidr {
  const range = parseCidr(text);
  if (!range.ok) throw new Error(`${text} is not a range`);
  return range.value.cidr;
}
