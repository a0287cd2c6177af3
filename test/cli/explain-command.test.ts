import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { fixture, runCli } from "./run-cli.ts";

const FILES = ["-f", fixture("meshconfig.yaml"), "-f", fixture("pod.yaml")];
const DUMPS = fileURLToPath(new URL("../parse/dumps/", import.meta.url));

describe("explain", () => {
  it("shows the way of each packet, the rule that decides, and the input behind it", async () => {
    const packets = ["uid 1000 -> 10.96.0.5:7070", "in eth0 10.1.2.3 -> :8080"];
    const { code, stdout, stderr } = await runCli(["explain", ...FILES, ...packets]);
    assert.deepEqual([code, stderr], [0, ""]);
    const golden = readFileSync(new URL("golden/explain.txt", import.meta.url), "utf8");
    assert.equal(stdout.replaceAll(fixture(""), ""), golden);
  });

  it("names the flag that excludes a port", async () => {
    const flags = ["--set", "osm.outboundPortExclusionList={443}"];
    const { stdout } = await runCli(["explain", ...flags, "uid 1 -> 10.0.0.1:443"]);
    assert.match(stdout, /^ {2}left alone/m);
    assert.match(stdout, /^ {2}from --set osm\.outboundPortExclusionList: meshConfig\.\S+\[0\]: 443$/m);
  });

  it("prints the server's answer as JSON", async () => {
    const { stdout } = await runCli([
      "explain",
      ...FILES,
      "-o",
      "json",
      "uid 1500 -> 1.2.3.4:80",
      "in -> :80",
    ]);
    const { traces } = JSON.parse(stdout);
    assert.deepEqual(
      traces.map((trace: { disposition: { kind: string } }) => trace.disposition.kind),
      ["KIND_UNTOUCHED", "KIND_REDIRECTED"],
    );
  });

  it("reads a plan's own script from standard input, and says what it was taken for", async () => {
    const { stdout: script } = await runCli(["plan"]);
    const { code, stdout, stderr } = await runCli(["explain", "--rules", "-", "uid 1 -> 1.2.3.4:80"], {
      stdin: script,
    });
    assert.equal(code, 0);
    assert.match(stderr, /note: <stdin>: a shell script with \d+ iptables commands\n/);
    assert.match(stdout, /^ {2}redirected to port 15001, the sidecar's outbound listener$/m);
  });

  it("reads the dump of a mesh that is not ours", async () => {
    const dump = `${DUMPS}istio-sidecar.txt`;
    const { stdout, stderr } = await runCli(["explain", "--rules", dump, "in -> :8080"]);
    assert.match(stderr, /istio-sidecar\.txt: output of iptables-save v/);
    assert.match(stdout, /^ {2}redirected to port 15006$/m);
  });

  it("colours on a terminal only, and marks matches without colour too", async () => {
    const argv = ["explain", "in -> :80"];
    const shown = await runCli(argv, { terminal: true });
    const piped = await runCli(argv);
    assert.ok(shown.stdout.includes("\u001b["));
    assert.ok(!piped.stdout.includes("\u001b"));
    assert.match(piped.stdout, /^ {4}\+ {3}1 -p tcp -j PROXY_INBOUND/m);
    assert.match(piped.stdout, /^ {4}- {3}1 .*\(its destination port is 80\)$/m);
  });
});

describe("explain refuses", () => {
  const cases: readonly [string, readonly string[], string, number, RegExp][] = [
    ["no packet", [], "", 2, /no packet is given; write one in quotes/],
    ["a bad packet", ["uid 1"], "", 2, /packet 'uid 1', column 6: expected gid N or ->; it ends/],
    ["rules beside a plan", ["--rules", "-", "-f", "-", "in -> :1"], "", 2, /--file: --rules has the rules/],
    ["an unknown form", ["-o", "yaml", "in -> :1"], "", 2, /--output 'yaml': expected text, json/],
    [
      "a script that runs something else",
      ["--rules", "-", "in -> :1"],
      "rm -rf /",
      1,
      /^<stdin>:1:1: error: expected/m,
    ],
    [
      "rules that jump to nowhere",
      ["--rules", "-", "in -> :1"],
      "*nat\n:PREROUTING ACCEPT\n-A PREROUTING -j NOWHERE\nCOMMIT\n",
      1,
      /^<stdin>: error: INVALID_RULES: /m,
    ],
    [
      "ends of two families",
      ["uid 1 -> 10.0.0.1:1 from ::1"],
      "",
      1,
      /^packet 'uid 1 -> 10\.0\.0\.1:1 from ::1': error: INVALID_PACKET: /m,
    ],
    [
      "two pods",
      ["-f", "-", "in -> :1"],
      "kind: Pod\n---\nkind: Pod\n",
      1,
      /^<stdin>:3:1: error: is one of 2 pods/m,
    ],
    [
      "an annotation that is no list of ports",
      ["-f", "-", "in -> :1"],
      "kind: Pod\nmetadata: {annotations: {openservicemesh.io/inbound-port-exclusion-list: x}}",
      1,
      /^<stdin>:2:\d+: error: INVALID_PORT: pod\.metadata/m,
    ],
  ];
  for (const [what, argv, stdin, exitCode, expected] of cases) {
    it(what, async () => {
      const { code, stdout, stderr } = await runCli(["explain", ...argv], { stdin });
      assert.deepEqual([code, stdout], [exitCode, ""], stderr);
      assert.match(stderr, expected);
    });
  }

  it("nothing that a dump's names hold, but prints them harmlessly", async () => {
    const chain = "\u001b[2J";
    const dump = `*nat\n:PREROUTING ACCEPT\n-A PREROUTING -m comment --comment "${chain}" -j RETURN\nCOMMIT\n`;
    const { stdout } = await runCli(["explain", "--rules", "-", "in -> :1"], { stdin: dump });
    assert.ok(!stdout.includes("\u001b"), stdout);
  });
});
