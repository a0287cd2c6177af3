import { CONNECTION_STATES, type ConnectionState, type Match } from "../ruleset/rule.ts";
import { readAddressSpan } from "./address-text.ts";
import type { FamilyGuard } from "./family.ts";
import { readIds, readPortList, readPorts } from "./number-text.ts";
import { refuse } from "./parse-error.ts";
import type { Word } from "./word.ts";

/** An option of a match extension that the model knows. */
export interface MatchOption {
  /** How many words follow the option: none or one. */
  readonly values: 0 | 1;
  /** The condition; undefined when the model has no form for that value. */
  readonly read: (value: Word, negated: boolean, family: FamilyGuard) => Match | undefined;
}

/** The options of an extension, in every spelling. Undefined: iptables knows the option, the model does not. */
type Options = ReadonlyMap<string, MatchOption | undefined>;

/**
 * The match extensions that the model knows, by name, with all options that they have in iptables 1.4 to 1.8
 * (man iptables-extensions), so that no option is taken for one of another extension.
 */
const EXTENSIONS: ReadonlyMap<string, Options> = new Map([
  ["tcp", portOptions("--tcp-flags", "--syn", "--tcp-option")],
  ["udp", portOptions()],
  ["udplite", portOptions()],
  ["sctp", portOptions("--chunk-types")],
  ["dccp", portOptions("--dccp-types", "--dccp-option")],
  ["multiport", multiportOptions()],
  ["owner", ownerOptions()],
  ["conntrack", conntrackOptions()],
  ["state", options({ "--state": { values: 1, read: connectionState } })],
  ["comment", options({ "--comment": { values: 1, read: comment } })],
  ["iprange", iprangeOptions()],
  ["icmp", options({}, "--icmp-type")],
  ["icmp6", options({}, "--icmpv6-type")],
  ["ah", options({}, "--ahspi", "--ahlen", "--ahres")],
  ["esp", options({}, "--espspi")],
  ["mh", options({}, "--mh-type")],
]);

/** The extension that `-p` brings with it, so that its options need no `-m`. */
export function extensionOf(protocol: string): string {
  switch (protocol) {
    case "ipv6-icmp":
      return "icmp6";
    case "mobility-header":
      return "mh";
    default:
      return protocol;
  }
}

/** The options of a match extension; undefined when the model does not know it. */
export function matchOptions(extension: string): Options | undefined {
  return EXTENSIONS.get(extension);
}

function options(known: Readonly<Record<string, MatchOption>>, ...others: readonly string[]): Options {
  return new Map<string, MatchOption | undefined>([
    ...Object.entries(known),
    ...others.map((name) => [name, undefined] as const),
  ]);
}

function portOptions(...others: readonly string[]): Options {
  const source = portOption("source-port");
  const destination = portOption("destination-port");
  return options(
    { "--sport": source, "--source-port": source, "--dport": destination, "--destination-port": destination },
    ...others,
  );
}

function portOption(kind: "source-port" | "destination-port"): MatchOption {
  return {
    values: 1,
    read: (value, negated) => {
      const range = readPorts(value);
      return range && { kind, negated, range };
    },
  };
}

function multiportOptions(): Options {
  const source = multiportOption("source-multiport");
  const destination = multiportOption("destination-multiport");
  return options(
    {
      "--sports": source,
      "--source-ports": source,
      "--dports": destination,
      "--destination-ports": destination,
    },
    "--ports",
    "--port",
  );
}

function multiportOption(kind: "source-multiport" | "destination-multiport"): MatchOption {
  return {
    values: 1,
    read: (value, negated) => {
      const ranges = readPortList(value);
      return ranges && { kind, negated, ranges };
    },
  };
}

function ownerOptions(): Options {
  const id = (kind: "owner-uid" | "owner-gid"): MatchOption => ({
    values: 1,
    read: (value, negated) => {
      const ids = readIds(value);
      return ids && { kind, negated, ids };
    },
  });
  // Sockets of the kernel have no owner and exist all the same (net/netfilter/xt_owner.c), which the model has no word for.
  const others = ["--socket-exists", "--suppl-groups"];
  return options({ "--uid-owner": id("owner-uid"), "--gid-owner": id("owner-gid") }, ...others);
}

function conntrackOptions(): Options {
  return options(
    { "--ctstate": { values: 1, read: connectionState } },
    "--ctproto",
    "--ctorigsrc",
    "--ctorigdst",
    "--ctreplsrc",
    "--ctrepldst",
    "--ctorigsrcport",
    "--ctorigdstport",
    "--ctreplsrcport",
    "--ctrepldstport",
    "--ctstatus",
    "--ctexpire",
    "--ctdir",
  );
}

function connectionState(value: Word, negated: boolean): Match {
  const named = new Set<ConnectionState>();
  for (const item of value.text.split(",")) {
    const state = CONNECTION_STATES.find((candidate) => candidate === item.toUpperCase());
    named.add(state ?? refuse(value.place, value.text, `states of ${CONNECTION_STATES.join(", ")}`));
  }
  const states = CONNECTION_STATES.filter((state) => named.has(state));
  return { kind: "connection-state", negated, states };
}

function comment({ text }: Word): Match {
  return { kind: "comment", text };
}

function iprangeOptions(): Options {
  const side = (kind: "source-set" | "destination-set"): MatchOption => ({
    values: 1,
    read: (value, negated, family) => {
      const ranges = readAddressSpan(value);
      for (const range of ranges) family.meets(range.family, value.place, value.text);
      return { kind, negated, ranges, text: value.text };
    },
  });
  return options({ "--src-range": side("source-set"), "--dst-range": side("destination-set") });
}
