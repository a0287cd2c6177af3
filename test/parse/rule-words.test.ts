import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleText } from "../../src/render/rule-text.ts";
import { lines, outputRule, parsed, refusal } from "./parsed.ts";

/** What was typed, and what `iptables-save` of iptables 1.8.9 printed of it. */
const SPELLINGS: Readonly<Record<string, string>> = {
  "-p tcp --dport 80 -j RETURN": "-p tcp -m tcp --dport 80 -j RETURN",
  "-p TCP --dport 0x50 -j RETURN": "-p tcp -m tcp --dport 80 -j RETURN",
  "-p 6 --destination-port 0120 -j RETURN": "-p tcp -m tcp --dport 80 -j RETURN",
  "--protocol udp --match udp --source-port 53 --jump X": "-p udp -m udp --sport 53 -j X",
  "-p tcp --dport :80 -j RETURN": "-p tcp -m tcp --dport 0:80 -j RETURN",
  "-p tcp --dport 80: -j RETURN": "-p tcp -m tcp --dport 80:65535 -j RETURN",
  "-p tcp --dport 80:90 -j RETURN": "-p tcp -m tcp --dport 80:90 -j RETURN",
  "-p tcp -m tcp ! --dport 80 -j RETURN": "-p tcp -m tcp ! --dport 80 -j RETURN",
  "-p sctp --dport 80 -j RETURN": "-p sctp -m sctp --dport 80 -j RETURN",
  "-p tcp --match multiport --dports 80,443 -j RETURN": "-p tcp -m multiport --dports 80,443 -j RETURN",
  "-p tcp -m multiport ! --destination-ports 80,90:99 -j X": "-p tcp -m multiport ! --dports 80,90:99 -j X",
  "-p tcp -m multiport --ports 80,81 -j X": "-p tcp -m multiport --ports 80,81 -j X",
  "-p all -j RETURN": "-j RETURN",
  "-p 47 -j RETURN": "-p gre -j RETURN",
  "-p 200 -j RETURN": "-p 200 -j RETURN",
  "! -p tcp -j RETURN": "! -p tcp -j RETURN",
  "-d 10.1 -j RETURN": "-d 10.1.0.0/32 -j RETURN",
  "-d 10.1/16 -j RETURN": "-d 10.1.0.0/16 -j RETURN",
  "-d 010.0.0.1/32 -j RETURN": "-d 8.0.0.1/32 -j RETURN",
  "-d 2.2.2.2/24 -j RETURN": "-d 2.2.2.0/24 -j RETURN",
  "-d 2.2.2.2/255.255.255.0 -j RETURN": "-d 2.2.2.0/24 -j RETURN",
  "-d 10.0.0.0/255.0.255.0 -j RETURN": "-d 10.0.0.0/255.0.255.0 -j RETURN",
  "-d 0.0.0.0/0 -j RETURN": "-j RETURN",
  "! -d 0.0.0.0/0 -j RETURN": "! -d 0.0.0.0/0 -j RETURN",
  "--source 10.0.0.1 --destination 10.0.0.2 -j RETURN": "-s 10.0.0.1/32 -d 10.0.0.2/32 -j RETURN",
  "-d ! 10.0.0.1 -j RETURN": "! -d 10.0.0.1/32 -j RETURN",
  "-p tcp --dport ! 80 -j RETURN": "-p tcp -m tcp ! --dport 80 -j RETURN",
  "-p tcp -o lo -d 127.0.0.1/32 -j RETURN": "-d 127.0.0.1/32 -o lo -p tcp -j RETURN",
  "--out-interface eth+ -j RETURN": "-o eth+ -j RETURN",
  "-m owner --uid-owner 1500 -j RETURN": "-m owner --uid-owner 1500 -j RETURN",
  "-m owner ! --uid-owner 0x10-020 -j RETURN": "-m owner ! --uid-owner 16 -j RETURN",
  "-m conntrack --ctstate established,NEW -j X": "-m conntrack --ctstate NEW,ESTABLISHED -j X",
  '-m comment --comment "a\\"b" -j X': '-m comment --comment "a\\"b" -j X',
  "-m comment --comment '' -j X": '-m comment --comment "" -j X',
  "-m iprange --dst-range 10.0.0.1-10.0.0.9 -j X": "-m iprange --dst-range 10.0.0.1-10.0.0.9 -j X",
  "-p tcp -j REDIRECT --to-port 15001": "-p tcp -j REDIRECT --to-ports 15001",
  "-p tcp -j REDIRECT": "-p tcp -j REDIRECT",
  "-p tcp -j REDIRECT --to-ports 1-9 --random": "-p tcp -j REDIRECT --to-ports 1-9 --random",
  "-p tcp -j DNAT --to 1.2.3.4:80": "-p tcp -j DNAT --to-destination 1.2.3.4:80",
  "-p tcp -j DNAT --to-destination :80": "-p tcp -j DNAT --to-destination :80",
  "-j LOG --log-prefix 'a b' --log-level 7": '-j LOG --log-prefix "a b" --log-level 7',
  "-g X": "-g X",
  "-p tcp": "-p tcp",
  "-p tcp -j RETURN -d 1.2.3.4": "-d 1.2.3.4/32 -p tcp -j RETURN",
  "-p tcp --syn -j X": "-p tcp -m tcp --syn -j X",
  "-p icmp --icmp-type 8 -j X": "-p icmp -m icmp --icmp-type 8 -j X",
  "-m addrtype ! --dst-type LOCAL --limit-iface-in -j X":
    "-m addrtype ! --dst-type LOCAL --limit-iface-in -j X",
  "-m set ! --match-set a src,dst -p tcp -j X": "-p tcp -m set ! --match-set a src,dst -j X",
};

test("every spelling that iptables takes means what iptables-save prints", () => {
  for (const [typed, saved] of Object.entries(SPELLINGS)) {
    assert.equal(ruleText("OUTPUT", outputRule(typed)), `-A OUTPUT ${saved}`, typed);
    assert.equal(ruleText("OUTPUT", outputRule(saved)), `-A OUTPUT ${saved}`, saved);
  }
});

test("ip6tables has the same spellings with addresses of its own", () => {
  const cases: Readonly<Record<string, string>> = {
    "-d 2001:DB8::1 -j X": "-d 2001:db8::1/128 -j X",
    "-d 2001:db8::/ffff:ffff:: -j X": "-d 2001:db8::/32 -j X",
    "-p icmpv6 --icmpv6-type 128 -j X": "-p ipv6-icmp -m icmp6 --icmpv6-type 128 -j X",
    "-p tcp -j DNAT --to-destination ::1": "-p tcp -j DNAT --to-destination ::1",
  };
  for (const [typed, saved] of Object.entries(cases)) {
    assert.equal(ruleText("OUTPUT", outputRule(typed, "ip6tables")), `-A OUTPUT ${saved}`, typed);
  }
  assert.deepEqual(outputRule("-p tcp -j DNAT --to-destination '[2001:db8::1]:80'", "ip6tables").target, {
    kind: "dnat",
    address: { kind: "literal", text: "2001:db8::1" },
    port: 80,
  });
});

test("what the model does not know is kept with its name", () => {
  const unknown = (text: string) => outputRule(text).matches.filter(({ kind }) => kind === "unknown");
  assert.deepEqual(unknown("-m mark ! --mark 0x1/0x1 -m tos --tos 8 -j X"), [
    { kind: "unknown", name: "mark", text: "-m mark ! --mark 0x1/0x1" },
    { kind: "unknown", name: "tos", text: "-m tos --tos 8" },
  ]);
  assert.deepEqual(unknown("-p tcp --dport http -m owner --uid-owner nobody -d example.com -f -j X"), [
    { kind: "unknown", name: "tcp", text: "-m tcp --dport http" },
    { kind: "unknown", name: "owner", text: "-m owner --uid-owner nobody" },
    { kind: "unknown", name: "destination", text: "-d example.com" },
    { kind: "unknown", name: "fragment", text: "-f" },
  ]);
  assert.deepEqual(unknown("-m conntrack ! --ctorigdst 1.2.3.4 --ctstate NEW -j X"), [
    { kind: "unknown", name: "conntrack", text: "-m conntrack ! --ctorigdst 1.2.3.4" },
  ]);
  assert.deepEqual(unknown("-m owner ! --socket-exists --uid-owner 0 -j X"), [
    { kind: "unknown", name: "owner", text: "-m owner ! --socket-exists" },
  ]);
  assert.deepEqual(outputRule("-m owner ! --gid-owner 5-7 --suppl-groups -j X").matches, [
    { kind: "unknown", name: "owner", text: "-m owner ! --gid-owner 5-7 --suppl-groups" },
  ]);
  assert.deepEqual(unknown('-m string --string "-j DROP" --algo bm -j X'), [
    { kind: "unknown", name: "string", text: '-m string --string "-j DROP" --algo bm' },
  ]);
  const targets = ["TPROXY --on-port 1 --tproxy-mark 0x1/0x1", "SOMETHING --to it", "NFQUEUE"];
  for (const text of targets) {
    assert.deepEqual(outputRule(`-p tcp -j ${text}`).target, {
      kind: "unknown",
      name: text.split(" ")[0],
      text,
    });
  }
  assert.deepEqual(outputRule("-j MARK --set-mark 1").target, {
    kind: "pass",
    name: "MARK",
    text: "MARK --set-mark 1",
  });
  assert.deepEqual(outputRule("-j MASQUERADE").target, {
    kind: "source-nat",
    name: "MASQUERADE",
    text: "MASQUERADE",
  });
});

test("an option goes to the extension that has it, wherever it stands", () => {
  assert.equal(
    ruleText("OUTPUT", outputRule("-j LOG -p tcp -m comment --comment c --log-level 7 --dport 80")),
    "-A OUTPUT -p tcp -m comment --comment c -m tcp --dport 80 -j LOG --log-level 7",
  );
});

test("listed addresses stand for a rule each, sources first", () => {
  const rules = (command: string) => lines(parsed(`iptables ${command}`).chains).slice(1);
  assert.deepEqual(rules("-A INPUT -d 3.3.3.3,4.4.4.4/16 -s 1.1.1.1,2.2.2.2 -j ACCEPT"), [
    "  -A INPUT -s 1.1.1.1/32 -d 3.3.3.3/32 -j ACCEPT",
    "  -A INPUT -s 1.1.1.1/32 -d 4.4.0.0/16 -j ACCEPT",
    "  -A INPUT -s 2.2.2.2/32 -d 3.3.3.3/32 -j ACCEPT",
    "  -A INPUT -s 2.2.2.2/32 -d 4.4.0.0/16 -j ACCEPT",
  ]);
  assert.deepEqual(rules("-I INPUT -s 1.1.1.1,2.2.2.2 -j ACCEPT"), [
    "  -A INPUT -s 2.2.2.2/32 -j ACCEPT",
    "  -A INPUT -s 1.1.1.1/32 -j ACCEPT",
  ]);
});

test("what iptables refuses is refused at its place", () => {
  const cases: Readonly<Record<string, RegExp>> = {
    "-p tcp -j RETURN -j ACCEPT": /column 37: expected each option once, found "-j"/,
    "-p tcp -p udp -j RETURN": /column 27: expected each option once/,
    "! -p all -j RETURN": /expected a protocol: no packet is of none, found "all"/,
    "-p 300 -j RETURN": /expected a protocol, 0 to 255, found "300"/,
    "-p tcp --dport 90:80 -j X": /expected a range of ports that does not run backwards, found "90:80"/,
    "-p tcp --dport 080 -j X": /expected a port, 0 to 65535, found "080"/,
    "-p tcp --dport 65536 -j X": /expected a port, 0 to 65535, found "65536"/,
    "--dport 80 -j X":
      /expected an option of iptables, or of a match named with -m before it, found "--dport"/,
    "-m tcp --dport 80 -j X": /expected -p with one of tcp, udp, udplite, sctp, dccp .* found "--dport"/,
    "! -p tcp -m tcp --dport 80 -j X": /expected -p with one of/,
    "-p tcp -m owner --uid-owner 5-3 -j X": /expected an ID or a range of IDs, 0 to 4294967294, found "5-3"/,
    "-m owner --uid-owner 4294967295 -j X": /expected an ID/,
    "-d 10.0.0.256 -j X": /expected an address, found "10.0.0.256"/,
    "-d 10.0.0.1/33 -j X": /expected a prefix length, 0 to 32, or a mask, found "10.0.0.1\/33"/,
    "-d ::1 -j X": /expected an address of the family of the other rules, which is IPv4, found "::1"/,
    "! -d 1.1.1.1,2.2.2.2 -j X": /expected one address behind an exclamation mark/,
    "-o abcdefghijklmnop -j X": /expected the name of an interface, 1 to 15 characters/,
    "-o '' -j X": /expected the name of an interface/,
    "-j RETURN --to-ports 5": /expected no option: the target takes none, found "--to-ports"/,
    "-p tcp -j REDIRECT --to-ports 65536": /expected a port, 1 to 65535, found "65536"/,
    "-p tcp -j DNAT --to-destination 010.2.3.4:80": /expected an address, or one with a port/,
    "-p tcp -j DNAT --to-destination '$POD_IP'": /expected an address, or one with a port, found "\$POD_IP"/,
    "-m conntrack --ctstate NEWISH -j X": /expected states of INVALID, NEW/,
    "-p tcp stray -j X": /expected an option, found "stray"/,
    "-p": /expected the value of -p, found nothing/,
    "-j": /expected a target, found nothing/,
    "-p tcp -A INPUT": /expected one command, found "-A"/,
  };
  for (const [text, why] of Object.entries(cases)) {
    assert.match(refusal(`iptables -A OUTPUT ${text}`), why, text);
  }
});
