import type { PodPlan } from "../../../src/plan.ts";
import type { Dialect, PlanInput, PlanOptions, Pod, ScriptFormat } from "../../../src/policy/inputs.ts";
import { provedPlan } from "../../proof/proved-plan.ts";
import { BACK_ENDS, type BackEnd } from "../scripts/toolbox.ts";
import { APP_PORTS, EXCLUDED_RANGES, PEER_PORTS, POD } from "./places.ts";

/** A plan to program a pod with, and what programs it. */
export interface RuleSet {
  readonly name: string;
  readonly dialect: Dialect;
  readonly podIpMode: boolean;
  readonly program: Program;
  readonly plan: PodPlan;
}

/** The back end that `iptables` is in the pod's image, or `nft` for a plan in the form of nftables. */
export type Program = BackEnd | "nft";

/** A dialect in a format, and the programs that take it. The quick tests use the first of them. */
interface Form {
  readonly dialect: Dialect;
  readonly scriptFormat: ScriptFormat;
  readonly programs: readonly Program[];
}

const FORMS: readonly Form[] = [
  { dialect: "osm-v0.11", scriptFormat: "commands", programs: BACK_ENDS.toReversed() },
  { dialect: "osm-v1.2", scriptFormat: "restore", programs: BACK_ENDS },
  { dialect: "hardened", scriptFormat: "restore", programs: BACK_ENDS.toReversed() },
  { dialect: "hardened", scriptFormat: "nftables", programs: ["nft"] },
];

const probe = { httpGet: {} };

/** A pod with a probe of each kind, before the cluster has given it an address. */
export const PROBED_POD: Pod = {
  spec: { containers: [{ name: "app", livenessProbe: probe, readinessProbe: probe, startupProbe: probe }] },
};

/** The addresses of the pod, as the cluster tells them. */
export const STATUS: NonNullable<Pod["status"]> = { podIps: [{ ip: POD.ipv4 }, { ip: POD.ipv6 }] };

/**
 * The dialects under test in each of their formats by each back end, with and without PodIP mode where they have it.
 *
 * @param whole Whether by every back end, or by one.
 */
export function ruleSets(whole: boolean): readonly RuleSet[] {
  return [false, true].flatMap((podIpMode) =>
    FORMS.filter(({ dialect }) => !podIpMode || dialect !== "osm-v0.11").flatMap((form) =>
      form.programs.slice(0, whole ? undefined : 1).map((program) => excluding(form, program, podIpMode)),
    ),
  );
}

/** A rule set that excludes what the places call excluded. */
function excluding({ dialect, scriptFormat }: Form, program: Program, podIpMode: boolean): RuleSet {
  const { ipv4, ipv6 } = EXCLUDED_RANGES;
  const traffic = {
    outboundIpRangeExclusionList: dialect === "hardened" ? [ipv4, ipv6] : [ipv4],
    outboundPortExclusionList: [PEER_PORTS.excluded],
    inboundPortExclusionList: [APP_PORTS.excluded],
  };
  // An injector sees a pod without an address. Such a script has to take it from its environment.
  const hasAddress = !(podIpMode && dialect === "hardened");
  return ruleSet(program, {
    meshConfig: { spec: { traffic, ...(podIpMode && { sidecar: { localProxyMode: "PodIP" } }) } },
    pod: { ...PROBED_POD, ...(hasAddress && { status: STATUS }) },
    options: { dialect, scriptFormat },
  });
}

/** A rule set of any input; throws when there is no plan for it. */
export function ruleSet(program: Program, input: PlanInput & { readonly options: PlanOptions }): RuleSet {
  const { dialect = "osm-v0.11", scriptFormat = "native format" } = input.options;
  const podIpMode = input.meshConfig?.spec?.sidecar?.localProxyMode === "PodIP";
  const outcome = provedPlan(input);
  if (outcome.kind !== "planned") throw new Error(JSON.stringify(outcome));
  const name = `${dialect}, ${scriptFormat} by ${program}${podIpMode ? ", PodIP mode" : ""}`;
  return { name, dialect, podIpMode, program, plan: outcome.plan };
}
