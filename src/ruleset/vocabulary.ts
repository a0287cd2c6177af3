/** Short names for the matches and targets that dialects are made of, so that a rule reads like its text. */
import type { Cidr } from "../net/cidr.ts";
import { portFromNumber } from "../net/port.ts";
import { BUILT_IN, type Origin } from "../origin.ts";
import type { Operation } from "./operation.ts";
import type {
  AddressMatch,
  DnatAddress,
  InterfaceMatch,
  Match,
  MultiportMatch,
  OwnerMatch,
  PortMatch,
  PortSpan,
  ProtocolMatch,
  Rule,
  Target,
} from "./rule.ts";

/** `-p tcp` */
export const TCP: ProtocolMatch = { kind: "protocol", negated: false, protocol: "tcp" };

/** `-p udp` */
export const UDP: ProtocolMatch = { kind: "protocol", negated: false, protocol: "udp" };

/** `-s <range>` */
export function source(range: Cidr): AddressMatch {
  return { kind: "source", negated: false, range };
}

/** `-d <range>`, in the spelling `text` when one is given. */
export function destination(range: Cidr, text?: string): AddressMatch {
  const match = { kind: "destination", negated: false, range } as const;
  return text === undefined ? match : { ...match, text };
}

/** `--dport <port>`. @throws RangeError when the number is no port: a bug of the dialect. */
export function destinationPort(port: number): PortMatch {
  return { kind: "destination-port", negated: false, range: onePort(port) };
}

/** `-m multiport --dports <ranges>` */
export function destinationPorts(ranges: readonly PortSpan[]): MultiportMatch {
  return { kind: "destination-multiport", negated: false, ranges };
}

/** `-i <name>` */
export function inInterface(name: string): InterfaceMatch {
  return { kind: "in-interface", negated: false, name };
}

/** `-o <name>` */
export function outInterface(name: string): InterfaceMatch {
  return { kind: "out-interface", negated: false, name };
}

/** `-m owner --uid-owner <uid>` */
export function ownedBy(uid: number): OwnerMatch {
  return { kind: "owner-uid", negated: false, ids: { first: uid, last: uid } };
}

/** `-m owner --gid-owner <gid>` */
export function ownedByGroup(gid: number): OwnerMatch {
  return { kind: "owner-gid", negated: false, ids: { first: gid, last: gid } };
}

/** The match turned round, as by `!`. */
export function not<M extends Extract<Match, { readonly negated: boolean }>>(match: M): M {
  return { ...match, negated: true };
}

/** `-j <chain>` */
export function jump(chain: string): Target {
  return { kind: "jump", chain };
}

/** `-j RETURN` */
export const RETURN: Target = { kind: "return" };

/** `-j ACCEPT` */
export const ACCEPT: Target = { kind: "accept" };

/** `-j REDIRECT --to-ports <port>` */
export function redirect(port: number): Target {
  return { kind: "redirect", port };
}

/** `-j DNAT --to-destination <address>:<port>` */
export function dnatTo(address: string, port: number): Target {
  return { kind: "dnat", address: { kind: "literal", text: address }, port };
}

/** `-j DNAT --to-destination <address>`, the port kept: an address of the request, or one of the environment. */
export function dnat(address: DnatAddress): Target {
  return { kind: "dnat", address };
}

/** A rule that every plan of the dialect has, and what it is for. */
export function builtIn(reason: string, matches: readonly Match[], target: Target): Rule {
  return { matches, target, origins: [BUILT_IN], reason };
}

/** A rule that inputs caused, and what it is for. */
export function caused(
  reason: string,
  origins: readonly Origin[],
  matches: readonly Match[],
  target: Target,
): Rule {
  return { matches, target, origins, reason };
}

/** Creates a chain: `-N`. */
export function newChain(chain: string): Operation {
  return { kind: "new-chain", chain };
}

/** Adds a rule behind the others: `-A`. */
export function append(chain: string, rule: Rule): Operation {
  return { kind: "append", chain, rule };
}

/** Adds a rule in front of the others: `-I`. */
export function insert(chain: string, rule: Rule): Operation {
  return { kind: "insert", chain, rule };
}

/** Adds a rule unless it is there: `-C`, and `-A` when that fails. */
export function ensure(chain: string, rule: Rule): Operation {
  return { kind: "ensure", chain, rule };
}

function onePort(port: number): PortSpan {
  if (!portFromNumber(port).ok) throw new RangeError(`${port} is not a port`);
  return { first: port, last: port };
}
