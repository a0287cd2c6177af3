import {
  DIALECTS,
  ENFORCEMENTS,
  IP_FAMILIES,
  IPTABLES_BACKENDS,
  type PlanOptions,
  SCRIPT_FORMATS,
} from "../policy/inputs.ts";
import { choice, type Flags } from "./flags.ts";
import { UsageError } from "./usage-error.ts";

/** The flags that say how to plan. */
export const OPTION_FLAGS = {
  dialect: { type: "string" },
  format: { type: "string" },
  enforcement: { type: "string" },
  "ip-families": { type: "string" },
  image: { type: "string" },
  "image-pull-policy": { type: "string" },
  "sidecar-container": { type: "string" },
  "exclude-outbound-ports": { type: "string", multiple: true },
  "exclude-inbound-ports": { type: "string", multiple: true },
  "include-inbound-ports": { type: "string", multiple: true },
  "exclude-inbound-sources": { type: "string", multiple: true },
  "exclude-uids": { type: "string", multiple: true },
  "exclude-gids": { type: "string", multiple: true },
  "iptables-backend": { type: "string" },
  "rule-comments": { type: "boolean" },
} as const;

/** The flag that gives each option, for findings about options. */
const FLAG_OF_OPTION: Readonly<Record<keyof PlanOptions, keyof typeof OPTION_FLAGS>> = {
  dialect: "dialect",
  scriptFormat: "format",
  enforcement: "enforcement",
  ipFamilies: "ip-families",
  initContainerImage: "image",
  initContainerImagePullPolicy: "image-pull-policy",
  sidecarContainerName: "sidecar-container",
  outboundPortExclusions: "exclude-outbound-ports",
  inboundPortExclusions: "exclude-inbound-ports",
  inboundPortInclusions: "include-inbound-ports",
  inboundSourceRangeExclusions: "exclude-inbound-sources",
  excludedUids: "exclude-uids",
  excludedGids: "exclude-gids",
  iptablesBackend: "iptables-backend",
  ruleComments: "rule-comments",
};

/** `--image` for `initContainerImage`; undefined for what is no option. */
export function flagOfOption(option: string): string | undefined {
  const flag = new Map<string, string>(Object.entries(FLAG_OF_OPTION)).get(option);
  return flag === undefined ? undefined : `--${flag}`;
}

/** Reads the flags that say how to plan; what is not given is left to its default. @throws UsageError */
export function readPlanOptions(flags: Flags<typeof OPTION_FLAGS>): PlanOptions {
  const options: { readonly [Name in keyof PlanOptions]-?: PlanOptions[Name] | undefined } = {
    dialect: choice("--dialect", flags.dialect, DIALECTS),
    scriptFormat: choice("--format", flags.format, SCRIPT_FORMATS),
    enforcement: choice("--enforcement", flags.enforcement, ENFORCEMENTS),
    ipFamilies: choice("--ip-families", flags["ip-families"], IP_FAMILIES),
    initContainerImage: flags.image,
    initContainerImagePullPolicy: flags["image-pull-policy"],
    sidecarContainerName: flags["sidecar-container"],
    outboundPortExclusions: items(flags["exclude-outbound-ports"]),
    inboundPortExclusions: items(flags["exclude-inbound-ports"]),
    inboundPortInclusions: items(flags["include-inbound-ports"]),
    inboundSourceRangeExclusions: items(flags["exclude-inbound-sources"]),
    excludedUids: ids("--exclude-uids", flags["exclude-uids"]),
    excludedGids: ids("--exclude-gids", flags["exclude-gids"]),
    iptablesBackend: choice("--iptables-backend", flags["iptables-backend"], IPTABLES_BACKENDS),
    ruleComments: flags["rule-comments"],
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** The items of a list with commas between them, or given one by one, without the white space around them. */
function items(given: readonly string[] | undefined): readonly string[] | undefined {
  return given?.flatMap((list) => list.split(",")).map((item) => item.trim());
}

function ids(flag: string, given: readonly string[] | undefined): readonly number[] | undefined {
  return items(given)?.map((item) => {
    if (/^\d{1,10}$/.test(item) && Number(item) <= 0xffff_ffff) return Number(item);
    throw new UsageError(
      `${flag} '${item}': expected whole numbers from 0 to 4294967295, with commas between them`,
    );
  });
}
