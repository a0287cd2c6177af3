import { formatAddress, type IpAddress, type IpFamily, parseAddress } from "../net/address.ts";
import type { DnatAddress, Target } from "../ruleset/rule.ts";
import type { RuleRef } from "./link.ts";
import type { Direction, Endpoint } from "./packet.ts";

/** What the rules do to a packet in the end. */
export type Fate =
  /** No rule decided, or one that leaves the packet to the policy ACCEPT. */
  | { readonly kind: "untouched" }
  /** A rule let it through. It goes where an untouched one goes. */
  | { readonly kind: "accepted" }
  | { readonly kind: "dropped" }
  /** It goes to a port of this host. */
  | { readonly kind: "redirected"; readonly port: number }
  /** It goes to another address, and to another port when one is given. */
  | { readonly kind: "dnat"; readonly address: string; readonly port?: number }
  /** A target that the model does not know took it. */
  | { readonly kind: "not-modelled"; readonly target: string };

/** A fate, and the rule that brought it about: absent when no rule did, or when a chain's policy dropped the packet. */
export interface Decision {
  readonly fate: Fate;
  readonly by?: RuleRef;
}

/** What rules leave open and the pod knows. */
export interface PodFacts {
  /**
   * The pod's addresses, its first one first, which `$POD_IP` stands for. What a variable stands for is not known when
   * no address fits, and then no chain is asked behind a DNAT to it.
   */
  readonly addresses: readonly IpAddress[];
}

/** A pod of which nothing is known. */
export const UNKNOWN_POD: PodFacts = { addresses: [] };

/** The fate of a packet that a target takes; undefined for targets that take none. */
export function fateOfTarget(target: Target, pod: PodFacts): Fate | undefined {
  switch (target.kind) {
    case "accept":
    case "source-nat":
      return { kind: "accepted" };
    case "drop":
    case "reject":
      return { kind: "dropped" };
    case "redirect":
      return { kind: "redirected", port: target.port };
    case "dnat": {
      const address = knownAddress(target.address, pod);
      const text = address === undefined ? dnatText(target.address) : formatAddress(address);
      return target.port === undefined
        ? { kind: "dnat", address: text }
        : { kind: "dnat", address: text, port: target.port };
    }
    case "unknown":
      return { kind: "not-modelled", target: target.text };
    case "jump":
    case "goto":
    case "return":
    case "pass":
    case "none":
      return undefined;
  }
}

/** A text that two fates share exactly when they are the same. */
export function fateKey(fate: Fate): string {
  switch (fate.kind) {
    case "untouched":
    case "accepted":
    case "dropped":
      return fate.kind;
    case "redirected":
      return `redirected ${fate.port}`;
    case "dnat":
      return `dnat ${fate.address} ${fate.port ?? ""}`;
    case "not-modelled":
      return `not-modelled ${fate.target}`;
  }
}

/**
 * What the chains behind a translation see as the destination; undefined when it is not known. A part that is absent is
 * as it was.
 *
 * A redirected packet goes to the loopback address when this host sent it, and else to the first address of the
 * interface it came in by (`nf_nat_redirect_ipv4`), which for a pod is the one it was sent to.
 */
export function destinationAfter(
  fate: Fate,
  family: IpFamily,
  direction: Direction,
): Partial<Endpoint> | undefined {
  switch (fate.kind) {
    case "redirected":
      if (direction === "inbound") return { port: fate.port };
      return { address: LOOPBACK[family], port: fate.port };
    case "dnat": {
      const address = parseAddress(fate.address);
      if (!address.ok || address.value.family !== family) return undefined;
      const { value } = address.value;
      return fate.port === undefined ? { address: value } : { address: value, port: fate.port };
    }
    case "untouched":
    case "accepted":
    case "dropped":
    case "not-modelled":
      return {};
  }
}

const LOOPBACK: { readonly [family in IpFamily]: bigint } = { ipv4: 0x7f000001n, ipv6: 1n };

function knownAddress(address: DnatAddress, pod: PodFacts): IpAddress | undefined {
  if (address.kind === "literal") {
    const parsed = parseAddress(address.text);
    return parsed.ok ? parsed.value : undefined;
  }
  switch (address.variable) {
    case "POD_IP":
      return pod.addresses[0];
    case "POD_IPV4":
      return pod.addresses.find(({ family }) => family === "ipv4");
    case "POD_IPV6":
      return pod.addresses.find(({ family }) => family === "ipv6");
  }
}

function dnatText(address: DnatAddress): string {
  return address.kind === "literal" ? address.text : `$${address.variable}`;
}
