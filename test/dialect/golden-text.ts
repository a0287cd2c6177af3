import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { originPath } from "../../src/origin.ts";
import type { PlanOutcome, PodPlan } from "../../src/plan.ts";
import type { Finding } from "../../src/policy/finding.ts";
import { type Dialect, type PlanInput, SCRIPT_FORMATS, type ScriptFormat } from "../../src/policy/inputs.ts";
import { ruleText } from "../../src/render/rule-text.ts";
import type { Chain } from "../../src/ruleset/rule.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import { refutations } from "../proof/refutations.ts";
import { lineDifference } from "./line-difference.ts";

/** The feature that is written in full. What the others have in common with it they do not repeat. */
export const DEFAULTS = "defaults";

/** Parts of an answer, by their names, as a golden file has them. */
type Parts = Readonly<Record<string, unknown>>;

/**
 * What a person wants to see of a dialect's answer to an input, in every format: the script in the dialect's own
 * format in full, and of the rest what differs from the defaults.
 */
export function goldenText(feature: string, dialect: Dialect, input: PlanInput): string {
  const heading = `# What ${dialect} makes of in.yaml. UPDATE_GOLDEN=1 npm test rewrites it.`;
  const parts = answer(input);
  const isDefaults = feature === DEFAULTS;
  const shown = isDefaults ? parts : besideDefaults(parts, answer({ options: { dialect } }));
  const missing = isDefaults ? "" : ` What is not here is as in ../${DEFAULTS}.`;
  return `${heading}${missing}\n${stringify(shown, { lineWidth: 0, blockQuote: "literal" })}`;
}

function answer(input: PlanInput): Parts {
  const native = provedPlan(input);
  if (native.kind !== "planned") return { outcome: outcomeText(native) };
  const { plan } = native;
  const forms = SCRIPT_FORMATS.map((format) => [format, inFormat(input, format)] as const);
  return {
    outcome: "planned",
    findings: plan.findings.map(findingText),
    script: scriptText(plan.script),
    chains: plan.chains.map(chainText).join("\n"),
    proof: proofText(plan),
    "init container": initContainerText(plan),
    cleanup: scriptText(plan.cleanupScript),
    ...Object.fromEntries(forms.map(([format, outcome]) => [`as ${format}`, formText(outcome, plan)])),
    needs: forms
      .flatMap(([format, outcome]) => (outcome.kind === "planned" ? needs(format, outcome.plan) : []))
      .join(""),
  };
}

/** The parts without what the defaults have too. The script stays in full. */
function besideDefaults(parts: Parts, defaults: Parts): Parts {
  return Object.fromEntries(
    Object.entries(parts).flatMap(([name, part]) => {
      const usual = defaults[name];
      if (name === "outcome" || name === "script") return [[name, part]];
      if (isDeepStrictEqual(part, usual)) return [];
      if (!isText(part) || !isText(usual)) return [[name, part]];
      return [[`${name}, beside the defaults`, lineDifference(usual, part)]];
    }),
  );
}

function isText(part: unknown): part is string {
  return typeof part === "string" && part.includes("\n");
}

function inFormat(input: PlanInput, scriptFormat: ScriptFormat): PlanOutcome {
  return provedPlan({ ...input, options: { ...input.options, scriptFormat } });
}

function formText(outcome: PlanOutcome, native: PodPlan): unknown {
  if (outcome.kind !== "planned") return outcomeText(outcome);
  return outcome.plan.script === native.script ? "the script" : scriptText(outcome.plan.script);
}

function outcomeText(outcome: Exclude<PlanOutcome, { kind: "planned" }>): object {
  switch (outcome.kind) {
    case "refused":
      return { refused: outcome.findings.map(findingText) };
    case "inexpressible":
      return { inexpressible: outcome.reason };
  }
}

function findingText({ code, severity, field, message }: Finding): object {
  return { [code]: severity, ...(field !== "" && { field }), message };
}

/** A document as it is. A command line with its parts under one another: the line is these joined by ` && `. */
function scriptText(script: string): string {
  return script.includes("\n") ? script : `${script.split(" && ").join("\n&& ")}\n`;
}

/** What the proof of a plan refutes. */
function proofText(plan: PodPlan): object {
  const refuted = refutations(plan);
  return refuted.length === 0 ? { holds: true } : { holds: false, refuted };
}

function initContainerText(plan: PodPlan): object {
  const { args, ...rest } = plan.initContainer;
  return { ...rest, args: args.map((argument) => (argument === plan.script ? "(the script)" : argument)) };
}

/** A chain as `iptables-save` prints it, each rule under its reason and the inputs that caused it. */
function chainText({ family, table, name, hook, rules }: Chain): string {
  const lines = rules.map((rule) => {
    const inputs = rule.origins.flatMap((origin) => (origin.kind === "built-in" ? [] : [originPath(origin)]));
    const because = inputs.length === 0 ? "" : `, by ${inputs.join(" and ")}`;
    return `# ${rule.reason}${because}\n${ruleText(name, rule)}\n`;
  });
  return `*${table} ${family} :${name}${hook === undefined ? "" : ` at ${hook}`}\n${lines.join("")}`;
}

/** What a format's script needs, a line each. */
function needs(format: ScriptFormat, { prerequisites }: PodPlan): readonly string[] {
  const { tables, matches, targets, kernelModules, capabilities, tools } = prerequisites;
  const needed: Readonly<Record<string, readonly string[]>> = {
    tools: tools.map(({ name, minimumVersion }) => `${name} ${minimumVersion}`.trim()),
    capabilities,
    tables,
    matches,
    targets,
    "modules of legacy/nf_tables": kernelModules.map(
      ({ legacy, nfTables }) => `${legacy || "-"}/${nfTables || "-"}`,
    ),
  };
  return Object.entries(needed).map(([what, names]) => `${format}: ${what} ${names.join(", ") || "-"}\n`);
}
