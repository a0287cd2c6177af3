import fc from "fast-check";
import type { IpFamily } from "../../../src/net/address.ts";
import { cidrOf, parseCidr } from "../../../src/net/cidr.ts";
import { renderNftables } from "../../../src/render/nftables.ts";
import { ruleText } from "../../../src/render/rule-text.ts";
import { hookOf } from "../../../src/ruleset/built-in-chains.ts";
import {
  type Chain,
  CONNECTION_STATES,
  type Match,
  type Rule,
  type Table,
  type Target,
} from "../../../src/ruleset/rule.ts";
import type { Keeper } from "./back-end.ts";
import { ADDRESSES, SENDERS } from "./places.ts";

/** Ranges that hold some addresses of the lab. */
const RANGES: { readonly [family in IpFamily]: readonly string[] } = {
  ipv4: [
    "0.0.0.0/0",
    "127.0.0.0/8",
    "127.0.0.1/32",
    "192.0.2.0/24",
    "192.0.2.10/32",
    "192.0.2.20/32",
    "203.0.113.0/24",
    "203.0.113.4/31",
    "198.51.100.0/24",
    "198.51.100.64/26",
  ],
  ipv6: [
    "::/0",
    "::1/128",
    "2001:db8::/32",
    "2001:db8::/64",
    "2001:db8::10/128",
    "2001:db8:2::/48",
    "2001:db8:2::4/127",
    "2001:db8:3::/48",
  ],
};

/** Addresses that a packet can be sent on to, whatever sent it. */
const TARGETS: { readonly [family in IpFamily]: readonly string[] } = {
  ipv4: [...ADDRESSES.eth0.ipv4.pod, ...ADDRESSES.net1.ipv4.pod],
  ipv6: [...ADDRESSES.eth0.ipv6.pod, ...ADDRESSES.net1.ipv6.pod],
};

const PORTS = [22, 53, 80, 443, 8080, 8081, 15000, 15001, 15003, 65535];
const NAMES = ["lo", "eth0", "net1", "net+", "e+", "eth1", "l+"];

/** Where the chains of a hook are asked, and by what conditions. */
type Way = "in" | "out";

const negated = fc.boolean();
const port = fc.constantFrom(...PORTS);
const portSpan = fc.tuple(port, port).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));

function plain<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

/** nf_tables refuses what no address is in, `! -s ::/0`; legacy takes it. */
function address(family: IpFamily, keeper: Keeper): fc.Arbitrary<Match> {
  const range = fc.constantFrom(...RANGES[family]).map((text) => {
    const cidr = parseCidr(text);
    return cidr.ok ? cidr.value.cidr : cidrOf({ family, value: 0n });
  });
  return plain({ kind: fc.constantFrom("source", "destination"), negated, range }).map((match) =>
    match.range.prefix === 0 && keeper !== "legacy" ? { ...match, negated: false } : match,
  );
}

/** Of built-in chains, iptables takes only those interfaces that their packets have. */
function interfaceOf(way: Way, builtIn: boolean): fc.Arbitrary<Match> {
  const own = way === "in" ? "in-interface" : "out-interface";
  const other = way === "in" ? "out-interface" : "in-interface";
  return plain({
    kind: fc.constantFrom(own, own, builtIn ? own : other),
    negated,
    name: fc.constantFrom(...NAMES),
  });
}

function owner(): fc.Arbitrary<Match> {
  const ids = Object.values(SENDERS).flatMap(({ uid, gid }) => [uid, gid]);
  const span = fc
    .tuple(fc.constantFrom(...ids), fc.constantFrom(...ids), fc.boolean())
    .map(([a, b, single]) => ({ first: Math.min(a, b), last: single ? Math.min(a, b) : Math.max(a, b) }));
  return plain({ kind: fc.constantFrom("owner-uid", "owner-gid"), negated, ids: span });
}

const ports: fc.Arbitrary<Match> = fc.oneof(
  plain({
    kind: fc.constantFrom("source-port", "destination-port", "destination-port"),
    negated,
    range: portSpan,
  }),
  plain({
    kind: fc.constant("destination-multiport" as const),
    negated,
    ranges: fc.array(portSpan, { minLength: 1, maxLength: 5 }),
  }),
);

const state: fc.Arbitrary<Match> = plain({
  kind: fc.constant("connection-state" as const),
  negated,
  states: fc.subarray(CONNECTION_STATES.slice(0, 5), { minLength: 1, maxLength: 3 }),
});

/** What a rule is generated for. */
interface Place {
  readonly family: IpFamily;
  readonly table: Table;
  readonly way: Way;
  readonly builtIn: boolean;
  /** The chains that it may jump to: those behind it, so that there is no loop. */
  readonly callable: readonly string[];
  readonly keeper: Keeper;
}

function rule(place: Place): fc.Arbitrary<Rule> {
  const { family, way, builtIn, keeper } = place;
  const some = (match: fc.Arbitrary<Match>): fc.Arbitrary<readonly Match[]> =>
    fc.oneof(
      fc.constant([]),
      match.map((one) => [one]),
    );
  const protocol = fc
    .constantFrom("tcp", "tcp", "udp")
    .map((name): Match => ({ kind: "protocol", negated: false, protocol: name }));
  const withoutProtocol = fc.oneof(
    fc.constant([]),
    fc.constant<readonly Match[]>([{ kind: "protocol", negated: true, protocol: "tcp" }]),
  );
  const common = [
    some(address(family, keeper)),
    some(interfaceOf(way, builtIn)),
    ...(way === "out" ? [some(owner())] : []),
    // A table of nftables that this project makes has none.
    ...(keeper === "nft" ? [] : [some(state)]),
  ];
  const finish =
    (target: Target) =>
    (parts: readonly (readonly Match[])[]): Rule => ({
      matches: parts.flat(),
      target,
      origins: [],
      reason: "",
    });
  return fc.oneof(
    {
      weight: 2,
      arbitrary: passing(place).chain((target) => fc.tuple(withoutProtocol, ...common).map(finish(target))),
    },
    {
      weight: 3,
      arbitrary: fc.oneof(passing(place), deciding(place)).chain((target) =>
        fc
          .tuple(
            protocol.map((one) => [one]),
            some(ports),
            ...common,
          )
          .map(finish(target)),
      ),
    },
  );
}

/** Targets that need no protocol. */
function passing({ table, callable, keeper }: Place): fc.Arbitrary<Target> {
  // iptables has no DROP in nat.
  const drops: readonly Target[] = table === "nat" && keeper !== "nft" ? [] : [{ kind: "drop" }];
  const calls = callable.flatMap((chain): readonly Target[] => [
    { kind: "jump", chain },
    { kind: "jump", chain },
    { kind: "goto", chain },
  ]);
  return fc.constantFrom<Target>(
    { kind: "return" },
    { kind: "accept" },
    { kind: "none" },
    ...drops,
    ...calls,
    ...calls,
  );
}

/** Targets that translate, which need a protocol with ports. */
function deciding(place: Place): fc.Arbitrary<Target> {
  if (place.table !== "nat") return passing(place);
  const to = fc.constantFrom(...TARGETS[place.family]);
  return fc.oneof(
    fc.constantFrom<Target>({ kind: "redirect", port: 15001 }, { kind: "redirect", port: 15003 }),
    to.map((text): Target => ({ kind: "dnat", address: { kind: "literal", text } })),
    // An IPv6 address with a port has a spelling of its own.
    ...(place.family === "ipv4"
      ? [
          fc.tuple(to, port).map(
            ([text, number]): Target => ({
              kind: "dnat",
              address: { kind: "literal", text },
              port: number,
            }),
          ),
        ]
      : []),
  );
}

/** The chains of a table on one way: the built-in one, and two that it can jump to. */
function chainsOf(
  family: IpFamily,
  table: Table,
  builtIn: string,
  keeper: Keeper,
): fc.Arbitrary<readonly Chain[]> {
  const way = builtIn === "OUTPUT" ? "out" : "in";
  const names = [builtIn, `${builtIn}_A`, `${builtIn}_B`];
  const chains = names.map((name, i) => {
    const place = { family, table, way, builtIn: i === 0, callable: names.slice(i + 1), keeper } as const;
    const hook = hookOf(table, name);
    return fc.array(rule(place), { maxLength: 6 }).map((rules): Chain => {
      const chain = { family, table, name, rules };
      return hook === undefined ? chain : { ...chain, hook };
    });
  });
  return fc.tuple(...chains);
}

/** Rule sets as nobody writes them: conditions, jumps and targets in any order, in every table that a packet meets. */
export function anyChains(keeper: Keeper): fc.Arbitrary<readonly Chain[]> {
  const nat = (["ipv4", "ipv6"] as const).flatMap((family) => [
    chainsOf(family, "nat", "PREROUTING", keeper),
    chainsOf(family, "nat", "OUTPUT", keeper),
  ]);
  const others =
    keeper === "nft"
      ? []
      : [
          chainsOf("ipv4", "raw", "PREROUTING", keeper),
          chainsOf("ipv4", "mangle", "OUTPUT", keeper),
          chainsOf("ipv4", "filter", "INPUT", keeper),
          chainsOf("ipv4", "filter", "OUTPUT", keeper),
          chainsOf("ipv6", "mangle", "PREROUTING", keeper),
          chainsOf("ipv6", "filter", "OUTPUT", keeper),
        ];
  // Most packets are to come as far as the nat table.
  const some = others.map((chains) =>
    fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: chains }),
  );
  return fc.tuple(...nat, ...some).map((chains) => chains.flat());
}

/** A script that loads chains into an empty kernel. */
export function scriptOf(chains: readonly Chain[], keeper: Keeper): string {
  if (keeper === "nft") return renderNftables(chains, "# Generated");
  return (["ipv4", "ipv6"] as const)
    .map((family) => {
      const program = family === "ipv4" ? "iptables-restore" : "ip6tables-restore";
      const tables = [
        ...new Set(chains.filter((chain) => chain.family === family).map(({ table }) => table)),
      ];
      const lines = tables.flatMap((table) => {
        const its = chains.filter((chain) => chain.family === family && chain.table === table);
        return [
          `*${table}`,
          ...its.filter(({ hook }) => hook === undefined).map(({ name }) => `:${name} - [0:0]`),
          ...its.flatMap(({ name, rules }) => rules.map((one) => ruleText(name, one))),
          "COMMIT",
        ];
      });
      return `${program} --noflush <<'EOF'\n${lines.join("\n")}\nEOF\n`;
    })
    .join("");
}
