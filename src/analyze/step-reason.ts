import { formatAddress } from "../net/address.ts";
import { formatCidr } from "../net/cidr.ts";
import type { Match, Target } from "../ruleset/rule.ts";
import type { Packet } from "./packet.ts";
import type { Step } from "./walk.ts";

/** What a step did to a packet and why, in a few words: `the destination is 192.0.2.9, not in 10.0.0.0/8`. */
export function stepReason(step: Step, packet: Packet): string {
  switch (step.kind) {
    case "policy":
      return `the chain ends here, and its policy is ${step.policy}`;
    case "rule":
      return step.failed === undefined ? effect(step.rule.rule.target) : miss(step.failed, packet);
  }
}

function effect(target: Target): string {
  switch (target.kind) {
    case "jump":
    case "goto":
      return `goes on in ${target.chain}`;
    case "return":
      return "leaves this chain";
    case "accept":
      return "is let through";
    case "drop":
      return "is dropped";
    case "reject":
      return "is rejected";
    case "redirect":
      return `goes to port ${target.port} of this host`;
    case "dnat": {
      const host = target.address.kind === "literal" ? target.address.text : `$${target.address.variable}`;
      return `goes to ${host}${target.port === undefined ? "" : `, port ${target.port}`}`;
    }
    case "source-nat":
      return "gets another source, and is let through";
    case "pass":
      return `is handled by ${target.name}, and the next rule is asked`;
    case "none":
      return "is counted, and the next rule is asked";
    case "unknown":
      return `meets ${target.name}, which is not modelled`;
  }
}

function miss(match: Match, packet: Packet): string {
  const address = (end: "source" | "destination") =>
    formatAddress({ family: packet.family, value: packet[end].address });
  switch (match.kind) {
    case "protocol":
      return `its protocol has number ${packet.protocol}, ${isNot(match.negated)} ${match.protocol}`;
    case "source":
    case "destination":
      return `its ${match.kind} is ${address(match.kind)}, ${inside(match.negated)} ${formatCidr(match.range)}`;
    case "source-set":
    case "destination-set": {
      const end = match.kind === "source-set" ? "source" : "destination";
      return `its ${end} is ${address(end)}, ${inside(match.negated)} ${match.text || "the set"}`;
    }
    case "in-interface":
    case "out-interface":
      return interfaceMiss(match, packet);
    case "source-port":
    case "source-multiport":
      return `its source port is ${packet.source.port}`;
    case "destination-port":
    case "destination-multiport":
      return `its destination port is ${packet.destination.port}`;
    case "owner-uid":
      return packet.owner === undefined ? "no socket sent it" : `its sender's user is ${packet.owner.uid}`;
    case "owner-gid":
      return packet.owner === undefined ? "no socket sent it" : `its sender's group is ${packet.owner.gid}`;
    case "connection-state":
      return `its connection's state is ${packet.state}`;
    case "comment":
      throw new Error("a comment holds for every packet");
    case "unknown":
      return `'${match.text}' is not modelled, and taken not to hold`;
  }
}

function interfaceMiss(
  match: Extract<Match, { kind: "in-interface" | "out-interface" }>,
  packet: Packet,
): string {
  const wayIn = match.kind === "in-interface";
  if (wayIn !== (packet.direction === "inbound")) {
    return wayIn ? "it did not come in by an interface" : "it does not leave by an interface yet";
  }
  return `it ${wayIn ? "came in" : "leaves"} by ${packet.interface}, ${isNot(match.negated)} ${match.name}`;
}

function isNot(negated: boolean): string {
  return negated ? "which is" : "not";
}

function inside(negated: boolean): string {
  return negated ? "which is in" : "not in";
}
