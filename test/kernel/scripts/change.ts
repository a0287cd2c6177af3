import assert from "node:assert/strict";
import type { PodPlan } from "../../../src/plan.ts";
import type { MeshConfig, ScriptFormat } from "../../../src/policy/inputs.ts";
import { provedPlan } from "../../proof/proved-plan.ts";
import { inNamespace, type Namespace, type Outcome } from "./namespace.ts";
import { repairScript } from "./repair-script.ts";
import { pathOf } from "./requirements.ts";
import { listed, saved } from "./saved.ts";
import { hardenedPlan, POD_ENVIRONMENT } from "./scenarios.ts";
import { type BackEnd, programOf, toolbox } from "./toolbox.ts";

/** A form of a script that changes rules, and what loads it. */
export interface Form {
  readonly format: ScriptFormat;
  readonly backEnd: BackEnd;
  /** From one hardened plan to another by the script of that, or from a hardened plan to one of FSM by a repair. */
  readonly by: "script" | "repair";
}

/** All of them. */
export const FORMS: readonly Form[] = (["script", "repair"] as const).flatMap((by): readonly Form[] => [
  { format: "restore", backEnd: "legacy", by },
  { format: "restore", backEnd: "nf_tables", by },
  { format: "nftables", backEnd: "nf_tables", by },
]);

/** A form in words. */
export function formName({ format, backEnd, by }: Form): string {
  return `${by}, ${format} on ${backEnd}`;
}

/** What the kernel holds of each family. */
export type State = readonly [ipv4: string, ipv6: string];

/** A pod whose rules are to change from those of one plan to those of another. */
export interface Change {
  readonly namespace: Namespace;
  /** The state that the old plan made, in which every attempt begins, and the one that the new plan makes. */
  readonly before: State;
  readonly after: State;
  /** What makes the new state of the old one. */
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
export async function inChange<T>(form: Form, body: (change: Change) => Promise<T>): Promise<T> {
  return inNamespace(async (namespace) => {
    const tools = () => toolbox(namespace, { suffixed: [form.backEnd] });
    const run = (PATH: string, text: string) =>
      namespace.run(pathOf("setsid"), ["-w", "/bin/sh", "-c", text], { env: { PATH, ...POD_ENVIRONMENT } });
    const done = async (text: string): Promise<State> => {
      const { code, stderr } = await run(tools(), text);
      assert.equal(code, 0, stderr);
      return stateOf(namespace, form);
    };
    const old = hardened(form.format, 1, "Localhost");
    await done(old.script);
    const wanted = form.by === "script" ? hardened(form.format, 300, "PodIP") : ofFsm(form);
    const script = form.by === "script" ? wanted.script : await repairTo(wanted, namespace, form);
    const after = await done(script);
    const back = form.by === "script" ? old.script : await repairTo(old, namespace, form);
    const before = await done(back);
    assert.notDeepEqual(before, after);
    return body({
      namespace,
      before,
      after,
      script,
      tools,
      run,
      check: async (attempt, code) => {
        const state = await stateOf(namespace, form);
        for (const [family, text] of state.entries()) {
          const known = text === before[family] || text === after[family];
          assert.ok(known, `${attempt}, family ${family}, exit code ${code}: ${text}`);
        }
        if (code === 0) assert.deepEqual(state, after, `${attempt}: the script says that it is done`);
      },
      reset: async (through) => {
        if (through === "the new state") assert.deepEqual(await done(script), after);
        assert.deepEqual(await done(back), before);
      },
    });
  });
}

function hardened(scriptFormat: ScriptFormat, ranges: number, localProxyMode: string): PodPlan {
  return hardenedPlan({ meshConfig: meshConfig(ranges, localProxyMode) }, { scriptFormat });
}

/** A repair puts an address that it learns late into iptables alone. */
function ofFsm({ format }: Form): PodPlan {
  const mode = format === "nftables" ? "Localhost" : "PodIP";
  const outcome = provedPlan({ meshConfig: meshConfig(300, mode), options: { dialect: "fsm-v1.4" } });
  if (outcome.kind !== "planned") throw new Error(outcome.kind);
  return outcome.plan;
}

function meshConfig(ranges: number, localProxyMode: string): MeshConfig {
  const outboundIpRangeExclusionList = Array.from(
    { length: ranges },
    (_, i) => `10.${i >> 7}.${(i & 127) * 2}.0/24`,
  );
  const sidecar = { localProxyMode, localDnsProxy: { enable: true } };
  return { spec: { traffic: { outboundIpRangeExclusionList }, sidecar } };
}

async function repairTo(plan: PodPlan, namespace: Namespace, { format, backEnd }: Form): Promise<string> {
  const run = async (program: string, ...args: readonly string[]) =>
    (await namespace.run(program, args)).stdout;
  if (format === "nftables") {
    return repairScript({ case: "nftJson", value: await run("nft", "-j", "list", "ruleset") }, plan);
  }
  const dumps = [programOf(backEnd, "ipv4", "-save"), programOf(backEnd, "ipv6", "-save")].map((save) =>
    run(save),
  );
  return repairScript({ case: "iptablesSave", value: (await Promise.all(dumps)).join("") }, plan);
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
