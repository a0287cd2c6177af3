/**
 * Netfilter's rules as plain data, in netfilter's words. A rule says what the kernel does; how a tool spells it is the
 * business of `render` and `parse`.
 */
import type { IpFamily } from "../net/address.ts";
import type { Cidr } from "../net/cidr.ts";
import type { CidrSet } from "../net/cidr-set.ts";
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

/**
 * An inclusive range of port numbers, 0 to 65535. Wider than the ports that an exclusion list can name: rules of other
 * tools have `0:1024`.
 */
export interface PortSpan {
  readonly first: number;
  readonly last: number;
}

/** A condition on a packet. A rule's conditions must all hold. */
export type Match =
  | ProtocolMatch
  | AddressMatch
  | AddressSetMatch
  | InterfaceMatch
  | PortMatch
  | MultiportMatch
  | OwnerMatch
  | ConnectionStateMatch
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

/** Source or destination address in any range of a set: a set of nftables, or an address range (`iprange`). */
export interface AddressSetMatch {
  readonly kind: "source-set" | "destination-set";
  readonly negated: boolean;
  readonly ranges: CidrSet;
  /** How the rule's text has it: `@excluded`, `192.0.2.1-192.0.2.9`. */
  readonly text: string;
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
  readonly range: PortSpan;
}

/**
 * Any of a number of ports. What iptables can say holds up to 15 slots, a range taking two (man iptables-extensions,
 * multiport); a set of nftables has no such limit.
 */
export interface MultiportMatch {
  readonly kind: "source-multiport" | "destination-multiport";
  readonly negated: boolean;
  readonly ranges: readonly PortSpan[];
}

/**
 * Owner of the socket that sent the packet. A packet without a socket has no owner, nor has one that a socket of the
 * kernel's own sent, such as the reset of a call to a closed port: the plain match fails on it and the negated match
 * holds (net/netfilter/xt_owner.c).
 */
export interface OwnerMatch {
  readonly kind: "owner-uid" | "owner-gid";
  readonly negated: boolean;
  readonly ids: IdRange;
}

/** What connection tracking says of a packet. The first packet of a connection, the one that meets `nat`, is NEW. */
export interface ConnectionStateMatch {
  readonly kind: "connection-state";
  readonly negated: boolean;
  /** Any of these will do, in the order of `CONNECTION_STATES`. */
  readonly states: readonly ConnectionState[];
}

/** The states of connection tracking, in the order in which `iptables-save` prints them (libxt_conntrack.c). */
export const CONNECTION_STATES = [
  "INVALID",
  "NEW",
  "RELATED",
  "ESTABLISHED",
  "UNTRACKED",
  "SNAT",
  "DNAT",
] as const;

/** A state of connection tracking (man iptables-extensions, conntrack). */
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** A remark. It holds for every packet. */
export interface CommentMatch {
  readonly kind: "comment";
  readonly text: string;
}

/** A condition that the model does not know, kept as the rule's text has it. */
export interface UnknownMatch {
  readonly kind: "unknown";
  /** What to call it: the name of the extension (`addrtype`), or of the condition in nftables (`fib`). */
  readonly name: string;
  /** In full, with a leading `!` where it is negated: `-m addrtype --dst-type LOCAL`. */
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
  /** Drops the packet and tells its sender (REJECT). `text` is what stands after `-j`. */
  | { readonly kind: "reject"; readonly text: string }
  /** Sends the connection to a port of this host. */
  | { readonly kind: "redirect"; readonly port: number }
  /** Sends the connection to another address, and to another port when one is given. */
  | { readonly kind: "dnat"; readonly address: DnatAddress; readonly port?: number }
  /** Rewrites the source of the connection, never its destination, and ends the table: SNAT, MASQUERADE. */
  | { readonly kind: "source-nat"; readonly name: string; readonly text: string }
  /**
   * Records, marks or alters the packet, and the next rule is asked: LOG, MARK, CONNMARK, TRACE. `name` is the target's
   * and `text` what stands after `-j`.
   */
  | { readonly kind: "pass"; readonly name: string; readonly text: string }
  /** No target: the rule counts packets, and the next rule is asked. */
  | { readonly kind: "none" }
  /** A target that the model does not know, `TPROXY` say. `text` is what stands after `-j`. */
  | { readonly kind: "unknown"; readonly name: string; readonly text: string };

/**
 * An address written out, or one that the script takes from the init container's environment: `POD_IP` as Kubernetes
 * gives it, or the pod's address of one family, which a guarded script makes of it.
 */
export type DnatAddress =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "environment"; readonly variable: "POD_IP" | "POD_IPV4" | "POD_IPV6" };

/** A rule: when all matches hold, the target decides. */
export interface Rule {
  readonly matches: readonly Match[];
  readonly target: Target;
  /** The inputs that caused the rule, in the order of its values. Never empty in a plan; empty in what was parsed. */
  readonly origins: readonly Origin[];
  /** What the rule is for, in a sentence without a final stop. Empty in what was parsed. */
  readonly reason: string;
  /** What the kernel counted, where a dump says so. */
  readonly counters?: Counters;
}

/** What the kernel counted. Exact up to 2^53. */
export interface Counters {
  readonly packets: number;
  readonly bytes: number;
}

/** A chain with its rules, in the order in which the kernel asks them. */
export interface Chain {
  readonly family: IpFamily;
  readonly table: Table;
  readonly name: string;
  /** Set for built-in chains. */
  readonly hook?: Hook;
  /** What a built-in chain does with a packet that no rule decides. Absent: accept. */
  readonly policy?: "accept" | "drop";
  /**
   * The table of nftables that holds the chain. Chains of one name in two of them are two chains, and a jump stays inside.
   * Absent for the tables of iptables, however the kernel keeps them; `table` then is the place itself, and here the one
   * of iptables with the same part in the packet path.
   */
  readonly namespace?: string;
  /** With `namespace`, for a built-in chain: its place among the chains of its hook, the least first. */
  readonly priority?: number;
  readonly rules: readonly Rule[];
}
