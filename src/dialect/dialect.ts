import type { Dialect, ScriptFormat } from "../policy/inputs.ts";
import type { Policy } from "../policy/policy.ts";
import type { Transaction } from "../ruleset/operation.ts";
import { osmCommands } from "./osm-commands.ts";

/** How a dialect programs a policy. */
export interface DialectRules {
  /** The steps of the script. */
  readonly transactions: (policy: Policy) => readonly Transaction[];
  /** The form of the script that the mesh version itself writes. */
  readonly nativeFormat: ScriptFormat;
  /** What the mesh version's init container has beside its image and script. */
  readonly initContainer: {
    readonly name: "osm-init" | "fsm-init";
    /** Whether it says that it runs as root. */
    readonly runsAsRoot: boolean;
    /** Whether it gets the pod's address as `POD_IP`. */
    readonly podIpVariable: boolean;
  };
}

const OSM_COMMANDS: DialectRules = {
  transactions: osmCommands,
  nativeFormat: "commands",
  initContainer: { name: "osm-init", runsAsRoot: false, podIpVariable: false },
};

const RULES: Readonly<Partial<Record<Dialect, DialectRules>>> = {
  "osm-v0.8": OSM_COMMANDS,
  "osm-v0.11": OSM_COMMANDS,
};

/** How a dialect programs a policy; undefined when it has no rules yet. */
export function rulesOf(dialect: Dialect): DialectRules | undefined {
  return RULES[dialect];
}
