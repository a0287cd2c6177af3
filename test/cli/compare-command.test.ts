import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePacket } from "../../src/cli/input/packet-words.ts";
import { fixture, runCli } from "./run-cli.ts";

const POD = ["-f", fixture("pod.yaml")];
const RANGE = "--after-set=osm.outboundIPRangeExclusionList={1.1.1.1/32}";

describe("compare", () => {
  it("tells which packets a new exclusion frees, by which rule, from which flag; exits with 1", async () => {
    const { code, stdout, stderr } = await runCli(["compare", ...POD, RANGE]);
    assert.deepEqual([code, stderr], [1, ""]);
    assert.match(stdout, /^different: 1 kind of packets fares differently\n/);
    assert.match(stdout, /^1\. outbound IPv4: .*destination 1\.1\.1\.1\/32 \(about 10\^\d+ packets\)$/m);
    assert.match(stdout, /^ {2}before {2}redirected to port 15001/m);
    assert.match(stdout, /^ {2}after {3}left alone/m);
    assert.match(stdout, /^ +by -A PROXY_OUTPUT -d 1\.1\.1\.1\/32 -j RETURN$/m);
    assert.match(stdout, /^ +from --after-set osm\.outboundIPRangeExclusionList: /m);
  });

  it("gives an example that explain takes, and that fares as it says", async () => {
    const { stdout } = await runCli(["compare", ...POD, RANGE]);
    const example = /^ {2}such as (.*)$/m.exec(stdout)?.[1] ?? "";
    parsePacket(example);
    const explained = await runCli(["explain", ...POD, example]);
    assert.match(explained.stdout, /^ {2}redirected to port 15001/m);
  });

  it("calls a script equal to the plan that made it, and exits with 0", async () => {
    const { stdout: script } = await runCli(["plan", ...POD]);
    const { code, stdout, stderr } = await runCli(["compare", "--before", "-", ...POD], { stdin: script });
    assert.equal(code, 0);
    assert.match(stdout, /^equal: every packet fares the same\n/);
    assert.match(stderr, /note: <stdin>: a shell script with/);
  });

  it("reads the scripts of the hardened dialect, in each of its forms", async () => {
    for (const format of ["restore", "nftables"]) {
      const { stdout: script } = await runCli(["plan", ...POD, "--dialect", "hardened", "--format", format]);
      const argv = ["compare", "--before", "-", ...POD, "--dialect", "hardened"];
      const { code, stderr } = await runCli(argv, { stdin: script });
      assert.equal(code, 0);
      assert.match(stderr, /note: <stdin>: a script of the dialect hardened/);
    }
  });

  it("reads files of both plans from standard input once", async () => {
    const pod = "kind: Pod\nmetadata: {name: a}\n";
    const { code, stdout } = await runCli(["compare", "-f", "-", "--after-dialect", "osm-v0.11"], {
      stdin: pod,
    });
    assert.equal(code, 0);
    assert.match(stdout, /before {2}the plan of Pod a\n {2}after {3}the plan of Pod a\n/);
  });

  it("prints the script that takes what a pod has to what it should have", async () => {
    const argv = ["compare", "--before", "-", ...POD, "-o", "repair-script"];
    const live = "*nat\n:PROXY_OUTPUT - [0:0]\n-A OUTPUT -p tcp -j PROXY_OUTPUT\nCOMMIT\n";
    for (const dialect of ["osm-v0.11", "osm-v1.2", "hardened"]) {
      const { code, stdout } = await runCli([...argv, "--dialect", dialect], { stdin: live });
      assert.equal(code, 1);
      assert.match(stdout, /^# Takes the rules of this network namespace to the wanted ones/);
    }
    const same = await runCli(["compare", ...POD, "--after-dialect", "osm-v0.11", "-o", "repair-script"]);
    assert.deepEqual([same.code, same.stdout, same.stderr], [0, "", ""]);
  });

  it("says why there is no such script, and what it leaves alone", async () => {
    const other = "*nat\n-A OUTPUT -p tcp -m tcp --dport 81 -j RETURN\nCOMMIT\n";
    const argv = ["compare", "--before", "-", "-o", "repair-script"];
    const kept = await runCli([...argv, ...POD], { stdin: other });
    assert.match(
      kept.stderr,
      /note: it leaves rules of other tools alone, and with them \d+ kinds? of packets/,
    );
    const filter = "*filter\n-A INPUT -p tcp -j DROP\nCOMMIT\n";
    const empty = fixture("no-rules.txt");
    const none = await runCli([...argv, "--after", empty], { stdin: filter });
    assert.deepEqual([none.code, none.stdout], [1, ""]);
    assert.match(none.stderr, /^--output repair-script: error: what differs is of other tools$/m);
  });

  it("prints the server's answer as JSON", async () => {
    const { code, stdout } = await runCli(["compare", ...POD, RANGE, "-o", "json"]);
    const { differenceCount, differences } = JSON.parse(stdout);
    assert.deepEqual([code, differenceCount, differences.length], [1, 1, 1]);
  });
});

describe("compare refuses", () => {
  const cases: readonly [string, readonly string[], string, number, RegExp][] = [
    ["nothing to compare with", POD, "", 2, /nothing to compare with; give --before, --after/],
    [
      "two readers of standard input",
      ["--before", "-", "--after", "-"],
      "",
      2,
      /--before and --after are both -/,
    ],
    [
      "a text and a plan for one side",
      ["--before", "-", "--before-set", "a=1"],
      "",
      2,
      /--before-set: --before has/,
    ],
    ["an unknown dialect", ["--after-dialect", "osm"], "", 2, /--after-dialect 'osm': expected/],
    ["a side that is no rules", ["--before", "-"], "hello", 1, /^<stdin>:1:1: error: expected/m],
    [
      "a side whose inputs are refused, naming its flag",
      ["--after-annotate", "openservicemesh.io/inbound-port-exclusion-list=x"],
      "",
      1,
      /^--after-annotate openservicemesh\.io\/inbound-port-exclusion-list: error: INVALID_PORT/m,
    ],
    [
      "a text that ends in the middle",
      ["--after", "-"],
      "*nat\n:OUTPUT ACCEPT\n",
      1,
      /^<stdin>:\d+:\d+: error: /m,
    ],
  ];
  for (const [what, argv, stdin, exitCode, expected] of cases) {
    it(what, async () => {
      const { code, stdout, stderr } = await runCli(["compare", ...argv], { stdin });
      assert.deepEqual([code, stdout], [exitCode, ""], stderr);
      assert.match(stderr, expected);
    });
  }
});
