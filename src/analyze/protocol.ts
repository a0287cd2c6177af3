import { numberOfProtocol } from "../ruleset/protocol.ts";

/** What `-p all` and `-p 0` are: every protocol (`ip_packet_match` in the kernel skips the check for 0). */
export const ANY_PROTOCOL = 0;

/** The number of TCP. */
export const TCP = 6;

/** Protocols whose packets have ports: those that the multiport match takes (iptables-extensions(8), multiport). */
export const PROTOCOLS_WITH_PORTS: readonly number[] = [TCP, 17, 33, 132, 136];

const DECIMAL = /^[0-9]{1,3}$/;

/**
 * The number, 0 to 255, of a protocol as a rule names it; {@link ANY_PROTOCOL} for `all`; undefined for a name that is
 * not known here.
 */
export function protocolNumber(name: string): number | undefined {
  if (name === "all") return ANY_PROTOCOL;
  if (DECIMAL.test(name)) return Number(name) <= 255 ? Number(name) : undefined;
  return numberOfProtocol(name);
}
