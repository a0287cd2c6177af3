import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type PodPlan, planPod } from "../../../src/plan.ts";
import type { PlanInput, ScriptFormat } from "../../../src/policy/inputs.ts";
import { slice } from "./each.ts";
import { killAt, VICTIMS, type Victim } from "./killer.ts";
import { inNamespace, type Namespace } from "./namespace.ts";
import { lacking, pathOf } from "./requirements.ts";
import { listed, saved } from "./saved.ts";
import { POD_ENVIRONMENT } from "./scenarios.ts";
import { type BackEnd, toolbox } from "./toolbox.ts";

const skip = lacking();

/** The forms of a hardened script, and what loads each. */
const FORMS: readonly { readonly format: ScriptFormat; readonly backEnd: BackEnd }[] = [
  { format: "restore", backEnd: "legacy" },
  { format: "restore", backEnd: "nf_tables" },
  { format: "nftables", backEnd: "nf_tables" },
];

function planned(format: ScriptFormat, ranges: number, localProxyMode: string): PodPlan {
  const input: PlanInput = {
    meshConfig: {
      spec: {
        traffic: {
          outboundIpRangeExclusionList: Array.from(
            { length: ranges },
            (_, i) => `10.${i >> 7}.${(i & 127) * 2}.0/24`,
          ),
        },
        sidecar: { localProxyMode, localDnsProxy: { enable: true } },
      },
    },
    options: { dialect: "hardened", scriptFormat: format, ipFamilies: "dual" },
  };
  const outcome = planPod(input);
  if (outcome.kind !== "planned") throw new Error(outcome.kind);
  return outcome.plan;
}

/** What the kernel holds of each family. */
type State = readonly [ipv4: string, ipv6: string];

async function stateOf(namespace: Namespace, backEnd: BackEnd, format: ScriptFormat): Promise<State> {
  if (format === "nftables") {
    const text = await listed(namespace);
    const [ipv4 = "", ipv6 = ""] = ["ip", "ip6"].map(
      (family) => new RegExp(`^table ${family} [^]*?^}`, "m").exec(text)?.[0] ?? "",
    );
    return [ipv4, ipv6];
  }
  const [ipv4, ipv6] = await Promise.all([
    saved(namespace, backEnd, ["ipv4"]),
    saved(namespace, backEnd, ["ipv6"]),
  ]);
  return [JSON.stringify(ipv4), JSON.stringify(ipv6)];
}

const CASES = FORMS.flatMap((form) =>
  (Object.keys(VICTIMS) as Victim[]).map((victim) => ({ ...form, victim })),
);

describe("whatever is killed, each table is as before or as after", { skip, concurrency: 4 }, () => {
  for (const { format, backEnd, victim } of slice(CASES, 9)) {
    test(`${format} on ${backEnd}: ${victim}`, async (t) => {
      const kills = await inNamespace(async (namespace) => {
        const old = planned(format, 1, "Localhost");
        const plan = planned(format, 300, "PodIP");
        const tools = () => toolbox(namespace, { suffixed: [backEnd] });
        const run = (path: string, script: string) => {
          const args = ["-w", "/bin/sh", "-c", script];
          return namespace.run(pathOf("setsid"), args, { env: { PATH: path, ...POD_ENVIRONMENT } });
        };
        const done = async (script: string) => {
          const { code, stderr } = await run(tools(), script);
          assert.equal(code, 0, stderr);
          return stateOf(namespace, backEnd, format);
        };
        const after = await done(plan.script);
        const before = await done(old.script);
        for (let count = 1; ; count++) {
          const path = tools();
          const killer = killAt(path, count, victim);
          const { code } = await run(path, plan.script);
          if (!killer.reached()) return count - 1;
          const state = await stateOf(namespace, backEnd, format);
          state.forEach((text, family) => {
            const known = text === before[family] || text === after[family];
            assert.ok(known, `program ${count}, family ${family}, exit code ${code}: ${text}`);
          });
          if (code === 0) assert.deepEqual(state, after, `program ${count}: the script says that it is done`);
          // A second run takes it to the end, and back.
          if (count % 4 === 0) assert.deepEqual(await done(plan.script), after);
          assert.deepEqual(await done(old.script), before);
        }
      });
      t.diagnostic(`${kills} kills`);
      assert.ok(kills >= 4);
    });
  }
});
