import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Decision } from "../analyze/fate.ts";
import type { Packet, TrackedState } from "../analyze/packet.ts";
import { stepReason } from "../analyze/step-reason.ts";
import type { Step, Trace } from "../analyze/walk.ts";
import {
  ConnectionState,
  Direction,
  Disposition_Kind,
  type DispositionSchema,
  type PacketSchema,
  Protocol,
  type StepSchema,
  type Trace as TraceMessage,
  TraceSchema,
} from "../gen/redirect/v1/packet_pb.ts";
import { formatAddress } from "../net/address.ts";
import { ruleText } from "../render/rule-text.ts";
import { originMessage } from "./origin-messages.ts";
import { chainPlace, ruleMessage } from "./ruleset-messages.ts";

/** What happened to a packet, in the contract's words. */
export function traceMessage(packet: Packet, trace: Trace): TraceMessage {
  const assumed = trace.steps.flatMap((step) => (step.kind === "rule" ? step.assumed : []));
  return create(TraceSchema, {
    steps: trace.steps.map((step) => stepMessage(step, packet)),
    disposition: dispositionMessage(trace.decision),
    notModelled: [...new Set(assumed)],
    packet: packetMessage(packet),
  });
}

function stepMessage(step: Step, packet: Packet): MessageInitShape<typeof StepSchema> {
  const reason = stepReason(step, packet);
  if (step.kind === "policy") return { ...chainPlace(step.chain), matched: true, reason };
  const { chain, index, rule } = step.rule;
  return {
    ...chainPlace(chain),
    ruleIndex: index,
    rule: ruleMessage(chain.name, rule),
    matched: step.failed === undefined,
    reason,
  };
}

/** What became of a packet, in the contract's words. */
export function dispositionMessage({ fate, by }: Decision): MessageInitShape<typeof DispositionSchema> {
  const origin = by?.rule.origins[0];
  const decided = {
    rule: by === undefined ? "" : ruleText(by.chain.name, by.rule),
    ...(origin !== undefined && { origin: originMessage(origin) }),
  };
  switch (fate.kind) {
    case "untouched":
      return { kind: Disposition_Kind.UNTOUCHED, ...decided };
    case "accepted":
      return { kind: Disposition_Kind.ACCEPTED, ...decided };
    case "dropped":
      return { kind: Disposition_Kind.DROPPED, ...decided };
    case "redirected":
      return { kind: Disposition_Kind.REDIRECTED, port: fate.port, ...decided };
    case "dnat":
      return { kind: Disposition_Kind.DNAT, address: fate.address, port: fate.port ?? 0, ...decided };
    case "not-modelled":
      return { kind: Disposition_Kind.NOT_MODELLED, ...decided };
  }
}

const STATES: Readonly<Record<TrackedState, ConnectionState>> = {
  NEW: ConnectionState.NEW,
  ESTABLISHED: ConnectionState.ESTABLISHED,
  RELATED: ConnectionState.RELATED,
  INVALID: ConnectionState.INVALID,
  UNTRACKED: ConnectionState.UNTRACKED,
};

const PROTOCOLS: ReadonlyMap<number, Protocol> = new Map([
  [6, Protocol.TCP],
  [17, Protocol.UDP],
  [132, Protocol.SCTP],
  [1, Protocol.ICMP],
  [58, Protocol.ICMP],
]);

/** A packet in the contract's words. A protocol that these do not have is left unspecified. */
export function packetMessage(packet: Packet): MessageInitShape<typeof PacketSchema> {
  const { direction, family, source, destination, owner } = packet;
  const address = (value: bigint) => formatAddress({ family, value });
  return {
    direction: direction === "inbound" ? Direction.INBOUND : Direction.OUTBOUND,
    protocol: PROTOCOLS.get(packet.protocol) ?? Protocol.UNSPECIFIED,
    source: { address: address(source.address), port: source.port },
    destination: { address: address(destination.address), port: destination.port },
    interface: packet.interface,
    ...(owner !== undefined && { owner }),
    connectionState: STATES[packet.state],
  };
}
