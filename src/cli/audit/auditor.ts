import { create } from "@bufbuild/protobuf";
import { PlanRequestSchema } from "../../gen/redirect/v1/plan_pb.ts";
import { type Pod, PodSchema } from "../../gen/redirect/v1/pod_pb.ts";
import { createPlanner } from "../../plan.ts";
import type { MeshConfig, PlanOptions } from "../../policy/inputs.ts";
import { readPodAddresses } from "../../policy/pod-addresses.ts";
import { readPlanRequest } from "../../service/plan-input.ts";
import { readMessage } from "../input/message-reader.ts";
import { InputError } from "../input-error.ts";
import { runningScript } from "./running-script.ts";
import { createScriptJudge } from "./script-judge.ts";
import type { Verdict } from "./verdict.ts";

/** Holds a pod, as Kubernetes prints it, against what the mesh config asks. */
export type Auditor = (pod: unknown, where: string) => Verdict;

/** The names of the sidecars' containers, which a pod of the mesh has. */
const SIDECARS = { osm: "envoy", fsm: "sidecar" } as const;

/**
 * An auditor for the pods of one mesh. It plans each pod again, as an injector meets it that has no address yet, and
 * compares the script with the one that the pod runs; what pods have in common is planned and compared once.
 */
export function createAuditor(meshConfig: MeshConfig, given: PlanOptions): Auditor {
  const mesh = given.dialect?.startsWith("fsm") === true ? "fsm" : "osm";
  const options: PlanOptions = { sidecarContainerName: SIDECARS[mesh], ...given };
  const planner = createPlanner(meshConfig, options);
  const judge = createScriptJudge();
  return (value, where) => {
    const pod = readPod(value, where);
    if (typeof pod === "string") return { kind: "refused", reason: pod };
    const running = runningScript(pod);
    if (running.kind === "none") return { kind: "outside" };

    const known = readPlanRequest(create(PlanRequestSchema, { pod })).input.pod;
    const { status: _, ...injected } = known ?? {};
    const outcome = planner.plan(injected);
    switch (outcome.kind) {
      case "refused": {
        const { code = "", field = "" } = outcome.findings.find(({ severity }) => severity === "error") ?? {};
        return { kind: "refused", reason: `${code}: ${field}` };
      }
      case "inexpressible":
        return { kind: "refused", reason: outcome.reason };
      case "planned": {
        if (running.kind === "other") return { kind: "unknown", reason: running.reason };
        if (running.text === outcome.plan.script) return { kind: "current" };
        return judge(running.text, outcome.plan, readPodAddresses(known, []));
      }
    }
  };
}

/** The pod as the contract has it, or why it is none. */
function readPod(value: unknown, where: string): Pod | string {
  try {
    return readMessage(PodSchema, value, () => where);
  } catch (error) {
    if (error instanceof InputError) return error.faults.map(({ message }) => message).join("; ");
    throw error;
  }
}
