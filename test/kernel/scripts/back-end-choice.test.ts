import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanOptions } from "../../../src/policy/inputs.ts";
import { slice } from "./each.ts";
import { inNamespace, type Namespace } from "./namespace.ts";
import { lacking } from "./requirements.ts";
import { expected, listed, type Saved, saved } from "./saved.ts";
import { hardenedPlan } from "./scenarios.ts";
import { type BackEnd, type Installed, toolbox } from "./toolbox.ts";

const skip = lacking();
const BOTH: Installed = { suffixed: ["legacy", "nf_tables"] };

/** A state of a pod's network, and the back end that a script uses there. */
interface Case {
  /** What another tool, or an earlier script, did: commands of a shell with every program. */
  readonly before?: string;
  readonly installed?: Installed;
  readonly options?: PlanOptions;
  readonly chosen: BackEnd;
}

/** A table that iptables-nft says is incompatible: it has a set of two fields. */
const TABLE_OF_NFT = `nft -f - <<END
table ip nat {
  chain PREROUTING {
    type nat hook prerouting priority -100;
    ip saddr . tcp dport { 192.0.2.1 . 80 } accept
  }
}
END`;

const CASES: Readonly<Record<string, Case>> = {
  "nothing is in use": { chosen: "nf_tables" },
  "another tool has rules in the nat table of legacy": {
    before: "iptables-legacy -t nat -A OUTPUT -p udp -j RETURN",
    chosen: "legacy",
  },
  "another tool has looked into the nat table of legacy": {
    before: "iptables-legacy -t nat -S",
    chosen: "legacy",
  },
  "another tool has rules in the IPv6 nat table of legacy": {
    before: "ip6tables-legacy -t nat -A OUTPUT -p udp -j RETURN",
    chosen: "legacy",
  },
  "another tool uses the filter table of legacy alone": {
    before: "iptables-legacy -A INPUT -p udp -j ACCEPT",
    chosen: "nf_tables",
  },
  "another tool has rules in nf_tables": {
    before: "iptables-nft -t nat -A OUTPUT -p udp -j RETURN",
    chosen: "nf_tables",
  },
  "another tool wrote to the table of iptables-nft with nft": { before: TABLE_OF_NFT, chosen: "nf_tables" },
  "our chains are in nf_tables, and another tool uses legacy": {
    before: "iptables-nft -t nat -N PROXY_INBOUND; iptables-legacy -t nat -S",
    chosen: "nf_tables",
  },
  "our chains are in legacy": { before: "iptables-legacy -t nat -N PROXY_INBOUND", chosen: "legacy" },
  "only IPv6 is programmed, and our chains are in nf_tables": {
    before: "ip6tables-nft -t nat -N PROXY_INBOUND; iptables-legacy -t nat -S",
    options: { ipFamilies: "ipv6" },
    chosen: "nf_tables",
  },
  "legacy is forced": { options: { iptablesBackend: "legacy" }, chosen: "legacy" },
  "nf_tables is forced": {
    before: "iptables-legacy -t nat -S",
    options: { iptablesBackend: "nf_tables" },
    chosen: "nf_tables",
  },
  "legacy alone is installed": { installed: { suffixed: ["legacy"] }, chosen: "legacy" },
  "nf_tables alone is installed": {
    before: "iptables-legacy -t nat -S",
    installed: { suffixed: ["nf_tables"] },
    chosen: "nf_tables",
  },
  "only iptables without a suffix is installed, and is legacy": {
    installed: { plain: "legacy" },
    chosen: "legacy",
  },
  "only iptables without a suffix is installed, and is nf_tables": {
    installed: { plain: "nf_tables" },
    chosen: "nf_tables",
  },
};

for (const [when, { before = "", installed = BOTH, options = {}, chosen }] of slice(
  Object.entries(CASES),
  4,
)) {
  test(`when ${when}, rules go to ${chosen}, once and again, and are cleaned up there`, {
    skip,
  }, async () => {
    await inNamespace(async (namespace) => {
      const prepared = await namespace.run("sh", ["-ec", before]);
      assert.equal(prepared.code, 0, prepared.stderr);
      const state = await everything(namespace);
      const plan = hardenedPlan({}, options);
      const env = { PATH: toolbox(namespace, installed) };
      const script = async (text: string) => {
        const { code, stderr } = await namespace.run("/bin/sh", ["-c", text], { env });
        assert.equal(code, 0, stderr);
      };
      for (const _ of ["first run", "second run"]) {
        await script(plan.script);
        const other = chosen === "legacy" ? "nf_tables" : "legacy";
        assert.deepEqual(await ours(namespace, chosen), ownChains(expected(plan.chains)));
        assert.deepEqual(
          (await everything(namespace))[other],
          state[other],
          "the other back end is as it was",
        );
      }
      await script(plan.cleanupScript);
      assert.deepEqual(await ours(namespace, "legacy"), {});
      assert.deepEqual(await ours(namespace, "nf_tables"), {});
    });
  });
}

test("a script stays with the back end of its first run when another tool comes to use the other one", {
  skip,
}, async () => {
  const uses: readonly (readonly [BackEnd, string])[] = [
    ["legacy", "iptables-nft -t nat -A OUTPUT -p udp -j RETURN"],
    ["nf_tables", "iptables-legacy -t nat -A OUTPUT -p udp -j RETURN"],
  ];
  for (const [first, later] of uses) {
    await inNamespace(async (namespace) => {
      const env = { PATH: toolbox(namespace, BOTH) };
      const forced = hardenedPlan({}, { iptablesBackend: first });
      const free = hardenedPlan({});
      for (const text of [forced.script, later, free.script]) {
        const { code, stderr } = await namespace.run("/bin/sh", ["-c", text], {
          ...(text !== later && { env }),
        });
        assert.equal(code, 0, stderr);
      }
      assert.deepEqual(await ours(namespace, first), ownChains(expected(free.chains)));
      assert.deepEqual(await ours(namespace, first === "legacy" ? "nf_tables" : "legacy"), {});
    });
  }
});

test("a back end that is forced and not installed fails the script, which says so", { skip }, async () => {
  for (const [backEnd, program] of [
    ["legacy", "iptables-legacy"],
    ["nf_tables", "iptables-nft"],
  ] as const) {
    await inNamespace(async (namespace) => {
      const other = backEnd === "legacy" ? "nf_tables" : "legacy";
      const env = { PATH: toolbox(namespace, { plain: other, suffixed: [other] }) };
      const { script } = hardenedPlan({}, { iptablesBackend: backEnd });
      const { code, stderr } = await namespace.run("/bin/sh", ["-c", script], { env });
      assert.equal(code, 1);
      assert.equal(stderr, `proxy-redirect: ${program}: not installed\n`);
      assert.deepEqual(await ours(namespace, other), {});
    });
  }
});

/** What a back end has of our chains. */
async function ours(namespace: Namespace, backEnd: BackEnd): Promise<Saved> {
  return ownChains(await saved(namespace, backEnd));
}

function ownChains(state: Saved): Saved {
  return Object.fromEntries(Object.entries(state).filter(([name]) => / PROXY_/.test(name)));
}

/** All that each back end has, down to which tables of legacy are there. */
async function everything(namespace: Namespace): Promise<Readonly<Record<BackEnd, string>>> {
  const tables = await namespace.run("cat", ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"]);
  return {
    legacy: `${JSON.stringify(await saved(namespace, "legacy"))} ${tables.stdout}`,
    nf_tables: await listed(namespace),
  };
}
