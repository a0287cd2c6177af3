import assert from "node:assert/strict";
import type { PodPlan } from "../../../src/plan.ts";
import type { ScriptFormat } from "../../../src/policy/inputs.ts";
import { inNamespace, type Namespace, type Outcome } from "./namespace.ts";
import { pathOf } from "./requirements.ts";
import { listed, saved } from "./saved.ts";
import { hardenedPlan, POD_ENVIRONMENT } from "./scenarios.ts";
import { type BackEnd, toolbox } from "./toolbox.ts";

/** A form of a hardened script, and what loads it. */
export interface Form {
  readonly format: ScriptFormat;
  readonly backEnd: BackEnd;
}

/** All of them. */
export const FORMS: readonly Form[] = [
  { format: "restore", backEnd: "legacy" },
  { format: "restore", backEnd: "nf_tables" },
  { format: "nftables", backEnd: "nf_tables" },
];

/** What the kernel holds of each family. */
export type State = readonly [ipv4: string, ipv6: string];

/** A pod whose rules are to change from those of one plan to those of another. */
export interface Change {
  readonly namespace: Namespace;
  /** The state that the old plan made, in which every attempt begins, and the one that the new plan makes. */
  readonly before: State;
  readonly after: State;
  /** The script of the new plan. */
  readonly script: string;
  /** A PATH of its own for an attempt. */
  tools(): string;
  /** Runs a script in a process group of its own, until none of its processes is left. */
  run(path: string, script: string): Promise<Outcome>;
  /** Fails unless each family is as before or as after, and both as after when the script said that it is done. */
  check(attempt: string, code: number): Promise<void>;
  /** Takes the pod to the new state and back, or only back, by scripts that nobody kills. */
  reset(through: "the new state" | "nothing"): Promise<void>;
}

/** Gives a body a pod in the old state. */
export async function inChange<T>(
  { format, backEnd }: Form,
  body: (change: Change) => Promise<T>,
): Promise<T> {
  const old = planned(format, 1, "Localhost");
  const { script } = planned(format, 300, "PodIP");
  return inNamespace(async (namespace) => {
    const tools = () => toolbox(namespace, { suffixed: [backEnd] });
    const run = (PATH: string, text: string) =>
      namespace.run(pathOf("setsid"), ["-w", "/bin/sh", "-c", text], { env: { PATH, ...POD_ENVIRONMENT } });
    const done = async (text: string): Promise<State> => {
      const { code, stderr } = await run(tools(), text);
      assert.equal(code, 0, stderr);
      return stateOf(namespace, { format, backEnd });
    };
    const after = await done(script);
    const before = await done(old.script);
    assert.notDeepEqual(before, after);
    return body({
      namespace,
      before,
      after,
      script,
      tools,
      run,
      check: async (attempt, code) => {
        const state = await stateOf(namespace, { format, backEnd });
        for (const [family, text] of state.entries()) {
          const known = text === before[family] || text === after[family];
          assert.ok(known, `${attempt}, family ${family}, exit code ${code}: ${text}`);
        }
        if (code === 0) assert.deepEqual(state, after, `${attempt}: the script says that it is done`);
      },
      reset: async (through) => {
        if (through === "the new state") assert.deepEqual(await done(script), after);
        assert.deepEqual(await done(old.script), before);
      },
    });
  });
}

function planned(scriptFormat: ScriptFormat, ranges: number, localProxyMode: string): PodPlan {
  const outboundIpRangeExclusionList = Array.from(
    { length: ranges },
    (_, i) => `10.${i >> 7}.${(i & 127) * 2}.0/24`,
  );
  const sidecar = { localProxyMode, localDnsProxy: { enable: true } };
  return hardenedPlan(
    { meshConfig: { spec: { traffic: { outboundIpRangeExclusionList }, sidecar } } },
    { scriptFormat },
  );
}

async function stateOf(namespace: Namespace, { format, backEnd }: Form): Promise<State> {
  if (format === "nftables") {
    const text = await listed(namespace);
    const table = (family: string) => new RegExp(`^table ${family} [^]*?^}`, "m").exec(text)?.[0] ?? "";
    return [table("ip"), table("ip6")];
  }
  const family = async (name: "ipv4" | "ipv6") => JSON.stringify(await saved(namespace, backEnd, [name]));
  return [await family("ipv4"), await family("ipv6")];
}
