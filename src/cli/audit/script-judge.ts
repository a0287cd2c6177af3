import { create } from "@bufbuild/protobuf";
import { LRUCache } from "lru-cache";
import { compareRules, type Difference } from "../../analyze/compare.ts";
import type { Decision } from "../../analyze/fate.ts";
import { linkChains } from "../../analyze/link.ts";
import { TooComplexError } from "../../analyze/too-complex-error.ts";
import { DispositionSchema, PacketSchema } from "../../gen/redirect/v1/packet_pb.ts";
import { formatAddress, type IpAddress } from "../../net/address.ts";
import { describeParseError } from "../../parse/parse-error.ts";
import { parseRules } from "../../parse/rules.ts";
import type { PodPlan } from "../../plan.ts";
import type { Chain } from "../../ruleset/rule.ts";
import { readGuardedScript } from "../../service/guarded-script.ts";
import { dispositionMessage, packetMessage } from "../../service/trace-messages.ts";
import { fateText } from "../output/disposition-text.ts";
import { packetText } from "../output/packet-text.ts";
import type { Verdict } from "./verdict.ts";

/**
 * Judges a script that is not, to the letter, the one that a plan has. Of a pod whose addresses are known, packets of
 * their families count.
 */
export type ScriptJudge = (running: string, plan: PodPlan, addresses: readonly IpAddress[]) => Verdict;

/** Most pairs of scripts whose verdict is kept. */
const KEPT_VERDICTS = 1_024;

/** Most characters of scripts that are kept with them. */
const KEPT_CHARACTERS = 32_000_000;

/** A judge that keeps its verdicts, within bounds: the pods of a workload run the same script. */
export function createScriptJudge(): ScriptJudge {
  const kept = new LRUCache<string, Verdict>({
    max: KEPT_VERDICTS,
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (_, key) => key.length,
  });
  return (running, plan, addresses) => {
    // Beside its family an address only counts where a script leaves it to the pod, or has it written out.
    const hasAddress = [running, plan.script].some((script) => /POD_IP|DNAT|dnat/.test(script));
    const about = addresses.map((address) => (hasAddress ? formatAddress(address) : address.family));
    const key = JSON.stringify([running, plan.script, about]);
    const verdict = kept.get(key) ?? judge(running, plan, addresses);
    kept.set(key, verdict);
    return verdict;
  };
}

function judge(running: string, plan: PodPlan, addresses: readonly IpAddress[]): Verdict {
  const read = readChains(running);
  if (typeof read === "string") return { kind: "unknown", reason: read };
  const [before, after] = [linkChains(read), linkChains(plan.chains)];
  if (!before.ok) return { kind: "unknown", reason: `the kernel refuses its rules: ${before.error.kind}` };
  if (!after.ok) throw new Error(`the chains of a plan cannot be linked: ${after.error.kind}`);
  try {
    const families = addresses.map(({ family }) => family);
    const { equal, count, differences, notModelled } = compareRules(before.value, after.value, {
      pod: { addresses },
      ...(families.length > 0 && { families }),
      limit: 1,
    });
    const [largest] = differences;
    if (largest !== undefined) return { kind: "different", change: { kinds: count, ...example(largest) } };
    if (equal && notModelled.length === 0) return { kind: "equivalent" };
    return { kind: "unknown", reason: `not modelled: ${notModelled.join(", ")}` };
  } catch (error) {
    if (error instanceof TooComplexError) return { kind: "unknown", reason: error.message };
    throw error;
  }
}

/** The chains that a script makes in a pod that has none, or why they are not known. */
function readChains(script: string): readonly Chain[] | string {
  const rules = parseRules(script);
  if (!rules.ok) return readGuardedScript(script) ?? `not read: ${describeParseError(rules.error)}`;
  const [failure] = rules.value.failures;
  if (failure !== undefined) return `line ${failure.line} of its script fails: ${failure.reason}`;
  return rules.value.chains;
}

function example({ family, example: packet, before, after }: Difference) {
  const fate = (decision: Decision): string =>
    fateText(create(DispositionSchema, dispositionMessage(decision))).words;
  return {
    packet: packetText(create(PacketSchema, packetMessage({ ...packet, family }))),
    running: fate(before),
    wanted: fate(after),
  };
}
