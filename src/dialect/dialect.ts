import type { Dialect, ScriptFormat } from "../policy/inputs.ts";
import type { Policy } from "../policy/policy.ts";
import type { Transaction } from "../ruleset/operation.ts";
import { hardened } from "./hardened.ts";
import { osmCommands } from "./osm-commands.ts";
import { osmV1_0, osmV1_1 } from "./osm-restore.ts";

/** How a dialect programs a policy. */
export interface DialectRules {
  /** The steps of the script. */
  readonly transactions: (policy: Policy) => readonly Transaction[];
  /** The form of the script that the mesh version itself writes. */
  readonly nativeFormat: ScriptFormat;
  /** `plain`: as the mesh version writes it. `guarded`: looks at the machine, and may run any number of times. */
  readonly script: "plain" | "guarded";
  /** First line of a restore document. */
  readonly heading: string;
  /** What the mesh version's init container has beside its image and script. */
  readonly initContainer: {
    readonly name: "osm-init" | "fsm-init";
    /** Whether it says that it runs as root. */
    readonly runsAsRoot: boolean;
    /** The variables that give it the pod's address or addresses. */
    readonly podIpVariables: readonly ("POD_IP" | "POD_IPS")[];
    /** Whether it drops every capability but those it names, and may not gain privileges. */
    readonly confined: boolean;
    /** Whether a script that is too long for one argument is given in several. */
    readonly splitsScript: boolean;
  };
}

const HEADING = "# OSM sidecar interception rules";

const OSM_COMMANDS: DialectRules = {
  transactions: osmCommands,
  nativeFormat: "commands",
  script: "plain",
  heading: HEADING,
  initContainer: {
    name: "osm-init",
    runsAsRoot: false,
    podIpVariables: [],
    confined: false,
    splitsScript: false,
  },
};
const OSM_V1_0: DialectRules = {
  transactions: osmV1_0,
  nativeFormat: "restore",
  script: "plain",
  heading: HEADING,
  initContainer: {
    name: "osm-init",
    runsAsRoot: true,
    podIpVariables: [],
    confined: false,
    splitsScript: false,
  },
};
const OSM_V1_1: DialectRules = { ...OSM_V1_0, transactions: osmV1_1("OSM") };
const OSM_V1_2: DialectRules = {
  ...OSM_V1_1,
  initContainer: {
    name: "osm-init",
    runsAsRoot: true,
    podIpVariables: ["POD_IP"],
    confined: false,
    splitsScript: false,
  },
};
const FSM: DialectRules = {
  ...OSM_V1_2,
  transactions: osmV1_1("FSM"),
  heading: "# FSM sidecar interception rules",
  initContainer: {
    name: "fsm-init",
    runsAsRoot: true,
    podIpVariables: ["POD_IP"],
    confined: false,
    splitsScript: false,
  },
};

const HARDENED: DialectRules = {
  transactions: hardened,
  nativeFormat: "restore",
  script: "guarded",
  heading: "",
  initContainer: {
    name: "osm-init",
    runsAsRoot: true,
    podIpVariables: ["POD_IP", "POD_IPS"],
    confined: true,
    splitsScript: true,
  },
};

const RULES: Readonly<Record<Dialect, DialectRules>> = {
  "osm-v0.8": OSM_COMMANDS,
  "osm-v0.11": OSM_COMMANDS,
  "osm-v1.0": OSM_V1_0,
  "osm-v1.1": OSM_V1_1,
  "osm-v1.2": OSM_V1_2,
  "fsm-v1.4": FSM,
  "fsm-v1.5": FSM,
  hardened: HARDENED,
};

/** How a dialect programs a policy. */
export function rulesOf(dialect: Dialect): DialectRules {
  return RULES[dialect];
}
