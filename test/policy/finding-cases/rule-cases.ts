import type { PlanInput } from "../../../src/policy/inputs.ts";
import { type FindingCases, traffic } from "./finding-case.ts";

const POD_IP_MODE: PlanInput = { meshConfig: { spec: { sidecar: { localProxyMode: "PodIP" } } } };
const BOTH_FAMILIES = traffic({ outboundIpRangeExclusionList: ["10.0.0.0/8", "2001:db8::/32"] });

/** What is found by looking at the rules of a plan. */
export const RULE_CASES: FindingCases = {
  UNREACHABLE_RULE: {
    shown: { options: { dialect: "osm-v0.11" } },
    says: {
      field: "",
      value: "-A PROXY_REDIRECT -p tcp -m tcp --dport 15000 -j ACCEPT",
      message:
        "No packet can reach '-A PROXY_REDIRECT -p tcp -m tcp --dport 15000 -j ACCEPT': '-A PROXY_REDIRECT -p tcp -j REDIRECT --to-ports 15001' takes all that it would match",
    },
    absent: { options: { dialect: "hardened" } },
  },
  SELF_CALL_BYPASSES_PROXY: {
    shown: { pod: { status: { podIp: "10.244.0.7" } }, options: { dialect: "osm-v0.11" } },
    says: {
      field: "",
      value: "10.244.0.7",
      message:
        "What the proxy sends to its own pod at 10.244.0.7 does not go to the inbound listener ('-A PROXY_OUTPUT -m owner --uid-owner 1500 -j RETURN' takes it): an app that calls its own pod through its service reaches itself without inbound mTLS",
    },
    absent: { pod: { status: { podIp: "10.244.0.7" } }, options: { dialect: "osm-v1.1" } },
  },
  POD_IP_MODE_BREAKS_ADMIN: {
    shown: { ...POD_IP_MODE, options: { dialect: "osm-v1.2" } },
    says: {
      field: "meshConfig.spec.sidecar.localProxyMode",
      value: "PodIP",
      message:
        "'-A OUTPUT -d 127.0.0.1/32 -o lo -p tcp -m owner --uid-owner 1500 -j DNAT --to-destination $POD_IP' also takes the proxy's calls to its admin port 15000, which listens on loopback alone: its metrics break",
    },
    absent: { ...POD_IP_MODE, options: { dialect: "hardened" } },
  },
  LOOPBACK_REDIRECTED: {
    shown: { options: { dialect: "osm-v1.2" } },
    says: {
      field: "",
      value: "127.0.0.2",
      message:
        "What the proxy sends to 127.0.0.2, which is loopback too, goes to port 15003 of the sidecar ('-A OSM_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15003' takes it)",
    },
    absent: { options: { dialect: "hardened" } },
  },
  BACK_END_NOT_CHOSEN: {
    shown: { options: { dialect: "osm-v1.2" } },
    says: {
      field: "",
      value: "",
      message:
        "The script of OSM 1.2 runs whichever iptables the image has, legacy or nf_tables, and does not wait while another program changes rules",
    },
    absent: { options: { dialect: "osm-v1.2", scriptFormat: "nftables" } },
  },
  INPUT_WITHOUT_EFFECT: {
    shown: { ...BOTH_FAMILIES, options: { dialect: "hardened", ipFamilies: "ipv4" } },
    says: {
      field: "meshConfig.spec.traffic.outboundIPRangeExclusionList[1]",
      value: "2001:db8::/32",
      message: "Range 2001:db8::/32 has no effect: the plan is for IPv4 alone",
    },
    absent: { ...BOTH_FAMILIES, options: { dialect: "hardened", ipFamilies: "dual" } },
  },
};
