import { holdsAddress } from "../net/cidr.ts";
import type { InterfaceMatch, Match } from "../ruleset/rule.ts";
import type { Packet } from "./packet.ts";
import { ANY_PROTOCOL, PROTOCOLS_WITH_PORTS, protocolNumber } from "./protocol.ts";

/** Whether one condition of a rule holds for a packet. An unknown condition holds when the packet says so. */
export function matchHolds(match: Match, packet: Packet): boolean {
  switch (match.kind) {
    case "protocol": {
      const protocol = protocolNumber(match.protocol);
      return (protocol === ANY_PROTOCOL || protocol === packet.protocol) !== match.negated;
    }
    case "source":
    case "destination": {
      const value = packet[match.kind].address;
      return holdsAddress(match.range, { family: packet.family, value }) !== match.negated;
    }
    case "source-set":
    case "destination-set": {
      const { address: value } = packet[match.kind === "source-set" ? "source" : "destination"];
      const address = { family: packet.family, value };
      return match.ranges.some((range) => holdsAddress(range, address)) !== match.negated;
    }
    case "in-interface":
    case "out-interface":
      return interfaceMatches(match, interfaceSeenBy(match.kind, packet)) !== match.negated;
    case "source-port":
    case "source-multiport":
      return portHolds(match, packet.source.port, packet.protocol);
    case "destination-port":
    case "destination-multiport":
      return portHolds(match, packet.destination.port, packet.protocol);
    case "owner-uid":
      return idMatches(match.ids, packet.owner?.uid) !== match.negated;
    case "owner-gid":
      return idMatches(match.ids, packet.owner?.gid) !== match.negated;
    case "connection-state":
      return match.states.includes(packet.state) !== match.negated;
    case "comment":
      return true;
    case "unknown":
      return packet.holds.has(match.text);
  }
}

/**
 * Whether `name` is one that the match names, its negation aside. A final `+` stands for any ending, and no name at
 * all for any interface: iptables compares as many bytes as it was given (`xtables_parse_interface`).
 */
export function interfaceMatches(match: Pick<InterfaceMatch, "name">, name: string): boolean {
  if (match.name === "") return true;
  return match.name.endsWith("+") ? name.startsWith(match.name.slice(0, -1)) : name === match.name;
}

/**
 * Where a packet has no such interface the kernel compares with an empty name (`nulldevname` in `ip_tables.c`), so that
 * `! -i eth0` holds for every packet that the pod sends.
 */
function interfaceSeenBy(kind: InterfaceMatch["kind"], packet: Packet): string {
  return (kind === "in-interface") === (packet.direction === "inbound") ? packet.interface : "";
}

/** A port match asks for a protocol with ports first; its negation turns round only the ports. */
function portHolds(
  match: Extract<Match, { kind: `${string}port` }>,
  port: number,
  protocol: number,
): boolean {
  if (!PROTOCOLS_WITH_PORTS.includes(protocol)) return false;
  const ranges = "ranges" in match ? match.ranges : [match.range];
  return ranges.some(({ first, last }) => first <= port && port <= last) !== match.negated;
}

function idMatches(ids: { readonly first: number; readonly last: number }, id: number | undefined): boolean {
  return id !== undefined && ids.first <= id && id <= ids.last;
}
