import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareRules } from "../../src/analyze/compare.ts";
import type { PodPlan } from "../../src/plan.ts";
import type { MeshConfig, PlanOptions, Pod } from "../../src/policy/inputs.ts";
import { readGuardedScript } from "../../src/service/guarded-script.ts";
import { linked } from "../analyze/linked.ts";
import { provedPlan } from "../proof/proved-plan.ts";

const FORMATS = ["restore", "nftables"] as const;

const INPUTS: readonly { meshConfig?: MeshConfig; pod?: Pod; options?: PlanOptions }[] = [
  {},
  { options: { ipFamilies: "ipv4" } },
  { options: { ipFamilies: "ipv6", iptablesBackend: "legacy" } },
  { options: { ruleComments: true, iptablesBackend: "nf_tables", excludedUids: [7] } },
  {
    meshConfig: {
      spec: {
        traffic: {
          outboundIpRangeExclusionList: ["10.0.0.0/9", "10.128.0.0/9", "192.0.2.0/25", "2001:db8::/33"],
          outboundIpRangeInclusionList: ["10.0.0.0/7", "203.0.113.0/24"],
          outboundPortExclusionList: [80, 6379],
          inboundPortExclusionList: [8081],
          networkInterfaceExclusionList: ["eth1", "net+"],
        },
        sidecar: { localProxyMode: "PodIP", localDnsProxy: { enable: true } },
      },
    },
  },
];
const FURTHER = [
  ...INPUTS,
  { ...INPUTS.at(-1), options: { ruleComments: true } },
  { ...INPUTS.at(-1), pod: { status: { podIps: [{ ip: "10.1.2.3" }, { ip: "2001:db8::9" }] } } },
];

function hardened(input: (typeof INPUTS)[number], scriptFormat: (typeof FORMATS)[number]): PodPlan {
  const outcome = provedPlan({ ...input, options: { ...input.options, dialect: "hardened", scriptFormat } });
  assert.ok(outcome.kind === "planned");
  return outcome.plan;
}

describe("the rules of a hardened script", () => {
  for (const format of FORMATS) {
    it(`are those of its plan, in ${format}, whatever it was planned from`, () => {
      for (const input of FURTHER) {
        const { script, chains, policy } = hardened(input, format);
        const read = readGuardedScript(script);
        assert.ok(read !== undefined, script);
        const { equal, notModelled } = compareRules(linked(read), linked(chains), {
          pod: { addresses: policy.podAddresses },
        });
        assert.deepEqual([equal, notModelled], [true, []], JSON.stringify(input));
      }
    });
  }

  const restore = hardened({}, "restore").script;
  const nft = hardened({}, "nftables").script;
  const podIp = hardened(INPUTS.at(-1) ?? {}, "nftables").script;
  const hostile: readonly [string, string][] = [
    ["does more in front", restore.replace("set -euf", "set -euf\niptables -t nat -F")],
    ["does more behind", `${restore}iptables -t nat -F\n`],
    ["does more behind, in nft", `${nft}nft flush ruleset\n`],
    ["ends a document early", restore.replace("\nCOMMIT\n", "\nCOMMIT\nEND\niptables -F\ncat <<'END'\n")],
    ["ends our own document early", restore.replace("\nCOMMIT\n", "\nCOMMIT\nEOF\niptables -t nat -F\n")],
    ["expands its documents", restore.replace("cat <<'END'", "cat <<END")],
    ["has something else than rules in a document", restore.replace("\nCOMMIT\n", "\nrm -rf /\nCOMMIT\n")],
    ["leaves a document open", restore.replace("\nCOMMIT\n", "\n")],
    ["leaves a table open", nft.replace("\n}\nEND\n", "\nEND\n")],
    ["adds another jump than it looks for", restore.replace("add_rule '-A OUTPUT", "add_rule '-A INPUT")],
    ["removes another table", nft.replace("'delete table ip ", "'delete table ip6 ")],
    ["takes another address", podIp.replaceAll('"$POD_IPV4"', '"$HOME"')],
    ["has a variable where no shell expands it", nft.replace("tcp dport 15010 return", "dnat to $POD_IP")],
    ["is none", ""],
    ["is another one", "iptables -F"],
  ];
  for (const [what, script] of hostile) {
    it(`are not told of one that ${what}`, () => {
      assert.ok(![restore, nft, podIp].includes(script));
      assert.equal(readGuardedScript(script), undefined);
    });
  }
});
