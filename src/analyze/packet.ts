/** A packet as the rules of a pod see it: only what a condition can ask for. */
import type { IpFamily } from "../net/address.ts";
import type { ConnectionState } from "../ruleset/rule.ts";

/** `inbound`: arrives from the network, by an interface other than `lo`. `outbound`: sent by this host. */
export type Direction = "inbound" | "outbound";

/**
 * What connection tracking takes a packet for. Whether a connection is translated, which rules call a state too, is not
 * known of a packet here.
 */
export type TrackedState = Exclude<ConnectionState, "SNAT" | "DNAT">;

/** The user and the group that own the socket which sent a packet, each 0 to 4294967295. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** An address of the packet's family, and a port: 0 for protocols without ports. */
export interface Endpoint {
  readonly address: bigint;
  readonly port: number;
}

/** A packet at the start of its path. */
export interface Packet {
  readonly direction: Direction;
  readonly family: IpFamily;
  /** 0 to 255. For IPv6, the protocol behind the extension headers. */
  readonly protocol: number;
  readonly state: TrackedState;
  /** The interface it came in by, or is about to leave by. */
  readonly interface: string;
  /** Absent for a packet without a socket: all that are inbound, and those that the kernel sends of its own. */
  readonly owner?: Owner;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Those of the conditions that the model does not know which hold for it, by name (see `LinkedRule`). */
  readonly holds: ReadonlySet<string>;
}
