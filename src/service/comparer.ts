import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { compareRules, type Difference } from "../analyze/compare.ts";
import type { Packet } from "../analyze/packet.ts";
import { regionText } from "../analyze/region-text.ts";
import { walk } from "../analyze/walk.ts";
import {
  type CompareRequest,
  type CompareResponse,
  CompareResponseSchema,
  type DifferenceSchema,
} from "../gen/redirect/v1/compare_pb.ts";
import { repair } from "./repair.ts";
import { type Rules, readRules } from "./rule-source.ts";
import { withinBudget } from "./service-error.ts";
import { traceMessage } from "./trace-messages.ts";

/** Highest count that the answer's number holds. */
const MAX_COUNT = 2 ** 32 - 1;

/** Tells where two sets of rules differ in what they do. @throws ServiceError when rules cannot be read. */
export function compare(request: CompareRequest): CompareResponse {
  const before = readRules(request.before, "before");
  const after = readRules(request.after, "after");
  const pod = after.pod.addresses.length > 0 ? after.pod : before.pod;
  const { equal, differences, count, notModelled } = withinBudget(() =>
    compareRules(before.chains, after.chains, { pod }),
  );
  const { script = "", notes = [] } = equal ? {} : withinBudget(() => repair(before, after, pod));
  return create(CompareResponseSchema, {
    equal,
    differences: differences.map((difference) => differenceMessage(difference, before, after)),
    differenceCount: Math.min(Number(count), MAX_COUNT),
    repairScript: script,
    repairNotes: [...notes],
    notModelled: [...new Set([...notModelled, ...before.missing, ...after.missing])],
  });
}

function differenceMessage(
  { analysis, direction, family, region, size, example }: Difference,
  before: Rules,
  after: Rules,
): MessageInitShape<typeof DifferenceSchema> {
  const trace = ({ chains, pod }: Rules, packet: Packet) => traceMessage(packet, walk(chains, packet, pod));
  const name = family === "ipv4" ? "IPv4" : "IPv6";
  return {
    region: `${direction} ${name}: ${regionText(analysis.space, region.sides)}`,
    before: trace(before, example),
    after: trace(after, example),
    size: String(size),
  };
}
