/** How grave a finding is. */
export type Severity = "error" | "warning" | "info";

/** What a finding is: the names of the contract's `FindingCode`, without the prefix. */
export type FindingCode = keyof typeof FINDINGS;

/** Severity of each code, and whether `ENFORCEMENT_REPORT` reports an error beside a plan in place of refusing. */
export const FINDINGS = {
  INVALID_PORT: { severity: "error", reportable: false },
  INVALID_CIDR: { severity: "error", reportable: false },
  AMBIGUOUS_OCTET: { severity: "error", reportable: false },
  EMPTY_ITEM: { severity: "error", reportable: false },
  INVALID_INTERFACE: { severity: "error", reportable: false },
  UNSUPPORTED_BY_DIALECT: { severity: "error", reportable: true },
  IP_FAMILY_UNSUPPORTED: { severity: "error", reportable: false },
  TOO_MANY_PORTS: { severity: "error", reportable: false },
  HOST_NETWORK: { severity: "error", reportable: false },
  WINDOWS_POD: { severity: "error", reportable: false },
  RESERVED_PORT_IN_USE: { severity: "error", reportable: true },
  RESERVED_UID_IN_USE: { severity: "error", reportable: true },
  RESERVED_PORT_LISTED: { severity: "warning", reportable: true },
  HOST_BITS_SET: { severity: "warning", reportable: true },
  DUPLICATE_ENTRY: { severity: "warning", reportable: true },
  OVERLAPPING_RANGE: { severity: "warning", reportable: true },
  INCLUDED_AND_EXCLUDED: { severity: "warning", reportable: true },
  EXCLUDES_EVERYTHING: { severity: "warning", reportable: true },
  INCLUDES_EVERYTHING: { severity: "warning", reportable: true },
  MAIN_INTERFACE_EXCLUDED: { severity: "warning", reportable: true },
  WILDCARD_INTERFACE: { severity: "warning", reportable: true },
  UNREACHABLE_RULE: { severity: "warning", reportable: true },
  NOT_RERUNNABLE: { severity: "warning", reportable: true },
  RERUN_DUPLICATES_RULES: { severity: "warning", reportable: true },
  SELF_CALL_BYPASSES_PROXY: { severity: "warning", reportable: true },
  POD_IP_MODE_BREAKS_ADMIN: { severity: "warning", reportable: true },
  IPV6_BYPASSES_MESH: { severity: "warning", reportable: true },
  PROTOCOL_NOT_INTERCEPTED: { severity: "info", reportable: true },
  INIT_CONTAINERS_UNPROXIED: { severity: "info", reportable: true },
  PROBE_PORT_OPEN: { severity: "info", reportable: true },
  UNKNOWN_LOCAL_PROXY_MODE: { severity: "warning", reportable: true },
  ANNOTATION_NOT_READ: { severity: "warning", reportable: true },
  INVALID_IMAGE: { severity: "error", reportable: false },
  TOO_MANY_ITEMS: { severity: "error", reportable: false },
  UNKNOWN_OPTION: { severity: "error", reportable: false },
  SCRIPT_TOO_LONG: { severity: "error", reportable: true },
  INPUT_WITHOUT_EFFECT: { severity: "info", reportable: true },
  INVALID_POD_IP: { severity: "error", reportable: false },
  INVALID_PACKET: { severity: "error", reportable: false },
  INVALID_RULES: { severity: "error", reportable: false },
  FAMILY_NOT_INCLUDED: { severity: "warning", reportable: true },
  WRONG_KIND: { severity: "error", reportable: false },
  LOOPBACK_REDIRECTED: { severity: "warning", reportable: true },
  BACK_END_NOT_CHOSEN: { severity: "info", reportable: true },
} as const satisfies Record<string, { severity: Severity; reportable: boolean }>;

/** One thing found in the inputs or in the plan. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Path of the field in the names of the JSON form; empty when it is about the plan as a whole. */
  readonly field: string;
  /** The offending value, fit to print: see `quote`. */
  readonly value: string;
  /** What is wrong, with the value and the limit in it. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** A finding of a code, with the severity that the code has. */
export function finding(code: FindingCode, about: Omit<Finding, "code" | "severity">): Finding {
  return { code, severity: FINDINGS[code].severity, ...about };
}

/** Whether the findings refuse the request: an error that enforcement does not let pass. */
export function refuses(findings: readonly Finding[], enforcement: "strict" | "report"): boolean {
  return findings.some(
    ({ code, severity }) => severity === "error" && !(enforcement === "report" && FINDINGS[code].reportable),
  );
}
