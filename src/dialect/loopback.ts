import type { Cidr } from "../net/cidr.ts";
import { knownRange } from "../net/known-ranges.ts";

/** The one address that the OSM and FSM dialects take for loopback. */
export const LOOPBACK_ADDRESS: Cidr = knownRange("127.0.0.1/32");
