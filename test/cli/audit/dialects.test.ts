import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareRules } from "../../../src/analyze/compare.ts";
import { createAuditor } from "../../../src/cli/audit/auditor.ts";
import type { Verdict } from "../../../src/cli/audit/verdict.ts";
import type { PodPlan } from "../../../src/plan.ts";
import {
  DIALECTS,
  type Dialect,
  type MeshConfig,
  type PlanOptions,
  type ScriptFormat,
} from "../../../src/policy/inputs.ts";
import { profileOf } from "../../../src/policy/profile.ts";
import { linked } from "../../analyze/linked.ts";
import { type MeshSettings, meshText } from "../../dialect/mesh-text.ts";
import { provedPlan } from "../../proof/proved-plan.ts";

const POD_IP = "10.1.2.3";
const NOTHING: MeshSettings = {
  ranges: [],
  inclusions: [],
  outboundPorts: [],
  inboundPorts: [],
  interfaces: [],
  podIpMode: false,
  dnsProxy: false,
};

function planned(dialect: Dialect, meshConfig: MeshConfig, options: PlanOptions = {}): PodPlan {
  const pod = { spec: { containers: [{ name: "app" }] }, status: { podIps: [{ ip: POD_IP }] } };
  const outcome = provedPlan({ meshConfig, pod, options: { ...options, dialect, ipFamilies: "ipv4" } });
  if (outcome.kind !== "planned") throw new Error(`${dialect}: ${outcome.kind}`);
  return outcome.plan;
}

/** What an audit by a dialect says of a pod whose init container has these arguments. */
function audited(
  dialect: Dialect,
  args: readonly string[],
  meshConfig: MeshConfig = {},
  options: PlanOptions = {},
): Verdict {
  const audit = createAuditor(meshConfig, { ...options, dialect, ipFamilies: "ipv4" });
  const name = dialect.startsWith("fsm") ? "fsm-init" : "osm-init";
  return audit(
    {
      kind: "Pod",
      spec: { initContainers: [{ name, command: ["/bin/sh"], args }], containers: [{ name: "app" }] },
      status: { podIP: POD_IP, podIPs: [{ ip: POD_IP }] },
    },
    "pod",
  );
}

function formatsOf(dialect: Dialect): readonly ScriptFormat[] {
  return dialect === "hardened" ? ["restore", "nftables"] : ["commands", "restore", "nftables"];
}

const MANY_RANGES = Array.from({ length: 20_000 }, (_, i) => `10.${i >> 7}.${(i & 127) * 2}.0/24`);

describe("an audit", () => {
  for (const dialect of DIALECTS.filter((name) => name !== "hardened")) {
    it(`reads the init container of ${dialect} itself`, () => {
      const podIpMode = profileOf(dialect).knobs.has("PodIP mode");
      const settings: MeshSettings = { ...NOTHING, ranges: ["10.0.0.0/8", "192.0.2.7/32"], podIpMode };
      const meshConfig = {
        spec: {
          traffic: { outboundIpRangeExclusionList: settings.ranges },
          sidecar: { localProxyMode: podIpMode ? "PodIP" : "" },
        },
      };
      const text = meshText(dialect, settings);
      assert.deepEqual(audited(dialect, ["-c", text], meshConfig), { kind: "current" });
      assert.deepEqual(audited(dialect, ["-c", text.replaceAll("/8", "/9")], meshConfig).kind, "different");
    });
  }

  it("knows the rules of every dialect in every format, held against every dialect", () => {
    let verdicts = 0;
    const counts = { current: 0, equivalent: 0, different: 0 };
    for (const wanted of DIALECTS) {
      for (const running of DIALECTS) {
        for (const scriptFormat of formatsOf(running)) {
          const mode = (dialect: Dialect) => (profileOf(dialect).knobs.has("PodIP mode") ? "PodIP" : "");
          const meshConfig = { spec: { sidecar: { localProxyMode: mode(wanted) } } };
          const theirs = { spec: { sidecar: { localProxyMode: mode(running) } } };
          const { initContainer, chains } = planned(running, theirs, { scriptFormat });
          const verdict = audited(wanted, initContainer.args, meshConfig);
          const { equal } = compareRules(linked(chains), linked(planned(wanted, meshConfig).chains), {
            pod: { addresses: planned(wanted, meshConfig).policy.podAddresses },
          });
          const { kind } = verdict;
          const name = `${running} in ${scriptFormat} against ${wanted}: ${JSON.stringify(verdict, bigints)}`;
          assert.ok(kind === "current" || kind === "equivalent" || kind === "different", name);
          assert.equal(kind !== "different", equal, name);
          counts[kind]++;
          verdicts++;
        }
      }
    }
    assert.deepEqual([verdicts, counts.current > 0, counts.equivalent > 0], [8 * 23, true, true]);
  });

  it("knows the probes that the injection of a pod has rewritten", () => {
    const before = { livenessProbe: { tcpSocket: { port: 80 } }, readinessProbe: { httpGet: { port: 80 } } };
    const after = {
      livenessProbe: { httpGet: { port: 15904 } },
      readinessProbe: { httpGet: { port: 15902 } },
    };
    const outcome = provedPlan({ pod: { spec: { containers: [before] } }, options: { dialect: "hardened" } });
    assert.ok(outcome.kind === "planned");
    const { initContainer } = outcome.plan;
    const pod = { kind: "Pod", spec: { containers: [after], initContainers: [initContainer] } };
    assert.deepEqual(createAuditor({}, { dialect: "hardened" })(pod, "pod"), { kind: "current" });
  });

  it("puts a script together that is given in several arguments", () => {
    const meshConfig = { spec: { traffic: { outboundIpRangeExclusionList: MANY_RANGES } } };
    const { args } = planned("hardened", meshConfig).initContainer;
    assert.ok(args.length > 2);
    assert.deepEqual(audited("hardened", args, meshConfig), { kind: "current" });
    const fewer = { spec: { traffic: { outboundIpRangeExclusionList: MANY_RANGES.slice(1) } } };
    const verdict = audited("hardened", args, fewer);
    assert.match(verdict.kind === "different" ? verdict.change.packet : verdict.kind, / -> 10\.0\.0\.\d+:/);
    const other = audited("hardened", ["-c", 'eval "$*"', "sh", "iptables -F"], meshConfig);
    assert.equal(other.kind, "unknown");
  });
});

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
