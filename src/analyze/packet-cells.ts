/** Packets as places in packet space, and back. */
import { type Axis, cellOfNumber, NO_OWNER } from "./axis.ts";
import { interfaceCell } from "./interface-cells.ts";
import type { Packet } from "./packet.ts";
import type { PacketSpace } from "./space.ts";

/** The cell of each axis that a packet is in. */
export function cellsOf({ axes }: PacketSpace, packet: Packet): readonly number[] {
  return axes.map((axis) => cellOf(axis, packet));
}

function cellOf(axis: Axis, packet: Packet): number {
  switch (axis.kind) {
    case "state":
      return axis.states.indexOf(packet.state);
    case "condition":
      return packet.holds.has(axis.name) ? 1 : 0;
    case "interface": {
      const isIts = (axis.name === "in-interface") === (packet.direction === "inbound");
      return interfaceCell(axis.cells, isIts ? packet.interface : "");
    }
    case "number":
      return cellOfNumber(axis, numberOf(axis.name, packet));
  }
}

function numberOf(name: Extract<Axis, { kind: "number" }>["name"], packet: Packet): bigint {
  switch (name) {
    case "protocol":
      return BigInt(packet.protocol);
    case "owner-uid":
      return packet.owner === undefined ? NO_OWNER : BigInt(packet.owner.uid);
    case "owner-gid":
      return packet.owner === undefined ? NO_OWNER : BigInt(packet.owner.gid);
    case "source-port":
      return BigInt(packet.source.port);
    case "destination-port":
      return BigInt(packet.destination.port);
    case "source":
    case "destination":
      return packet[name].address;
  }
}
