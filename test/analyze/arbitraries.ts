/** Random rules and packets over a few values each, so that rules often meet the same packets. */
import fc from "fast-check";
import type { Packet, TrackedState } from "../../src/analyze/packet.ts";
import { PROTOCOLS_WITH_PORTS } from "../../src/analyze/protocol.ts";
import { ADDRESS_BITS, type IpFamily, parseAddress } from "../../src/net/address.ts";
import { type Cidr, cidrOf } from "../../src/net/cidr.ts";
import { aggregate } from "../../src/net/cidr-set.ts";
import type { Chain, ConnectionState, Hook, Match, Rule, Table, Target } from "../../src/ruleset/rule.ts";

/** Addresses that rules and packets are made of. */
export const ADDRESSES: { readonly [family in IpFamily]: readonly string[] } = {
  ipv4: [
    "0.0.0.0",
    "10.1.2.3",
    "10.1.2.4",
    "10.1.3.0",
    "127.0.0.1",
    "127.0.0.2",
    "192.0.2.1",
    "255.255.255.255",
  ],
  ipv6: [
    "::",
    "::1",
    "2001:db8::3",
    "2001:db8::4",
    "2001:db8:1::",
    "fe80::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  ],
};
const PREFIXES: { readonly [family in IpFamily]: readonly number[] } = {
  ipv4: [0, 1, 8, 16, 24, 31, 32],
  ipv6: [0, 1, 32, 48, 64, 127, 128],
};
/** Ports, likewise. */
export const PORTS = [0, 1, 53, 80, 81, 15001, 65535];
/** Users and groups, likewise. */
export const IDS = [0, 1000, 1500, 1501, 4294967295];
/** States of connection tracking. */
export const STATES: readonly TrackedState[] = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"];
/** Protocols of packets, with and without ports. */
export const PROTOCOLS = [6, 6, 17, 1, 47, 132];
/** Interfaces of packets. */
export const INTERFACES = ["lo", "eth0", "eth1", "eth12", "veth", "other"];
const RULE_STATES: readonly ConnectionState[] = [...STATES, "SNAT", "DNAT"];
const UNKNOWNS = ["-m addrtype --dst-type LOCAL", "-m statistic --mode random --probability 0.5"];

/** The number of an address that is written in a test. */
export function addressNumber(text: string): bigint {
  const address = parseAddress(text);
  if (!address.ok) throw new Error(`${text} is not an address`);
  return address.value.value;
}

function cidr(family: IpFamily): fc.Arbitrary<Cidr> {
  return fc
    .tuple(fc.constantFrom(...ADDRESSES[family]), fc.constantFrom(...PREFIXES[family]))
    .map(([text, prefix]) => cidrOf({ family, value: addressNumber(text) }, prefix));
}

function span(numbers: readonly number[]): fc.Arbitrary<{ first: number; last: number }> {
  return fc
    .tuple(fc.constantFrom(...numbers), fc.constantFrom(...numbers))
    .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
}

/** Any one condition. */
export function match(family: IpFamily): fc.Arbitrary<Match> {
  const negated = fc.boolean();
  const ranges = fc.array(cidr(family), { maxLength: 3 }).map(aggregate);
  const spans = fc.array(span(PORTS), { minLength: 1, maxLength: 3 });
  return fc.oneof(
    fc.record({
      kind: fc.constant("protocol"),
      negated,
      protocol: fc.constantFrom("tcp", "udp", "icmp", "47", "odd"),
    }),
    fc.record({ kind: fc.constantFrom("source", "destination"), negated, range: cidr(family) }),
    fc.record({
      kind: fc.constantFrom("source-set", "destination-set"),
      negated,
      ranges,
      text: fc.constant("@set"),
    }),
    fc.record({
      kind: fc.constantFrom("in-interface", "out-interface"),
      negated,
      name: fc.constantFrom("lo", "eth0", "eth+", "eth1+", "veth", "+"),
    }),
    fc.record({ kind: fc.constantFrom("source-port", "destination-port"), negated, range: span(PORTS) }),
    fc.record({ kind: fc.constantFrom("source-multiport", "destination-multiport"), negated, ranges: spans }),
    fc.record({ kind: fc.constantFrom("owner-uid", "owner-gid"), negated, ids: span(IDS) }),
    fc.record({
      kind: fc.constant("connection-state"),
      negated,
      states: fc.subarray([...RULE_STATES], { minLength: 1 }),
    }),
    fc.record({ kind: fc.constant("comment"), text: fc.constant("why") }),
    fc
      .constantFrom(...UNKNOWNS)
      .map((text) => ({ kind: "unknown", name: text.split(" ")[1] ?? "", text }) as const),
  );
}

const REDIRECTING: fc.Arbitrary<Target> = fc.constantFrom<Target>(
  { kind: "redirect", port: 15001 },
  { kind: "redirect", port: 80 },
);
const DECIDING: fc.Arbitrary<Target> = fc.constantFrom<Target>(
  { kind: "return" },
  { kind: "accept" },
  { kind: "drop" },
  { kind: "reject", text: "REJECT" },
  { kind: "source-nat", name: "MASQUERADE", text: "MASQUERADE" },
  { kind: "unknown", name: "TPROXY", text: "TPROXY --on-port 1" },
);
const PASSING: fc.Arbitrary<Target> = fc.constantFrom<Target>(
  { kind: "none" },
  { kind: "pass", name: "LOG", text: "LOG" },
);

function target(family: IpFamily, callable: readonly string[], translates: boolean): fc.Arbitrary<Target> {
  const dnat = fc
    .tuple(
      fc.constantFrom(...ADDRESSES[family], "odd"),
      fc.option(fc.constantFrom(80, 81), { nil: undefined }),
    )
    .map(([text, port]): Target => {
      const address =
        text === "odd"
          ? ({ kind: "environment", variable: "POD_IP" } as const)
          : ({ kind: "literal", text } as const);
      return port === undefined ? { kind: "dnat", address } : { kind: "dnat", address, port };
    });
  const own = [
    { weight: 4, arbitrary: DECIDING },
    { weight: 1, arbitrary: PASSING },
    ...(translates
      ? [
          { weight: 2, arbitrary: REDIRECTING },
          { weight: 1, arbitrary: dnat },
        ]
      : []),
  ];
  if (callable.length === 0) return fc.oneof(...own);
  const calls = fc.record({
    kind: fc.constantFrom("jump", "goto"),
    chain: fc.constantFrom(...callable),
  });
  return fc.oneof(...own, { weight: 4, arbitrary: calls });
}

function rule(family: IpFamily, callable: readonly string[], translates: boolean): fc.Arbitrary<Rule> {
  return fc.record({
    matches: fc.array(match(family), { maxLength: 3 }),
    target: target(family, callable, translates),
    origins: fc.constant([]),
    reason: fc.constant(""),
  });
}

/** The chains of one table: its built-in ones at some hooks, and two of its own that only earlier ones call. */
export function tableChains(
  family: IpFamily,
  table: Table,
  hooks: readonly Hook[],
): fc.Arbitrary<readonly Chain[]> {
  const names = ["FIRST", "SECOND"];
  const translates = table === "nat";
  const builtIn = hooks.map((hook) =>
    fc.record({
      family: fc.constant(family),
      table: fc.constant(table),
      name: fc.constant(hook),
      hook: fc.constant(hook),
      policy: fc.constantFrom("accept", "accept", "drop"),
      rules: fc.array(rule(family, names, translates), { maxLength: 5 }),
    }),
  );
  const own = names.map((name, i) =>
    fc.record({
      family: fc.constant(family),
      table: fc.constant(table),
      name: fc.constant(name),
      rules: fc.array(rule(family, names.slice(i + 1), translates), { maxLength: 5 }),
    }),
  );
  return fc.tuple(...builtIn, ...own);
}

/** Chains of some or all tables that a packet of the pod meets. */
export function rulesetChains(family: IpFamily): fc.Arbitrary<readonly Chain[]> {
  const hooks: { readonly [table in Table]: readonly Hook[] } = {
    raw: ["PREROUTING", "OUTPUT"],
    mangle: ["PREROUTING", "INPUT", "OUTPUT"],
    nat: ["PREROUTING", "OUTPUT"],
    filter: ["INPUT", "OUTPUT"],
    security: ["INPUT", "OUTPUT"],
  };
  const tables = (["raw", "mangle", "nat", "filter", "security"] as const).map((table) =>
    tableChains(family, table, hooks[table]),
  );
  const some = (among: readonly fc.Arbitrary<readonly Chain[]>[]) =>
    fc.tuple(...among).map((chains) => chains.flat());
  return fc.oneof(some(tables), some(tables.slice(2, 3)), some(tables.slice(2, 4)));
}

/** A packet that there can be, as `world.ts` states it; `holds` names conditions that are not modelled. */
export function packet(family: IpFamily, conditions: readonly string[]): fc.Arbitrary<Packet> {
  const address = fc.constantFrom(...ADDRESSES[family].map(addressNumber));
  return fc
    .record({
      direction: fc.constantFrom("inbound", "outbound"),
      family: fc.constant(family),
      protocol: fc.constantFrom(...PROTOCOLS),
      state: fc.constantFrom(...STATES, "NEW"),
      interface: fc.constantFrom(...INTERFACES),
      owner: fc.option(fc.record({ uid: fc.constantFrom(...IDS), gid: fc.constantFrom(...IDS) })),
      source: fc.record({ address, port: fc.constantFrom(...PORTS) }),
      destination: fc.record({ address, port: fc.constantFrom(...PORTS) }),
      holds: fc.subarray([...conditions]).map((names) => new Set(names)),
    })
    .map(asThereCanBe);
}

/** The packet nearest to another that there can be. */
export function asThereCanBe({
  owner,
  ...rest
}: Omit<Packet, "owner"> & { readonly owner: Packet["owner"] | null }): Packet {
  const portless = !PROTOCOLS_WITH_PORTS.includes(rest.protocol);
  const without = (end: Packet["source"]) => (portless ? { ...end, port: 0 } : end);
  const ends = { source: without(rest.source), destination: without(rest.destination) };
  if (rest.direction === "inbound") {
    return { ...rest, ...ends, interface: rest.interface === "lo" ? "eth0" : rest.interface };
  }
  const sent = { ...rest, ...ends, interface: isLoopback(rest) ? "lo" : rest.interface };
  return owner ? { ...sent, owner } : sent;
}

function isLoopback({ family, destination: { address } }: Pick<Packet, "family" | "destination">): boolean {
  return family === "ipv4" ? address >> 24n === 127n : address === 1n;
}

/** All bits of an address of the family: its highest number. */
export function highestAddress(family: IpFamily): bigint {
  return (1n << BigInt(ADDRESS_BITS[family])) - 1n;
}
