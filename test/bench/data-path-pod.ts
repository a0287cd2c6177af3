import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type PodPlan, planPod } from "../../src/plan.ts";
import type { Dialect, ScriptFormat } from "../../src/policy/inputs.ts";
import { inNamespace, type Namespace } from "../kernel/scripts/namespace.ts";
import { pathOf } from "../kernel/scripts/requirements.ts";
import { type BackEnd, toolbox } from "../kernel/scripts/toolbox.ts";

/** How a pod is programmed. */
export interface Form {
  readonly dialect: Dialect;
  readonly scriptFormat: ScriptFormat;
  readonly program: BackEnd | "nft";
}

/** A pod under the rules of a form. */
export interface MeasuredPod {
  /** Connects so many times, one after the other, and gives the nanoseconds that each took. */
  connect(times: number): Promise<readonly number[]>;
}

/** UID of the process that connects. Any but the proxy's. */
const APP_UID = 1000;

/** Where it connects to: an address of a documentation range (RFC 5737) that no exclusion covers. */
const DESTINATION = "203.0.113.1";

/** Gives a body a pod with so many excluded ranges. */
export async function inMeasuredPod(
  form: Form,
  exclusions: number,
  body: (pod: MeasuredPod) => Promise<void>,
): Promise<void> {
  await inNamespace(async (namespace) => {
    await route(namespace);
    await initialise(namespace, form, exclusions);
    const probe = join(import.meta.dirname, "data-path-probe.py");
    const program = ["python3", probe, `${APP_UID}`, DESTINATION];
    const child = spawn(pathOf("nsenter"), [`--net=/proc/${namespace.pid}/ns/net`, ...program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    try {
      await body({
        async connect(times) {
          child.stdin.write(`${times}\n`);
          const { value, done } = await lines.next();
          if (done) throw new Error("the process that connects has ended");
          return JSON.parse(value);
        },
      });
    } finally {
      child.stdin.end();
    }
  });
}

/** A route for destinations outside, so that a process can connect; it ends at the other end of a link to nowhere. */
async function route({ run }: Namespace): Promise<void> {
  const steps = [
    "link add eth0 type veth peer name nowhere",
    "address add 192.0.2.10/24 dev eth0",
    "link set nowhere up",
    "link set eth0 up",
    "route add default via 192.0.2.20",
  ];
  const { code, stderr } = await run("ip", ["-batch", "-"], { input: steps.join("\n") });
  if (code !== 0) throw new Error(`ip: ${stderr}`);
}

async function initialise(namespace: Namespace, form: Form, exclusions: number): Promise<void> {
  const { program } = form;
  const installed =
    program === "nft" ? { others: ["nft"] } : { plain: program, suffixed: [program], others: [] };
  // From a file: the longest of these scripts are longer than an argument may be.
  const path = join(namespace.folder, "script");
  writeFileSync(path, planOf(form, exclusions).script);
  const { code, stderr } = await namespace.run("/bin/sh", [path], {
    env: { PATH: toolbox(namespace, installed) },
  });
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
}

function planOf({ dialect, scriptFormat }: Form, exclusions: number): PodPlan {
  const outcome = planPod({
    meshConfig: { spec: { traffic: { outboundIpRangeExclusionList: everySecondAddress(exclusions) } } },
    options: { dialect, scriptFormat, enforcement: "report" },
  });
  if (outcome.kind !== "planned") throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

/** Ranges of one address of 198.18.0.0/15, which is for benchmarks (RFC 2544). None can be aggregated with another. */
function everySecondAddress(count: number): readonly string[] {
  return Array.from(
    { length: count },
    (_, i) => `198.${18 + (i >> 15)}.${(i >> 7) & 255}.${(i & 127) * 2}/32`,
  );
}
