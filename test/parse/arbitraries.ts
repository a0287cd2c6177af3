/** Random rules as `iptables-save` can print them, each the only spelling of its meaning. */
import fc from "fast-check";
import { ADDRESS_BITS, addressFromValue, formatAddress, type IpFamily } from "../../src/net/address.ts";
import { cidrOf } from "../../src/net/cidr.ts";
import { CONNECTION_STATES, type Match, type Rule, type Target } from "../../src/ruleset/rule.ts";

const negated = fc.boolean();

/** A record that a strict comparison takes for an object as the parser makes it. */
function plain<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

function span(limit: number): fc.Arbitrary<{ first: number; last: number }> {
  const number = fc.oneof(fc.nat({ max: limit }), fc.constantFrom(0, 1, limit));
  return fc.tuple(number, number).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
}

function address(family: IpFamily): fc.Arbitrary<bigint> {
  const max = (1n << BigInt(ADDRESS_BITS[family])) - 1n;
  return fc.oneof(
    fc.bigInt({ min: 0n, max }),
    fc.bigInt({ min: 0n, max: 0x1ffffffn }),
    fc.constantFrom(0n, max),
  );
}

/** iptables-save leaves out a condition that every port meets. */
const portSpan = span(65535).filter(({ first, last }) => first > 0 || last < 65535);

/** Names as the kernel takes them, and as a shell would rather not. */
const interfaceName = fc.stringMatching(/^[A-Za-z0-9_.:@-][A-Za-z0-9_.:@-]{0,13}\+?$/);

/** Texts that need quotes and escapes. */
const remark = fc
  .array(fc.constantFrom(..."ab \"'\\$`;&|#é()*"), { maxLength: 12 })
  .map((characters) => characters.join(""));

/** nf_tables turns what is not in a range at the end of all ports into the range of the rest. */
function hasOneSpelling(match: { negated: boolean; range: { first: number; last: number } }): boolean {
  const { first, last } = match.range;
  return !match.negated || first === last || (first > 0 && last < 65535);
}

/** Conditions in the order in which `iptables-save` prints them, with the protocol that those on ports need. */
function matches(family: IpFamily): fc.Arbitrary<readonly Match[]> {
  const range = fc
    .tuple(address(family), fc.integer({ min: 1, max: ADDRESS_BITS[family] }))
    .map(([value, prefix]) => cidrOf(addressFromValue(family, value), prefix));
  const some = <M extends Match>(match: fc.Arbitrary<M>): fc.Arbitrary<readonly M[]> =>
    fc.oneof(
      fc.constant([]),
      match.map((one) => [one]),
    );
  const kind = <K extends string>(...kinds: K[]) => fc.constantFrom(...kinds);
  const ports = fc.oneof(
    plain({ kind: kind("source-port", "destination-port"), negated, range: portSpan }).filter(hasOneSpelling),
    plain({
      kind: kind("source-multiport", "destination-multiport"),
      negated,
      ranges: fc.array(portSpan, { minLength: 1, maxLength: 7 }),
    }),
  );
  const protocol = fc.oneof(
    fc.constant([]),
    plain({ kind: fc.constant("protocol"), negated, protocol: kind("tcp", "icmp", "gre", "200") }).map(
      (m) => [m],
    ),
    fc
      .tuple(kind("tcp", "udp", "sctp", "dccp", "udplite"), some(ports))
      .map(([its, more]) => [{ kind: "protocol", negated: false, protocol: its } as const, ...more]),
  );
  const extensions = fc.shuffledSubarray([0, 1, 2, 3, 4]).chain((order) =>
    fc
      .tuple(
        plain({ kind: fc.constant("owner-uid"), negated, ids: span(4294967294) }),
        plain({ kind: fc.constant("owner-gid"), negated, ids: span(4294967294) }),
        plain({
          kind: fc.constant("connection-state"),
          negated,
          states: fc.subarray([...CONNECTION_STATES], { minLength: 1 }),
        }),
        plain({ kind: fc.constant("comment"), text: remark }),
        fc.constantFrom<Match>(
          { kind: "unknown", name: "addrtype", text: "-m addrtype ! --dst-type LOCAL --limit-iface-in" },
          { kind: "unknown", name: "mark", text: "-m mark --mark 0x4000/0x4000" },
          { kind: "unknown", name: "string", text: '-m string --string "-j DROP" --algo bm --to 100' },
        ),
      )
      .map((all): readonly Match[] => order.flatMap((index) => all[index] ?? [])),
  );
  return fc
    .tuple(
      some(plain({ kind: fc.constant("source"), negated, range })),
      some(plain({ kind: fc.constant("destination"), negated, range })),
      some(plain({ kind: fc.constant("in-interface"), negated, name: interfaceName })),
      some(plain({ kind: fc.constant("out-interface"), negated, name: interfaceName })),
      protocol,
      extensions,
    )
    .map((groups) => groups.flat());
}

function target(family: IpFamily): fc.Arbitrary<Target> {
  const port = fc.integer({ min: 1, max: 65535 });
  const literal = address(family).map(
    (value) => ({ kind: "literal", text: formatAddress(addressFromValue(family, value)) }) as const,
  );
  return fc.oneof(
    fc.constantFrom<Target>(
      { kind: "jump", chain: "X" },
      { kind: "goto", chain: "X" },
      { kind: "return" },
      { kind: "accept" },
      { kind: "drop" },
      { kind: "none" },
      { kind: "reject", text: "REJECT --reject-with tcp-reset" },
      { kind: "source-nat", name: "SNAT", text: "SNAT --to-source 192.0.2.1" },
      { kind: "pass", name: "LOG", text: 'LOG --log-prefix "a b"' },
      { kind: "unknown", name: "TPROXY", text: "TPROXY --on-port 1" },
    ),
    port.map((number): Target => ({ kind: "redirect", port: number })),
    literal.map((to): Target => ({ kind: "dnat", address: to })),
    // An IPv6 address with a port stands in brackets; that is tested with the target's spelling.
    ...(family === "ipv4"
      ? [fc.tuple(literal, port).map(([to, number]): Target => ({ kind: "dnat", address: to, port: number }))]
      : []),
  );
}

/** Any rule of a family. It may jump to a chain `X`. */
export function rule(family: IpFamily): fc.Arbitrary<Rule> {
  return plain({
    matches: matches(family),
    target: target(family),
    origins: fc.constant([]),
    reason: fc.constant(""),
  });
}
