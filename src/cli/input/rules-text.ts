import { create } from "@bufbuild/protobuf";
import { type RuleSource, RuleSourceSchema } from "../../gen/redirect/v1/explain_pb.ts";
import { describeParseError } from "../../parse/parse-error.ts";
import { parseRules } from "../../parse/rules.ts";
import { readGuardedScript } from "../../service/guarded-script.ts";
import { InputError } from "../input-error.ts";
import type { Io } from "../io.ts";
import { readTextSource } from "./text-source.ts";

/** Rules as a text tells them. */
export interface RulesText {
  /** The path as it was given, or `<stdin>`. */
  readonly name: string;
  /** What the text was taken for: `output of iptables-save v1.8.9 for IPv4`. */
  readonly detected: string;
  /** What the text says of rules that are not in it. */
  readonly warnings: readonly string[];
  readonly source: RuleSource;
}

/**
 * Reads rules from a file, or from standard input for `-`, in whichever form it has them.
 *
 * @throws InputError when it cannot be read, or tells no rules.
 */
export async function readRulesText(file: string, stdin: Io["stdin"]): Promise<RulesText> {
  const { name, text } = await readTextSource(file, stdin);
  if (readGuardedScript(text) !== undefined) {
    const source = create(RuleSourceSchema, { source: sourceFor("script", text) });
    return { name, detected: "a script of the dialect hardened", warnings: [], source };
  }
  const rules = parseRules(text);
  if (!rules.ok) {
    const { line, column } = rules.error;
    const message = describeParseError(rules.error).replace(/^line \d+, column \d+: /, "");
    throw new InputError({ where: `${name}:${line}:${column}`, message });
  }
  const { form, detected, warnings } = rules.value;
  return { name, detected, warnings, source: create(RuleSourceSchema, { source: sourceFor(form, text) }) };
}

function sourceFor(form: "iptables-save" | "restore" | "script" | "nft-json", text: string) {
  switch (form) {
    case "iptables-save":
    case "restore":
      return { case: "iptablesSave", value: text } as const;
    case "script":
      return { case: "script", value: text } as const;
    case "nft-json":
      return { case: "nftJson", value: text } as const;
  }
}
