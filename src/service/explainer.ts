import { create } from "@bufbuild/protobuf";
import { walk } from "../analyze/walk.ts";
import {
  type ExplainRequest,
  type ExplainResponse,
  ExplainResponseSchema,
} from "../gen/redirect/v1/explain_pb.ts";
import { type Finding, finding } from "../policy/finding.ts";
import { readPacket } from "./packet-input.ts";
import { refusal } from "./refusal.ts";
import { readRules } from "./rule-source.ts";
import { traceMessage } from "./trace-messages.ts";

/** Most packets of one request. */
const MAX_PACKETS = 1_000;

/** Tells what happens to packets. @throws ServiceError when rules or packets cannot be read. */
export function explain({ rules: source, packets }: ExplainRequest): ExplainResponse {
  if (packets.length > MAX_PACKETS) throw refusal([tooMany(packets.length)], "strict");
  const { chains, pod, missing } = readRules(source, "rules");
  const findings: Finding[] = [];
  const read = packets.map((packet, index) => readPacket(packet, `packets[${index}]`, pod, findings));
  if (findings.length > 0) throw refusal(findings, "strict");
  const traces = read.flatMap((packet) => {
    if (packet === undefined) return [];
    const trace = traceMessage(packet, walk(chains, packet, pod));
    return [{ ...trace, notModelled: [...trace.notModelled, ...missing] }];
  });
  return create(ExplainResponseSchema, { traces });
}

function tooMany(count: number): Finding {
  return finding("TOO_MANY_ITEMS", {
    field: "packets",
    value: String(count),
    message: `packets has ${count} items; a request may have ${MAX_PACKETS}`,
    remedy: "Ask again with fewer packets a request.",
  });
}
