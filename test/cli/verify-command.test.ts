import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePacket } from "../../src/cli/input/packet-words.ts";
import { fixture, runCli } from "./run-cli.ts";

const FILES = ["-f", fixture("meshconfig.yaml"), "-f", fixture("pod.yaml")];

describe("verify", () => {
  it("proves everything of a hardened plan, and exits with 0", async () => {
    const { code, stdout, stderr } = await runCli(["verify", ...FILES, "--dialect", "hardened"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^holds: everything that is meant is proved of the plan of Pod default\/curl\n/);
    assert.doesNotMatch(stdout, /^ {2}- /m);
  });

  it("refutes what OSM 0.11 does not do, by packets that explain takes; exits with 1", async () => {
    const { code, stdout } = await runCli(["verify", ...FILES]);
    assert.equal(code, 1);
    assert.match(stdout, /^refuted: \d of \d+ properties do not hold for the plan of Pod default\/curl\n/);
    const examples = [...stdout.matchAll(/^ {6}but (.*)$/gm)].map(([, packet = ""]) => packet);
    assert.ok(examples.length > 0);
    for (const example of examples) parsePacket(example);
    assert.match(stdout, /^rules that no packet reaches\n {4}-A PROXY_REDIRECT .*--dport 15000 -j ACCEPT /m);
  });

  it("holds rules of elsewhere against what is meant", async () => {
    const { stdout: script } = await runCli(["plan", "--dialect", "osm-v1.2", "-f", fixture("pod.yaml")]);
    const argv = ["verify", "--dialect", "osm-v1.2", ...FILES, "--rules", "-"];
    const { code, stdout, stderr } = await runCli(argv, { stdin: script });
    assert.equal(code, 1);
    assert.match(stderr, /note: <stdin>: a shell script/);
    assert.match(stdout, /^ {2}- IPv4: what is excluded is left alone\n {6}but new tcp .*:8080 /m);
  });

  it("prints the server's answer as JSON", async () => {
    const { code, stdout } = await runCli(["verify", "-o", "json"]);
    assert.deepEqual([code, JSON.parse(stdout).properties.length], [1, 9]);
  });
});

describe("verify refuses", () => {
  const cases: readonly [string, readonly string[], string, number, RegExp][] = [
    ["two readers of standard input", ["-f", "-", "--rules", "-"], "", 2, /-f and --rules are both -/],
    ["an unknown form", ["-o", "table"], "", 2, /expected text, json/],
    ["rules that are none", ["--rules", "-"], "{]", 1, /^<stdin>:1:\d+: error: /m],
    [
      "a pod that may have no plan",
      ["-f", "-"],
      "kind: Pod\nspec: {hostNetwork: true}",
      1,
      /^<stdin>:2:\d+: error: HOST_/,
    ],
  ];
  for (const [what, argv, stdin, exitCode, expected] of cases) {
    it(what, async () => {
      const { code, stdout, stderr } = await runCli(["verify", ...argv], { stdin });
      assert.deepEqual([code, stdout], [exitCode, ""], stderr);
      assert.match(stderr, expected);
    });
  }
});
