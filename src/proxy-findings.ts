import type { LinkedChains } from "./analyze/link.ts";
import { matchHolds } from "./analyze/match-holds.ts";
import type { Packet } from "./analyze/packet.ts";
import { type Trace, walk } from "./analyze/walk.ts";
import { ADDRESS_BITS, formatAddress, type IpAddress, type IpFamily, parseAddress } from "./net/address.ts";
import { type Cidr, cidrOf, coversCidr } from "./net/cidr.ts";
import { knownRange } from "./net/known-ranges.ts";
import { MAX_PORT } from "./net/port.ts";
import { compactRanges } from "./net/port-set.ts";
import { originPath } from "./origin.ts";
import { type Finding, finding } from "./policy/finding.ts";
import type { Policy } from "./policy/policy.ts";
import { PROXY_PORTS, PROXY_UID } from "./policy/profile.ts";
import { ruleText } from "./render/rule-text.ts";
import type { Match } from "./ruleset/rule.ts";

/** What the rules do to traffic of the proxy inside its own pod, found by sending packets through them. */
export function proxyFindings(chains: LinkedChains, policy: Policy): readonly Finding[] {
  return [...selfCalls(chains, policy), ...adminCalls(chains, policy)];
}

/** Networks that pods have their addresses from (RFC 1918, RFC 6598, RFC 4193). */
const PRIVATE_NETWORKS: readonly Cidr[] = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(knownRange),
  cidrOf({ family: "ipv6", value: 0xfcn << 120n }, 7),
];

/** Most ranges that are named as ones that could cover the pod. Each is found by a walk through the rules of all. */
const MAX_RANGES_NAMED = 100;

/** Addresses that stand for the pod's own when it is not known (RFC 5737, RFC 3849), so that no list has reason to name them. */
const EXAMPLE_POD: Readonly<Record<IpFamily, IpAddress>> = {
  ipv4: knownAddress("192.0.2.1"),
  ipv6: { family: "ipv6", value: (0x2001_0db8n << 96n) + 1n },
};

/**
 * A call of the app to its own pod through a service comes back from the proxy as a call to the pod's own address. When
 * the inbound listener does not get that one, it is not authenticated.
 */
function selfCalls(chains: LinkedChains, policy: Policy): readonly Finding[] {
  const families: readonly IpFamily[] = policy.ipFamilies === "dual" ? ["ipv4", "ipv6"] : [policy.ipFamilies];
  const known = policy.podAddresses.filter(({ family }) => families.includes(family));
  const own = known.length > 0 ? known : families.map((family) => EXAMPLE_POD[family]);
  const port = unlistedPort(policy);
  for (const pod of own) {
    const rule = bypassOf(chains, pod, port);
    if (rule !== undefined) {
      const address = formatAddress(pod);
      const subject =
        known.length > 0
          ? `What the proxy sends to its own pod at ${address}`
          : `What the proxy sends to its own pod (whose address is not known: ${address} stands for it)`;
      return [selfCall("", known.length > 0 ? address : "", subject, rule)];
    }
  }
  return [
    ...own.flatMap((pod) => excludedPortCalls(chains, policy, pod)),
    ...(known.length > 0 ? [] : excludedRangeCalls(chains, policy, port)),
  ];
}

function excludedPortCalls(chains: LinkedChains, policy: Policy, pod: IpAddress): readonly Finding[] {
  return policy.outboundPortExclusions.flatMap(({ range: { first }, origins: [origin] }) => {
    const rule = bypassOf(chains, pod, first);
    if (rule === undefined || origin === undefined) return [];
    const subject = `What the proxy sends to port ${first} of its own pod`;
    return [selfCall(originPath(origin), origin.value, subject, rule)];
  });
}

/**
 * The pod's address is not known: a range that a pod may have its address from could cover it. Single addresses are left
 * out: they are given to services and hosts, and a pod gets a new one each time.
 */
function excludedRangeCalls(chains: LinkedChains, policy: Policy, port: number): readonly Finding[] {
  const mayHoldPods = (cidr: Cidr) =>
    cidr.prefix < ADDRESS_BITS[cidr.family] &&
    PRIVATE_NETWORKS.some((network) => coversCidr(network, cidr) || coversCidr(cidr, network));
  const bypassTo = bypassFinder(chains, port);
  const found: Finding[] = [];
  for (const { cidr, text, origins } of policy.outboundRangeExclusions) {
    const [origin] = origins;
    if (origin === undefined || !mayHoldPods(cidr)) continue;
    const rule = bypassTo({ family: cidr.family, value: cidr.address });
    if (rule === undefined) continue;
    const subject = `If the pod's address lies in ${text}, what the proxy sends to its own pod`;
    found.push(selfCall(originPath(origin), origin.value, subject, rule));
    if (found.length === MAX_RANGES_NAMED) break;
  }
  return found;
}

/** The lowest port from 8080 on that no list names, for the app of an example. */
export function unlistedPort(policy: Policy): number {
  const listed = [...policy.outboundPortExclusions, ...policy.inboundPortExclusions];
  let port = 8080;
  for (const { first, last } of compactRanges(listed.map(({ range }) => range))) {
    if (first <= port && port <= last) port = last + 1;
  }
  return Math.min(port, MAX_PORT);
}

function selfCall(field: string, value: string, subject: string, rule: string): Finding {
  return finding("SELF_CALL_BYPASSES_PROXY", {
    field,
    value,
    message: `${subject} does not go to the inbound listener (${rule}): an app that calls its own pod through its service reaches itself without inbound mTLS`,
    remedy: "Plan with the dialect hardened, or OSM 1.1 or later.",
  });
}

/** The rule that keeps a self-call from the inbound listener, in words; undefined when nothing does. */
function bypassOf(chains: LinkedChains, pod: IpAddress, port: number): string | undefined {
  return bypassIn(walk(chains, fromProxy(pod, port)));
}

function bypassIn({ decision: { fate, by } }: Trace): string | undefined {
  if (fate.kind === "redirected" && fate.port === PROXY_PORTS.inbound) return undefined;
  return by === undefined ? "no rule takes it" : `'${ruleText(by.chain.name, by.rule)}' takes it`;
}

/** `bypassOf` for one address after the other. Where the rules on the way cannot tell two apart, one walk is for both. */
function bypassFinder(chains: LinkedChains, port: number): (pod: IpAddress) => string | undefined {
  const walkTo = (packet: Packet) => {
    const trace = walk(chains, packet);
    const matches = trace.steps.flatMap((step) => (step.kind === "rule" ? step.rule.rule.matches : []));
    return { packet, asked: matches.filter(isAboutAddress), bypass: bypassIn(trace) };
  };
  let last: ReturnType<typeof walkTo> | undefined;
  return (pod) => {
    const packet = fromProxy(pod, port);
    if (last === undefined || !areAlike(last.packet, packet, last.asked)) last = walkTo(packet);
    return last.bypass;
  };
}

function isAboutAddress({ kind }: Match): boolean {
  return kind === "source" || kind === "destination" || kind === "source-set" || kind === "destination-set";
}

/** Whether some conditions cannot tell two packets apart. */
function areAlike(a: Packet, b: Packet, conditions: readonly Match[]): boolean {
  return a.family === b.family && conditions.every((match) => matchHolds(match, a) === matchHolds(match, b));
}

/** In PodIP mode the proxy's calls to its own admin port must stay on loopback, where alone it listens. */
function adminCalls(chains: LinkedChains, policy: Policy): readonly Finding[] {
  if (policy.localProxyMode !== "PodIP") return [];
  const field = "meshConfig.spec.sidecar.localProxyMode";
  const { fate, by } = walk(chains, fromProxy(knownAddress("127.0.0.1"), PROXY_PORTS.admin)).decision;
  if (fate.kind !== "dnat" || by === undefined) return [];
  const refused = policy.podAddresses[0]?.family === "ipv6" && policy.ipFamilies === "ipv4";
  return [
    finding("POD_IP_MODE_BREAKS_ADMIN", {
      field,
      value: "PodIP",
      message: refused
        ? `The pod's first address is IPv6, which iptables refuses in '${ruleText(by.chain.name, by.rule)}': the pod never starts`
        : `'${ruleText(by.chain.name, by.rule)}' also takes the proxy's calls to its admin port ${PROXY_PORTS.admin}, which listens on loopback alone: its metrics break`,
      remedy: "Plan with the dialect hardened, which leaves the admin port alone.",
    }),
  ];
}

/** The first packet of a connection that the proxy opens to an address of its own pod. */
export function fromProxy(to: IpAddress, port: number): Packet {
  return {
    direction: "outbound",
    family: to.family,
    protocol: 6,
    state: "NEW",
    interface: "lo",
    owner: { uid: PROXY_UID, gid: PROXY_UID },
    source: { address: to.value, port: 49152 },
    destination: { address: to.value, port },
    holds: NOTHING,
  };
}

const NOTHING: ReadonlySet<string> = new Set();

/** An address that is written in the source. @throws Error when it is not one. */
export function knownAddress(text: string): IpAddress {
  const read = parseAddress(text);
  if (!read.ok) throw new Error(`${text} is not an address`);
  return read.value;
}
