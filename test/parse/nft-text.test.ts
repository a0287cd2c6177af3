import assert from "node:assert/strict";
import { test } from "node:test";
import { lines, parsed, refusal } from "./parsed.ts";

function script(...text: readonly string[]): string {
  return ["nft -f - <<EOF", ...text, "EOF", ""].join("\n");
}

test("a text for nft says the chains of its tables, those opened twice with the rules of both places", () => {
  const { detected, chains } = parsed(
    script(
      "# a remark { with marks",
      "table ip t",
      "delete table ip t",
      "table ip t {",
      '  chain a { ip daddr 127.0.0.0/8 oifname "lo" dnat to $POD_IP comment "a { b"; }',
      "  chain out { type nat hook output priority -100; policy drop;",
      "    meta l4proto tcp ip saddr != { 10.0.0.1, 10.1.0.0/16,",
      '      192.0.2.0/24 } iifname != "net*" jump a',
      "  }",
      "  chain a {",
      "    tcp dport { 1, 3-5 } meta skuid 7 return; udp sport != 53 redirect to :15001",
      "    goto b",
      "  }",
      "  chain b { ip daddr 192.0.2.1 tcp dport 80 dnat to 192.0.2.2:8080 }",
      "}",
    ),
  );
  assert.equal(detected, "a shell script with 1 text for nft");
  assert.deepEqual(lines(chains), [
    "ipv4 nat a in ip t",
    '  -A a -d 127.0.0.0/8 -o lo -m comment --comment "a { b" -j DNAT --to-destination $POD_IP',
    "  -A a -p tcp -m multiport --dports 1,3:5 -m owner --uid-owner 7 -j RETURN",
    "  -A a -p udp -m udp ! --sport 53 -j REDIRECT --to-ports 15001",
    "  -A a -g b",
    "ipv4 nat out in ip t at OUTPUT priority -100 policy drop",
    "  -A out ! -i net+ -p tcp -m iprange ! --src-range { 10.0.0.1, 10.1.0.0/16, 192.0.2.0/24 } -j a",
    "ipv4 nat b in ip t",
    "  -A b -d 192.0.2.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.0.2.2:8080",
  ]);
});

test("a text takes away what its tables held, and leaves other tables and iptables alone", () => {
  const table = (name: string, port: number) =>
    `table ip ${name} { chain o { type nat hook output priority -100; tcp dport 80 redirect to :${port}; }; }`;
  const first = `iptables -t nat -A OUTPUT -j RETURN\n${script(table("t", 1), table("u", 2))}`;
  const { chains } = parsed(`${first}${script("table ip t", "delete table ip t", table("t", 3))}`);
  assert.deepEqual(
    lines(chains).filter((line) => line.startsWith("  ")),
    [
      "  -A OUTPUT -j RETURN",
      "  -A o -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 2",
      "  -A o -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3",
    ],
  );
});

test("what this planner would not write is refused at its place", () => {
  const refusals: readonly [string, RegExp][] = [
    [script("flush ruleset"), /^line 2, column 1: expected table, found "flush"/],
    [script("delete table ip t"), /expected a table that was made before it is removed/],
    [script("table bridge t { }"), /^line 2, column 7: expected ip, ip6 or inet/],
    [script("table ip t {"), /expected chain, found nothing/],
    [
      script("table ip t {", "chain c {", "return"),
      /expected a rule, or \} behind the last one, found nothing/,
    ],
    [script("table ip t { chain c { ct state new accept; }; }"), /expected a condition or a statement/],
    [
      script("table ip t { chain c { ip ttl 3 accept; }; }"),
      /column 27: expected a condition or a statement/,
    ],
    [
      script("table ip t { chain c { type nat hook output priority dstnat; }; }"),
      /expected a priority as a number/,
    ],
    [script("table ip t { chain c { tcp dport { 1 accept; }; }"), /expected \}/],
    [script('table ip t { chain c { iifname "lo accept; }; }'), /expected a closing quote on the same line/],
    [script("table ip t { chain c { ip daddr $HOME accept; }; }"), /expected text that no shell expands/],
    ["nft flush ruleset", /^line 1, column 5: expected -f, found "flush"/],
    ["nft -f rules.nft", /expected -, for standard input/],
    ["nft -f -", /expected a here-document with the rules/],
  ];
  for (const [text, expected] of refusals) assert.match(refusal(text), expected);
});
