import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { PodPlan } from "../../../src/plan.ts";
import type { PlanInput } from "../../../src/policy/inputs.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

/** How many workloads a cluster has: their pods have annotations of their own, and the others' scripts do not fit them. */
const WORKLOADS = 60;

/** Megabytes that the program may keep on its heap: it ends when it needs more, however many pods there are. */
const HEAP = 96;

/** What a program used, told at its end on a line of its own. */
const USAGE = `data:text/javascript,process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stderr.write(JSON.stringify({ milliseconds: (userCPUTime + systemCPUTime) / 1000, megabytes: maxRSS / 1024 }));
})`;

/** What an audit of a cluster found, and what it took. */
export interface ClusterAudit {
  /** How many pods have each kind of rules, and how many need a restart. */
  readonly rules: Readonly<Record<string, number>>;
  readonly restarts: number;
  /** Processor time, the program's start in it. */
  readonly milliseconds: number;
  /** The most memory that was resident at one time. */
  readonly megabytes: number;
}

/**
 * Audits a cluster with the program itself. Half of the pods run the rules of before the mesh config excluded port 6379;
 * a tenth have no sidecar.
 */
export async function auditCluster(plan: (input: PlanInput) => PodPlan, pods: number): Promise<ClusterAudit> {
  const argv = [
    `--max-old-space-size=${HEAP}`,
    "--import",
    USAGE,
    MAIN,
    "audit",
    "-o",
    "json",
    "--set",
    "osm.outboundPortExclusionList={6379}",
  ];
  const child = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "pipe"] });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream.setEncoding("utf8").toArray());
  const ended = once(child, "exit");
  await pipeline(Readable.from(listOf(plan, pods)), child.stdin);
  const [code] = await ended;
  if (code !== 1) throw new Error(`exit code ${code}: ${((await stderr) ?? []).join("")}`);
  const lines = ((await stdout) ?? []).join("").trimEnd().split("\n");
  const verdicts = lines.map((line): { rules: string; restart: boolean } => JSON.parse(line));
  const rules: Record<string, number> = {};
  for (const verdict of verdicts) rules[verdict.rules] = (rules[verdict.rules] ?? 0) + 1;
  const usage = JSON.parse(((await stderr) ?? []).join(""));
  return { rules, restarts: verdicts.filter(({ restart }) => restart).length, ...usage };
}

/** What `kubectl get pods -A -o json` prints of a cluster. */
function* listOf(plan: (input: PlanInput) => PodPlan, pods: number): Generator<string> {
  const scripts = Array.from({ length: WORKLOADS }, (_, workload) =>
    [[], [6379]].map((outboundPortExclusionList) => {
      const pod = {
        metadata: { annotations: annotationsOf(workload) },
        spec: { containers: [{ name: "app" }] },
      };
      return plan({ meshConfig: { spec: { traffic: { outboundPortExclusionList } } }, pod }).script;
    }),
  );
  yield '{"apiVersion": "v1", "items": [';
  for (let index = 0; index < pods; index++) {
    const workload = index % WORKLOADS;
    const script = index % 10 === 9 ? undefined : scripts[workload]?.[Math.floor(index / WORKLOADS) % 2];
    yield `${index === 0 ? "" : ","}${JSON.stringify(podOf(index, workload, script), null, 4)}`;
  }
  yield '], "kind": "List"}\n';
}

function annotationsOf(workload: number): Readonly<Record<string, string>> {
  return { "openservicemesh.io/outbound-port-exclusion-list": String(7000 + workload) };
}

/** A pod as kubectl prints it, with some kilobytes of what an audit does not look at. */
function podOf(index: number, workload: number, script: string | undefined): object {
  const container = (name: string) => ({
    name,
    image: `registry.example/${name}:1.0`,
    env: Array.from({ length: 40 }, (_, at) => ({ name: `VARIABLE_${at}`, value: `value ${index}` })),
    volumeMounts: [
      { name: "token", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true },
    ],
  });
  const init = { name: "osm-init", command: ["/bin/sh"], args: ["-c", script] };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `workload-${workload}-${index}`,
      namespace: `team-${workload % 7}`,
      annotations: annotationsOf(workload),
    },
    spec: {
      ...(script !== undefined && { initContainers: [init] }),
      containers: [container("app"), ...(script === undefined ? [] : [container("envoy")])],
    },
    status: { podIP: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}` },
  };
}
