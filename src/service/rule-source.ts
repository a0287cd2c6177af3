import type { PodFacts } from "../analyze/fate.ts";
import { type LinkError, type LinkedChains, linkChains } from "../analyze/link.ts";
import type { RuleSource } from "../gen/redirect/v1/explain_pb.ts";
import { ScriptFormat } from "../gen/redirect/v1/plan_pb.ts";
import { describeParseError } from "../parse/parse-error.ts";
import { parseRules, type RuleForm } from "../parse/rules.ts";
import type { PodPlan } from "../plan.ts";
import { quote } from "../policy/quote.ts";
import type { BackEnd } from "../render/guarded/back-end.ts";
import { ruleText } from "../render/rule-text.ts";
import type { Chain } from "../ruleset/rule.ts";
import { readGuardedScript } from "./guarded-script.ts";
import { invalidRules } from "./invalid-rules.ts";
import { planChains } from "./plan-chains.ts";
import { planOf } from "./plan-of.ts";

/** A set of rules, ready to be asked. */
export interface Rules {
  readonly chains: LinkedChains;
  /** What the source says of the pod. */
  readonly pod: PodFacts;
  /** What the source would have them kept by, where it says so. */
  readonly keeper?: "nftables";
  /** The back end of iptables that the source asks for. */
  readonly backEnd: BackEnd;
  /** What the source itself says of rules that are there and not in it. */
  readonly missing: readonly string[];
}

/**
 * Reads a set of rules.
 *
 * @param path Where it stands in the request: `rules`.
 * @throws ServiceError when it is none.
 */
export function readRules(source: RuleSource | undefined, path: string): Rules {
  const given = source?.source;
  switch (given?.case) {
    case undefined:
      throw invalidRules(path, "", "no rules are given");
    case "request":
      return {
        ...rulesOfPlan(planOf(given.value), path),
        ...(given.value.options?.scriptFormat === ScriptFormat.NFTABLES && { keeper: "nftables" }),
      };
    case "plan":
      return unplanned(planChains(given.value, `${path}.plan`), path);
    case "iptablesSave":
      return parsed(given.value, `${path}.iptablesSave`, ["iptables-save", "restore"]);
    case "script":
      return parsed(given.value, `${path}.script`, ["script", "restore"]);
    case "nftJson":
      return parsed(given.value, `${path}.nftJson`, ["nft-json"]);
  }
}

/** The rules of a plan. */
export function rulesOfPlan({ chains, policy }: PodPlan, path: string): Rules {
  const pod = { addresses: policy.podAddresses };
  return { chains: link(chains, path), pod, backEnd: policy.iptablesBackend ?? "auto", missing: [] };
}

function parsed(text: string, path: string, forms: readonly RuleForm[]): Rules {
  const guarded = forms.includes("script") ? readGuardedScript(text) : undefined;
  if (guarded !== undefined) return unplanned(guarded, path);
  const rules = parseRules(text);
  if (!rules.ok) throw invalidRules(path, "", describeParseError(rules.error));
  const { form, detected, chains, failures, warnings } = rules.value;
  if (!forms.includes(form)) throw invalidRules(path, "", `this is ${detected}`);
  const [failure] = failures;
  if (failure !== undefined) {
    throw invalidRules(
      path,
      failure.text,
      `line ${failure.line}: iptables would refuse '${quote(failure.text)}': ${failure.reason}`,
    );
  }
  return { ...unplanned(chains, path), missing: warnings };
}

function unplanned(chains: readonly Chain[], path: string): Rules {
  return { chains: link(chains, path), pod: { addresses: [] }, backEnd: "auto", missing: [] };
}

/** Chains ready to be asked. @throws ServiceError when the kernel would refuse them. */
export function link(chains: readonly Chain[], path: string): LinkedChains {
  const linked = linkChains(chains);
  if (linked.ok) return linked.value;
  throw invalidRules(path, "", whyUnlinked(linked.error));
}

function whyUnlinked(error: LinkError): string {
  const { chain } = error;
  switch (error.kind) {
    case "duplicate-chain":
      return `table ${chain.table} has two chains ${quote(chain.name)}`;
    case "missing-chain": {
      const rule = chain.rules[error.index];
      const text = rule === undefined ? "" : ` in '${ruleText(chain.name, rule)}'`;
      return `table ${chain.table} has no chain ${quote(error.target)}${text}`;
    }
    case "misplaced-target": {
      const rule = chain.rules[error.index];
      const text = rule === undefined ? "" : `'${ruleText(chain.name, rule)}' `;
      return `the kernel refuses ${text}in table ${chain.table}`;
    }
    case "loop":
      return `chain ${quote(chain.name)} of table ${chain.table} can reach itself, or only a loop leads to it`;
  }
}
