import type { IpFamily } from "./address.ts";
import { type Cidr, cidrOf, parseCidr } from "./cidr.ts";

/**
 * All loopback addresses of a family (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). Those of IPv6 by number: the first text of one
 * to be read takes milliseconds, of which a start has none to spare.
 */
export const LOOPBACK: Readonly<Record<IpFamily, Cidr>> = {
  ipv4: knownRange("127.0.0.0/8"),
  ipv6: cidrOf({ family: "ipv6", value: 1n }),
};

/** A range that is written in the source. @throws Error when it is not one. */
export function knownRange(text: string): Cidr {
  const range = parseCidr(text);
  if (!range.ok) throw new Error(`${text} is not a range`);
  return range.value.cidr;
}
