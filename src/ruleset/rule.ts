/**
 * Netfilter's rules as plain data, in netfilter's words. A rule says what the kernel does; how a tool spells it is the
 * business of `render` and `parse`.
 */
import type { IpFamily } from "../net/address.ts";
import type { Cidr } from "../net/cidr.ts";
import type { PortRange } from "../net/port.ts";
import type { Origin } from "../origin.ts";

/** The tables of iptables. The planner writes to `nat` alone; dumps of live pods have the others. */
export type Table = "nat" | "filter" | "mangle" | "raw" | "security";

/** The points of the kernel's packet path that built-in chains are attached to. */
export type Hook = "PREROUTING" | "INPUT" | "FORWARD" | "OUTPUT" | "POSTROUTING";

/** An inclusive range of user or group IDs, 0 to 4294967295. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

/** A condition on a packet. A rule's conditions must all hold. */
export type Match =
  | ProtocolMatch
  | AddressMatch
  | InterfaceMatch
  | PortMatch
  | MultiportMatch
  | OwnerMatch
  | CommentMatch
  | UnknownMatch;

/** Layer 4 protocol, by name (`tcp`) or by number where it has no name here (`47`). */
export interface ProtocolMatch {
  readonly kind: "protocol";
  readonly negated: boolean;
  readonly protocol: string;
}

/** Source or destination address in a range. */
export interface AddressMatch {
  readonly kind: "source" | "destination";
  readonly negated: boolean;
  readonly range: Cidr;
  /** The spelling of the input, where a dialect repeats it byte for byte. Absent: the canonical spelling. */
  readonly text?: string;
}

/** The interface a packet came in by, or is about to leave by. A final `+` stands for any ending (man iptables). */
export interface InterfaceMatch {
  readonly kind: "in-interface" | "out-interface";
  readonly negated: boolean;
  readonly name: string;
}

/** One port or one range, by the protocol's own match (`-m tcp --dport`). Only holds for a packet of that protocol. */
export interface PortMatch {
  readonly kind: "source-port" | "destination-port";
  readonly negated: boolean;
  readonly range: PortRange;
}

/** Any of up to 15 slots of ports, a range taking two (man iptables-extensions, multiport). */
export interface MultiportMatch {
  readonly kind: "source-multiport" | "destination-multiport";
  readonly negated: boolean;
  readonly ranges: readonly PortRange[];
}

/**
 * Owner of the socket that sent the packet. A packet without a socket has no owner: the plain match fails on it and the
 * negated match holds (net/netfilter/xt_owner.c).
 */
export interface OwnerMatch {
  readonly kind: "owner-uid" | "owner-gid";
  readonly negated: boolean;
  readonly ids: IdRange;
}

/** A remark. It holds for every packet. */
export interface CommentMatch {
  readonly kind: "comment";
  readonly text: string;
}

/** A condition that the model does not know, kept as the rule's text has it. */
export interface UnknownMatch {
  readonly kind: "unknown";
  readonly text: string;
}

/** What happens to a packet that meets all conditions of a rule. */
export type Target =
  /** Asks another chain, and comes back when that one does not decide. */
  | { readonly kind: "jump"; readonly chain: string }
  /** Asks another chain, and goes on with this chain's caller when that one does not decide. */
  | { readonly kind: "goto"; readonly chain: string }
  /** Leaves the chain; in a built-in chain, takes the chain's policy. */
  | { readonly kind: "return" }
  /** Lets the packet through and ends the table. */
  | { readonly kind: "accept" }
  | { readonly kind: "drop" }
  /** Sends the connection to a port of this host. */
  | { readonly kind: "redirect"; readonly port: number }
  /** Sends the connection to another address, and to another port when one is given. */
  | { readonly kind: "dnat"; readonly address: DnatAddress; readonly port?: number }
  /** No target: the rule counts packets, and the next rule is asked. */
  | { readonly kind: "none" }
  /** A target that the model does not know, kept as the rule's text has it. */
  | { readonly kind: "unknown"; readonly text: string };

/** An address written out, or the one that the init container finds in its environment. */
export type DnatAddress =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "environment"; readonly variable: "POD_IP" };

/** A rule: when all matches hold, the target decides. */
export interface Rule {
  readonly matches: readonly Match[];
  readonly target: Target;
  /** The inputs that caused the rule, in the order of its values. Never empty in a plan; empty in what was parsed. */
  readonly origins: readonly Origin[];
  /** What the rule is for, in a sentence without a final stop. Empty in what was parsed. */
  readonly reason: string;
}

/** A chain with its rules, in the order in which the kernel asks them. */
export interface Chain {
  readonly family: IpFamily;
  readonly table: Table;
  readonly name: string;
  /** Set for built-in chains. */
  readonly hook?: Hook;
  readonly rules: readonly Rule[];
}
