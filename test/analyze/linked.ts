import { type LinkedChains, linkChains, type RuleRef } from "../../src/analyze/link.ts";
import type { Packet } from "../../src/analyze/packet.ts";
import type { IpFamily } from "../../src/net/address.ts";
import { type Cidr, parseCidr } from "../../src/net/cidr.ts";
import { ruleText } from "../../src/render/rule-text.ts";
import type { Chain, Hook, Match, Rule, Table, Target } from "../../src/ruleset/rule.ts";
import { addressNumber } from "./arbitraries.ts";

/** Chains that are known to link. */
export function linked(chains: readonly Chain[]): LinkedChains {
  const result = linkChains(chains);
  if (!result.ok) throw new Error(result.error.kind);
  return result.value;
}

/** A rule of conditions and a target. */
export function rule(matches: readonly Match[], target: Target): Rule {
  return { matches, target, origins: [], reason: "" };
}

/** A chain of an IPv4 table, built in where it has the name of a hook. */
export function chain(table: Table, name: string, ...rules: readonly Rule[]): Chain {
  const hook = (["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"] as const).find(
    (at) => at === name,
  );
  const own = { family: "ipv4", table, name, rules } as const;
  return hook === undefined ? own : { ...own, hook: hook satisfies Hook };
}

/** The range that a test writes. */
export function range(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr.ok) throw new Error(`${text} is not a range`);
  return cidr.value.cidr;
}

/** A rule in the words of `iptables-save`. */
export function text({ chain: { name }, rule: body }: RuleRef): string {
  return ruleText(name, body);
}

/** What a test says of a packet. */
export interface PacketWords extends Partial<Omit<Packet, "source" | "destination" | "holds">> {
  readonly from?: string;
  readonly to?: string;
  readonly port?: number;
  readonly uid?: number;
  readonly holds?: readonly string[];
}

/** The first packet of a TCP connection to 192.0.2.9:80 that a process of UID 1000 sends by eth0, changed as told. */
export function sent({
  from = "10.0.0.1",
  to = "192.0.2.9",
  port = 80,
  uid = 1000,
  holds = [],
  ...rest
}: PacketWords = {}): Packet {
  const family: IpFamily = rest.family ?? "ipv4";
  return {
    direction: "outbound",
    protocol: 6,
    state: "NEW",
    interface: "eth0",
    owner: { uid, gid: uid },
    ...rest,
    family,
    source: { address: addressNumber(from), port: 40000 },
    destination: { address: addressNumber(to), port },
    holds: new Set(holds),
  };
}

/** The first packet of a TCP connection that comes in by eth0 for 10.0.0.1:80, changed as told. */
export function received({ from = "192.0.2.9", to = "10.0.0.1", ...rest }: PacketWords = {}): Packet {
  const { owner: _, ...packet } = sent({ ...rest, from, to, direction: "inbound" });
  return packet;
}
