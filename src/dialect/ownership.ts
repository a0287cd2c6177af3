/** Which rules of a live table are those of a mesh, whatever version of it and whatever inputs they were made for. */

import { knownRange } from "../net/known-ranges.ts";
import { PROXY_UID } from "../policy/profile.ts";
import type { Ownership } from "../ruleset/repair.ts";
import type { Rule } from "../ruleset/rule.ts";
import { ruleKey } from "../ruleset/rule-key.ts";
import {
  builtIn,
  destination,
  destinationPort,
  dnatTo,
  outInterface,
  ownedBy,
  TCP,
  UDP,
} from "../ruleset/vocabulary.ts";
import { LOOPBACK_ADDRESS } from "./loopback.ts";

/** The chains of every dialect. */
const CHAIN =
  /^(?:PROXY_(?:INBOUND|IN_REDIRECT|OUTPUT|REDIRECT)|(?:OSM|FSM)_PROXY_(?:INBOUND|IN_REDIRECT|OUTBOUND|OUT_REDIRECT))$/;

/** What dialects put into built-in chains beside jumps, PodIP mode by its conditions: its address is that of a pod. */
const DNS_PROXY = ruleKey(
  builtIn(
    "",
    [UDP, destination(knownRange("127.0.0.153/32")), destinationPort(53)],
    dnatTo("127.0.0.153", 5300),
  ),
);
const POD_IP_MODE = conditionsKey(
  builtIn("", [TCP, outInterface("lo"), destination(LOOPBACK_ADDRESS), ownedBy(PROXY_UID)], { kind: "none" }),
);

/** What in a live table is of OSM, FSM or this planner. */
export const MESH_OWNERSHIP: Ownership = {
  chain: (name) => CHAIN.test(name),
  rule: (rule) =>
    ruleKey(rule) === DNS_PROXY || (rule.target.kind === "dnat" && conditionsKey(rule) === POD_IP_MODE),
};

function conditionsKey(rule: Rule): string {
  return ruleKey({ ...rule, target: { kind: "none" } });
}
