import { type Cidr, parseCidr } from "../net/cidr.ts";

/** The one address that the OSM and FSM dialects take for loopback. */
export const LOOPBACK_ADDRESS: Cidr = knownRange("127.0.0.1/32");

/** A range that is written in the source. @throws Error when it is not one. */
export function knownRange(text: string): Cidr {
  const range = parseCidr(text);
  if (!range.ok) throw new Error(`${text} is not a range`);
  return range.value.cidr;
}
