import { type Disposition, Disposition_Kind, type Endpoint } from "../../gen/redirect/v1/packet_pb.ts";
import { PROXY_PORTS } from "../../policy/profile.ts";
import type { Style } from "./palette.ts";

/** A fate in words, and the colour that people know it by: green for what the sidecar gets. */
export interface FateText {
  readonly words: string;
  readonly style: Style;
}

/** `redirected to port 15001, the sidecar's outbound listener`. */
export function fateText({ kind, port, address }: Disposition): FateText {
  switch (kind) {
    case Disposition_Kind.REDIRECTED:
      return { words: `redirected to port ${port}${listener(port)}`, style: "green" };
    case Disposition_Kind.DNAT:
      return { words: `sent on to ${host({ address, port })}`, style: "green" };
    case Disposition_Kind.UNTOUCHED:
      return { words: "left alone: it goes where it was sent", style: "yellow" };
    case Disposition_Kind.ACCEPTED:
      return { words: "accepted: it goes where it was sent", style: "yellow" };
    case Disposition_Kind.DROPPED:
      return { words: "dropped", style: "red" };
    // The service gives no other number than those above and NOT_MODELLED.
    default:
      return { words: "unknown: a target that is not modelled took it", style: "red" };
  }
}

/** `10.96.0.5:443`, `[2001:db8::1]:443`, and the address alone without a port. */
export function host({ address, port }: Pick<Endpoint, "address" | "port">): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function listener(port: number): string {
  switch (port) {
    case PROXY_PORTS.outbound:
      return ", the sidecar's outbound listener";
    case PROXY_PORTS.inbound:
      return ", the sidecar's inbound listener";
    default:
      return "";
  }
}
