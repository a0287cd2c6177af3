import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  Enforcement,
  IpFamilies,
  IptablesBackend,
  type PlanOptionsSchema,
  type PlanRequest,
  PlanRequestSchema,
  ScriptFormat,
} from "../../gen/redirect/v1/plan_pb.ts";
import type * as inputs from "../../policy/inputs.ts";
import { dialectMessage } from "../../service/policy-message.ts";
import { InputError } from "../input-error.ts";
import type { Io } from "../io.ts";
import type { RequestFlags } from "../request-flags.ts";
import { sourceOf } from "./field-source.ts";
import { readPlanInputs } from "./plan-inputs.ts";
import { readMessages } from "./plan-messages.ts";

/** A request to plan one pod, and where its fields come from. */
export interface SourcedRequest {
  readonly request: PlanRequest;
  /** `Pod default/curl`; `pod` when none was given. */
  readonly title: string;
  /** The file or flag behind a field of the request: `pod.yaml:7:5`. */
  readonly locate: (field: string) => string;
}

/** Reads the request that the flags and files make. @throws InputError, also when they have more than one pod. */
export async function readPlanRequest(
  { files, meshOverrides, podOverrides, options }: RequestFlags,
  stdin: Io["stdin"],
): Promise<SourcedRequest> {
  const sources = await readPlanInputs(files, stdin, meshOverrides, podOverrides);
  const { meshConfig, pods } = readMessages(sources);
  const [first, second] = pods;
  if (first === undefined || second !== undefined) {
    throw new InputError({
      where: second?.source.locate([]) ?? "command line",
      message: `is one of ${pods.length} pods; this command takes one`,
    });
  }
  return {
    request: create(PlanRequestSchema, { meshConfig, pod: first.pod, options: optionsMessage(options) }),
    title: first.source.title,
    locate: (field) => sourceOf(field, sources.meshConfig, first.source),
  };
}

const FORMATS: Readonly<Record<inputs.ScriptFormat, ScriptFormat>> = {
  commands: ScriptFormat.COMMANDS,
  restore: ScriptFormat.RESTORE,
  nftables: ScriptFormat.NFTABLES,
};

const ENFORCEMENTS = { strict: Enforcement.STRICT, report: Enforcement.REPORT } as const;

const FAMILIES: Readonly<Record<inputs.IpFamilies, IpFamilies>> = {
  ipv4: IpFamilies.IPV4,
  ipv6: IpFamilies.IPV6,
  dual: IpFamilies.DUAL,
};

const BACKENDS: Readonly<Record<inputs.IptablesBackend, IptablesBackend>> = {
  legacy: IptablesBackend.LEGACY,
  nf_tables: IptablesBackend.NF_TABLES,
};

function optionsMessage({
  dialect,
  scriptFormat,
  enforcement,
  ipFamilies,
  iptablesBackend,
  ...lists
}: inputs.PlanOptions): MessageInitShape<typeof PlanOptionsSchema> {
  return {
    ...(lists as MessageInitShape<typeof PlanOptionsSchema>),
    ...(dialect !== undefined && { dialect: dialectMessage(dialect) }),
    ...(scriptFormat !== undefined && { scriptFormat: FORMATS[scriptFormat] }),
    ...(enforcement !== undefined && { enforcement: ENFORCEMENTS[enforcement] }),
    ...(ipFamilies !== undefined && { ipFamilies: FAMILIES[ipFamilies] }),
    ...(iptablesBackend !== undefined && { iptablesBackend: BACKENDS[iptablesBackend] }),
  };
}
