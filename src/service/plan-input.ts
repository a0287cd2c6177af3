import type { DescEnum } from "@bufbuild/protobuf";
import {
  Dialect,
  DialectSchema,
  Enforcement,
  EnforcementSchema,
  IpFamilies,
  IpFamiliesSchema,
  IptablesBackend,
  IptablesBackendSchema,
  type PlanOptions as PlanOptionsMessage,
  type PlanRequest,
  ScriptFormat,
  ScriptFormatSchema,
} from "../gen/redirect/v1/plan_pb.ts";
import type { Finding } from "../policy/finding.ts";
import type * as inputs from "../policy/inputs.ts";
import { unknownOption } from "./unknown-option.ts";

/** What a request asks for. Not to be used when there are findings: an option that is not known is not in it. */
export interface ReadPlanRequest {
  readonly input: inputs.PlanInput;
  /** UNKNOWN_OPTION for each option that has a number which the contract does not name. */
  readonly findings: readonly Finding[];
}

/** What the numbers of an enum mean to the engine. `undefined`: its default. */
type Names<T> = ReadonlyMap<number, T | undefined>;

const DIALECTS: Names<inputs.Dialect> = new Map([
  [Dialect.UNSPECIFIED, undefined],
  [Dialect.OSM_V0_8, "osm-v0.8"],
  [Dialect.OSM_V0_11, "osm-v0.11"],
  [Dialect.OSM_V1_0, "osm-v1.0"],
  [Dialect.OSM_V1_1, "osm-v1.1"],
  [Dialect.OSM_V1_2, "osm-v1.2"],
  [Dialect.FSM_V1_4, "fsm-v1.4"],
  [Dialect.FSM_V1_5, "fsm-v1.5"],
  [Dialect.HARDENED, "hardened"],
]);

const SCRIPT_FORMATS: Names<inputs.ScriptFormat> = new Map([
  [ScriptFormat.UNSPECIFIED, undefined],
  [ScriptFormat.COMMANDS, "commands"],
  [ScriptFormat.RESTORE, "restore"],
  [ScriptFormat.NFTABLES, "nftables"],
]);

const ENFORCEMENTS: Names<"strict" | "report"> = new Map([
  [Enforcement.UNSPECIFIED, undefined],
  [Enforcement.STRICT, "strict"],
  [Enforcement.REPORT, "report"],
]);

const IP_FAMILIES: Names<inputs.IpFamilies> = new Map([
  [IpFamilies.UNSPECIFIED, undefined],
  [IpFamilies.IPV4, "ipv4"],
  [IpFamilies.IPV6, "ipv6"],
  [IpFamilies.DUAL, "dual"],
]);

const IPTABLES_BACKENDS: Names<inputs.IptablesBackend> = new Map([
  [IptablesBackend.UNSPECIFIED, undefined],
  [IptablesBackend.LEGACY, "legacy"],
  [IptablesBackend.NF_TABLES, "nf_tables"],
]);

/**
 * Reads a request. Mesh config and pod are passed on as they are: the messages have the shape of the engine's inputs.
 */
export function readPlanRequest({ meshConfig, pod, options }: PlanRequest): ReadPlanRequest {
  const findings: Finding[] = [];
  return {
    input: {
      meshConfig,
      pod,
      options: options && readOptions(options, findings),
    },
    findings,
  };
}

function readOptions(message: PlanOptionsMessage, findings: Finding[]): inputs.PlanOptions {
  const read = <T>(
    names: Names<T>,
    field: keyof PlanOptionsMessage & string,
    desc: DescEnum,
  ): T | undefined => {
    const number = Number(message[field]);
    if (!names.has(number)) findings.push(unknownOption(`options.${field}`, number, desc));
    return names.get(number);
  };
  return {
    dialect: read(DIALECTS, "dialect", DialectSchema),
    scriptFormat: read(SCRIPT_FORMATS, "scriptFormat", ScriptFormatSchema),
    enforcement: read(ENFORCEMENTS, "enforcement", EnforcementSchema),
    ipFamilies: read(IP_FAMILIES, "ipFamilies", IpFamiliesSchema),
    initContainerImage: message.initContainerImage || undefined,
    initContainerImagePullPolicy: message.initContainerImagePullPolicy || undefined,
    sidecarContainerName: message.sidecarContainerName || undefined,
    outboundPortExclusions: message.outboundPortExclusions,
    inboundPortExclusions: message.inboundPortExclusions,
    inboundPortInclusions: message.inboundPortInclusions,
    inboundSourceRangeExclusions: message.inboundSourceRangeExclusions,
    excludedUids: message.excludedUids,
    excludedGids: message.excludedGids,
    iptablesBackend: read(IPTABLES_BACKENDS, "iptablesBackend", IptablesBackendSchema),
    ruleComments: message.ruleComments,
  };
}
