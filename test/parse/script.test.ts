import assert from "node:assert/strict";
import { test } from "node:test";
import { lines, parsed, refusal } from "./parsed.ts";

test("commands are followed one by one, however they are joined", () => {
  const { chains, form, detected, failures } = parsed(
    [
      "#!/bin/sh",
      "iptables -t nat -N X && iptables -t nat -A X -p tcp \\",
      "  -j RETURN; /usr/sbin/iptables-nft -w 5 -t nat -I OUTPUT -j X # a remark",
      "",
      "ip6tables --table nat --append OUTPUT -d ::1 -j ACCEPT 2>/dev/null",
      'iptables -A INPUT -m comment --comment "it\'s a \\"remark\\" of $POD_IP" -j DROP >/dev/null 2>&1',
    ].join("\n"),
  );
  assert.equal(form, "script");
  assert.equal(detected, "a shell script with 5 iptables commands");
  assert.deepEqual(failures, []);
  assert.deepEqual(lines(chains), [
    "ipv4 nat OUTPUT at OUTPUT",
    "  -A OUTPUT -j X",
    "ipv4 nat X",
    "  -A X -p tcp -j RETURN",
    "ipv6 nat OUTPUT at OUTPUT",
    "  -A OUTPUT -d ::1/128 -j ACCEPT",
    "ipv4 filter INPUT at INPUT",
    '  -A INPUT -m comment --comment "it\\\'s a \\"remark\\" of $POD_IP" -j DROP',
  ]);
});

test("what a script leaves depends on what was there, and on which commands fail", () => {
  const script = "iptables -t nat -N X && iptables -t nat -A X -j RETURN && iptables -t nat -A OUTPUT -j X";
  const first = parsed(script);
  assert.deepEqual(first.failures, []);
  const second = parsed(script, { state: first.chains });
  assert.deepEqual(second.chains, first.chains);
  assert.deepEqual(second.failures, [
    { line: 1, column: 1, text: "iptables -t nat -N X", reason: "chain X already exists" },
  ]);

  const retry = script.replaceAll(" && ", "; ");
  assert.deepEqual(lines(parsed(retry, { state: first.chains }).chains), [
    "ipv4 nat OUTPUT at OUTPUT",
    "  -A OUTPUT -j X",
    "  -A OUTPUT -j X",
    "ipv4 nat X",
    "  -A X -j RETURN",
    "  -A X -j RETURN",
  ]);
});

test("a rule that is checked for before it is added is there once", () => {
  const script = "iptables -C OUTPUT -p tcp -j DROP || iptables -A OUTPUT -p tcp -j DROP\n";
  const { chains } = parsed(script.repeat(3));
  assert.deepEqual(lines(chains), ["ipv4 filter OUTPUT at OUTPUT", "  -A OUTPUT -p tcp -j DROP"]);
  assert.deepEqual(parsed("iptables -D OUTPUT -j DROP || true\niptables -N X").failures.length, 1);
});

test("restore documents stand in here-documents", () => {
  const { chains, detected } = parsed(
    [
      "iptables-restore --noflush --wait <<EOF",
      "# a remark",
      "*nat",
      ":X - [0:0]",
      "-I OUTPUT -p tcp -o lo -j DNAT --to-destination $POD_IP",
      "-A X -p tcp --dport 80 -j REDIRECT --to-port 15001",
      "COMMIT",
      "EOF",
      "ip6tables-restore -n <<-'END' && iptables -t nat -A OUTPUT -j X",
      "\t*nat",
      "\t:Y - [0:0]",
      "\tCOMMIT",
      "\tEND",
      "",
    ]
      .join("\n")
      .replace(" && iptables -t nat -A OUTPUT -j X", ""),
  );
  assert.equal(detected, "a shell script with 2 restore documents");
  assert.deepEqual(lines(chains), [
    "ipv4 nat OUTPUT at OUTPUT",
    "  -A OUTPUT -o lo -p tcp -j DNAT --to-destination $POD_IP",
    "ipv4 nat X",
    "  -A X -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 15001",
    "ipv6 nat Y",
  ]);
  assert.deepEqual(chains[0]?.rules[0]?.target, {
    kind: "dnat",
    address: { kind: "environment", variable: "POD_IP" },
  });
});

test("a shell that does not expand leaves no variable", () => {
  const script = (delimiter: string) =>
    `iptables-restore -n <<${delimiter}\n*nat\n-A OUTPUT -p tcp -j DNAT --to-destination $POD_IP\nCOMMIT\nEOF\n`;
  assert.equal(parsed(script("EOF")).chains.length, 1);
  assert.match(refusal(script("'EOF'")), /line 3, column 43: expected an address.*"\$POD_IP"/);
});

test("--noflush keeps what a table has, and a document is applied all or not at all", () => {
  const { chains: state } = parsed("iptables -t nat -N X; iptables -t nat -A X -j RETURN; iptables -N Y");
  const document = (option: string, line: string) =>
    `iptables-restore ${option} <<EOF\n*nat\n:Z - [0:0]\n${line}\nCOMMIT\nEOF\n`;
  const names = (text: string) => {
    const { chains, failures } = parsed(text, { state });
    return [chains.map(({ name, rules }) => `${name} ${rules.length}`), failures.length];
  };
  assert.deepEqual(names(document("--noflush", "-A X -j ACCEPT")), [["X 2", "Z 0", "Y 0"], 0]);
  assert.deepEqual(names(document("--noflush", ":X - [0:0]")), [["X 0", "Z 0", "Y 0"], 0]);
  assert.deepEqual(names(document("", "-A OUTPUT -j Z")), [["OUTPUT 1", "Z 0", "Y 0"], 0]);
  assert.deepEqual(names(document("", "-A X -j ACCEPT")), [["X 1", "Y 0"], 1]);
  assert.deepEqual(names(document("--test", "-A OUTPUT -j Z")), [["X 1", "Y 0"], 0]);
  assert.deepEqual(names(document("-T filter", "-A OUTPUT -j Z")), [["X 1", "Y 0"], 0]);
});

test("what is no iptables command is an error at its place, also where it would not be reached", () => {
  const cases: Readonly<Record<string, string>> = {
    "echo hi":
      'line 1, column 1: expected a command of iptables, ip6tables, their restore programs or nft, found "echo"',
    "iptables -N X &&\n  rm -rf /":
      'line 2, column 3: expected a command of iptables, ip6tables, their restore programs or nft, found "rm"',
    "true || curl example.com":
      'line 1, column 9: expected a command of iptables, ip6tables, their restore programs or nft, found "curl"',
    "iptables -N $(id)": 'line 1, column 13: expected text that no shell expands, or $POD_IP, found "$(id)"',
    "iptables -N `id`":
      'line 1, column 13: expected text that no shell expands, or quotes around it, found "`id`"',
    'iptables -N "a`id`"':
      'line 1, column 15: expected text that no shell expands, or $POD_IP, found "`id`""',
    "iptables -N $POD_IPX":
      'line 1, column 13: expected text that no shell expands, or $POD_IP, found "$POD_IPX"',
    "iptables -N a*":
      'line 1, column 14: expected text that no shell expands, or quotes around it, found "*"',
    "iptables -N X | cat":
      'line 1, column 15: expected a simple command, with &&, || or ; before the next, found "| cat"',
    "iptables -N X &":
      'line 1, column 15: expected a simple command, with &&, || or ; before the next, found "&"',
    "iptables-restore < /etc/rules":
      'line 1, column 18: expected a simple command, with &&, || or ; before the next, found "< /etc/rules"',
    "iptables -L > /etc/passwd":
      'line 1, column 13: expected output to /dev/null, or to the other output, found "> /etc/passwd"',
    "iptables-restore": "line 1, column 17: expected a here-document with the rules, found nothing",
    "iptables -N X &&": "line 1, column 17: expected a command, found nothing",
    "&& iptables -N X": 'line 1, column 1: expected a command, found "&& iptables -N X"',
    "if true; then iptables -N X; fi":
      'line 1, column 1: expected a command of iptables, ip6tables, their restore programs or nft, found "if"',
    "iptables -N 'X": 'line 1, column 13: expected a closing quote, found "\'X"',
    'iptables -N "X': 'line 1, column 13: expected a closing quote, found """',
    "iptables-restore <<EOF\n*nat":
      "line 2, column 5: expected a line EOF, which ends the here-document, found nothing",
    "iptables-restore <<EOF\n*nat\n-A X -j $(id)\nCOMMIT\nEOF":
      'line 3, column 9: expected text that no shell expands, or $POD_IP, found "$(id)"',
    "iptables -t nat": "line 1, column 16: expected a command such as -A or -N, found nothing",
    "iptables -t nut -N X": 'line 1, column 13: expected nat, filter, mangle, raw or security, found "nut"',
    "iptables-legacy -N X; iptables-nft -N X":
      'line 1, column 23: expected one back end in a script, which is legacy, found "iptables-nft"',
  };
  for (const [text, why] of Object.entries(cases)) assert.equal(refusal(text), why);
});
