/** OSM 0.8 to 0.11: chains `PROXY_*`, exclusions inserted at the head of their chain. */
import type { Policy } from "../policy/policy.ts";
import { PROXY_PORTS, PROXY_UID } from "../policy/profile.ts";
import type { Operation, Transaction } from "../ruleset/operation.ts";
import {
  ACCEPT,
  append,
  builtIn,
  caused,
  destination,
  destinationPort,
  insert,
  jump,
  newChain,
  ownedBy,
  RETURN,
  redirect,
  TCP,
} from "../ruleset/vocabulary.ts";
import { LOOPBACK_ADDRESS } from "./loopback.ts";
import { portExclusion } from "./port-exclusion.ts";

/** The steps of the script of OSM 0.8 to 0.11, in the order of its text. */
export function osmCommands(policy: Policy): readonly Transaction[] {
  const operations = [...STATIC, ...exclusions(policy)];
  return [{ family: "ipv4", table: "nat", operations }];
}

const STATIC: readonly Operation[] = [
  newChain("PROXY_INBOUND"),
  newChain("PROXY_IN_REDIRECT"),
  newChain("PROXY_OUTPUT"),
  newChain("PROXY_REDIRECT"),
  append(
    "PROXY_REDIRECT",
    builtIn("Outbound TCP goes to the proxy's outbound listener", [TCP], redirect(PROXY_PORTS.outbound)),
  ),
  append(
    "PROXY_REDIRECT",
    builtIn("The proxy's admin port is left alone", [TCP, destinationPort(PROXY_PORTS.admin)], ACCEPT),
  ),
  append("OUTPUT", builtIn("TCP that a process of the pod sends", [TCP], jump("PROXY_OUTPUT"))),
  append(
    "PROXY_OUTPUT",
    builtIn("The proxy's own traffic is left alone, so that it does not loop", [ownedBy(PROXY_UID)], RETURN),
  ),
  append("PROXY_OUTPUT", builtIn("Loopback is left alone", [destination(LOOPBACK_ADDRESS)], RETURN)),
  append("PROXY_OUTPUT", builtIn("All other outbound TCP is redirected", [], jump("PROXY_REDIRECT"))),
  append(
    "PROXY_IN_REDIRECT",
    builtIn("Inbound TCP goes to the proxy's inbound listener", [TCP], redirect(PROXY_PORTS.inbound)),
  ),
  append("PREROUTING", builtIn("TCP that arrives from the network", [TCP], jump("PROXY_INBOUND"))),
  openPort(PROXY_PORTS.prometheus, "Scrapes of the proxy's metrics are left alone"),
  openPort(15901, "Rewritten liveness probes are left alone"),
  openPort(15902, "Rewritten readiness probes are left alone"),
  openPort(15903, "Rewritten startup probes are left alone"),
  append("PROXY_INBOUND", builtIn("All other inbound TCP is redirected", [TCP], jump("PROXY_IN_REDIRECT"))),
];

function openPort(port: number, reason: string): Operation {
  return append("PROXY_INBOUND", builtIn(reason, [TCP, destinationPort(port)], RETURN));
}

function exclusions(policy: Policy): readonly Operation[] {
  return [
    ...policy.outboundRangeExclusions.map(({ cidr, text, origins }) =>
      insert("PROXY_OUTPUT", caused("Excluded outbound range", origins, [destination(cidr, text)], RETURN)),
    ),
    ...portExclusion("PROXY_OUTPUT", "Excluded outbound ports", policy.outboundPortExclusions, insert),
    ...portExclusion("PROXY_INBOUND", "Excluded inbound ports", policy.inboundPortExclusions, insert),
  ];
}
