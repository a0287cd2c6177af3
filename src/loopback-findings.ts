import type { LinkedChains } from "./analyze/link.ts";
import { walk } from "./analyze/walk.ts";
import { formatAddress } from "./net/address.ts";
import { type Finding, finding } from "./policy/finding.ts";
import type { Policy } from "./policy/policy.ts";
import { fromProxy, knownAddress, unlistedPort } from "./proxy-findings.ts";
import { ruleText } from "./render/rule-text.ts";

/** A loopback address that is not the one which every process means by localhost (RFC 1122, 3.2.1.3). */
const OTHER_LOOPBACK = knownAddress("127.0.0.2");

/** A user as whom no proxy runs. */
const APP_UID = 1000;

/** All of 127.0.0.0/8 is loopback: rules that leave 127.0.0.1 alone send what goes to the rest to the sidecar. */
export function loopbackFindings(chains: LinkedChains, policy: Policy): readonly Finding[] {
  if (policy.ipFamilies === "ipv6") return [];
  const call = fromProxy(OTHER_LOOPBACK, unlistedPort(policy));
  const senders = [
    { who: "the app", packet: { ...call, owner: { uid: APP_UID, gid: APP_UID } } },
    { who: "the proxy", packet: call },
  ];
  for (const { who, packet } of senders) {
    const { fate, by } = walk(chains, packet).decision;
    if (fate.kind !== "redirected" || by === undefined) continue;
    const text = formatAddress(OTHER_LOOPBACK);
    return [
      finding("LOOPBACK_REDIRECTED", {
        field: "",
        value: text,
        message: `What ${who} sends to ${text}, which is loopback too, goes to port ${fate.port} of the sidecar ('${ruleText(by.chain.name, by.rule)}' takes it)`,
        remedy: "Plan with the dialect hardened, or use 127.0.0.1 alone.",
      }),
    ];
  }
  return [];
}
