import type { Chain, Match, Target } from "../ruleset/rule.ts";

/** What the node and the pod must offer for a script to run. */
export interface Prerequisites {
  readonly tables: readonly string[];
  /** Extensions of iptables that match, by name. */
  readonly matches: readonly string[];
  /** Targets of iptables that are extensions, by name. */
  readonly targets: readonly string[];
  readonly kernelModules: readonly KernelModule[];
  /** Linux capabilities, without `CAP_`. */
  readonly capabilities: readonly string[];
  readonly tools: readonly Tool[];
  /** Whether the PodSecurity standard `restricted` allows the init container. */
  readonly allowedByPodSecurityRestricted: boolean;
}

/** A kernel module by its names under the two back ends of iptables. */
export interface KernelModule {
  readonly legacy: string;
  readonly nfTables: string;
}

/** A program that the image must have. */
export interface Tool {
  readonly name: string;
  /** Least version that has what the script uses; empty when any will do. */
  readonly minimumVersion: string;
}

/** Where the nat table lives in the two back ends. */
const NAT_MODULE: KernelModule = { legacy: "iptable_nat", nfTables: "nft_chain_nat" };

/** Modules of the extensions. iptables-nft loads the same ones as legacy, through `nft_compat`. */
const MODULES: Readonly<Record<string, string>> = {
  tcp: "xt_tcpudp",
  udp: "xt_tcpudp",
  multiport: "xt_multiport",
  owner: "xt_owner",
  comment: "xt_comment",
  REDIRECT: "xt_REDIRECT",
  DNAT: "xt_nat",
};

/** What chains of iptables need, run by the given tools. */
export function prerequisitesOf(chains: readonly Chain[], tools: readonly Tool[]): Prerequisites {
  const rules = chains.flatMap((chain) => chain.rules);
  const matches = distinct(rules.flatMap((rule) => rule.matches.flatMap(matchExtension)));
  const targets = distinct(rules.flatMap((rule) => targetExtension(rule.target)));
  const modules = distinct(
    [...matches, ...targets].map((extension) => MODULES[extension] ?? `xt_${extension}`),
  );
  return {
    tables: distinct(chains.map(({ table }) => table)),
    matches,
    targets,
    kernelModules: [NAT_MODULE, ...modules.map((name) => ({ legacy: name, nfTables: name }))],
    capabilities: ["NET_ADMIN"],
    tools,
    // `restricted` allows no added capability but NET_BIND_SERVICE, and no container that runs as root.
    allowedByPodSecurityRestricted: false,
  };
}

function matchExtension(match: Match): readonly string[] {
  switch (match.kind) {
    case "source-port":
    case "destination-port":
      return ["tcp"];
    case "source-multiport":
    case "destination-multiport":
      return ["multiport"];
    case "owner-uid":
    case "owner-gid":
      return ["owner"];
    case "comment":
      return ["comment"];
    case "connection-state":
      return ["conntrack"];
    case "source-set":
    case "destination-set":
      return ["iprange"];
    case "unknown":
      return [match.name];
    case "protocol":
    case "source":
    case "destination":
    case "in-interface":
    case "out-interface":
      return [];
  }
}

function targetExtension(target: Target): readonly string[] {
  switch (target.kind) {
    case "redirect":
      return ["REDIRECT"];
    case "dnat":
      return ["DNAT"];
    case "reject":
      return ["REJECT"];
    case "source-nat":
    case "pass":
    case "unknown":
      return [target.name];
    case "jump":
    case "goto":
    case "return":
    case "accept":
    case "drop":
    case "none":
      return [];
  }
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
