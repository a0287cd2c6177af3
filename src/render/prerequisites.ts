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

/**
 * Modules of the extensions by the names they have under both back ends: iptables-nft loads the same extensions through
 * `nft_compat`, but says ports, comments and most plain matches in nftables' own words.
 */
const EXTENSION_MODULES: Readonly<Record<string, KernelModule>> = {
  tcp: { legacy: "xt_tcpudp", nfTables: "" },
  multiport: { legacy: "xt_multiport", nfTables: "xt_multiport" },
  owner: { legacy: "xt_owner", nfTables: "xt_owner" },
  comment: { legacy: "xt_comment", nfTables: "xt_comment" },
  REDIRECT: { legacy: "xt_REDIRECT", nfTables: "xt_REDIRECT" },
  DNAT: { legacy: "xt_nat", nfTables: "xt_nat" },
};

/** Modules of the targets in nftables' own words. */
const NFT_MODULES: Readonly<Record<string, string>> = { REDIRECT: "nft_redir", DNAT: "nft_nat" };

/** What chains need, loaded in the given form by a script that needs these programs and capabilities. */
export function prerequisitesOf(
  chains: readonly Chain[],
  form: "commands" | "restore" | "nftables",
  { capabilities, tools }: Pick<Prerequisites, "capabilities" | "tools">,
): Prerequisites {
  const rules = chains.flatMap((chain) => chain.rules);
  const matches = distinct(rules.flatMap((rule) => rule.matches.flatMap(matchExtension)));
  const targets = distinct(rules.flatMap((rule) => targetExtension(rule.target)));
  const native = form === "nftables";
  return {
    tables: distinct(chains.map(({ table }) => table)),
    matches: native ? [] : matches,
    targets: native ? [] : targets,
    kernelModules: native ? nftModules(targets) : iptablesModules([...matches, ...targets]),
    capabilities,
    tools,
    // `restricted` allows no added capability but NET_BIND_SERVICE, and no container that runs as root.
    allowedByPodSecurityRestricted: false,
  };
}

function iptablesModules(extensions: readonly string[]): readonly KernelModule[] {
  const modules = extensions.map(
    (name) => EXTENSION_MODULES[name] ?? { legacy: `xt_${name}`, nfTables: `xt_${name}` },
  );
  return [NAT_MODULE, { legacy: "", nfTables: "nft_compat" }, ...modules];
}

function nftModules(targets: readonly string[]): readonly KernelModule[] {
  const names = ["nf_tables", NAT_MODULE.nfTables, ...targets.flatMap((target) => NFT_MODULES[target] ?? [])];
  return names.map((nfTables) => ({ legacy: "", nfTables }));
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
