import { annotated, type FindingCases, traffic } from "./finding-case.ts";

const OUTBOUND_PORTS = 'pod.metadata.annotations["openservicemesh.io/outbound-port-exclusion-list"]';
const OUTBOUND_RANGES = 'pod.metadata.annotations["openservicemesh.io/outbound-ip-range-exclusion-list"]';
const MESH = "meshConfig.spec.traffic";

/** What is found in the lists of the mesh config and of the pod's annotations. */
export const LIST_CASES: FindingCases = {
  INVALID_PORT: {
    shown: annotated("outbound-port-exclusion-list", "80, 70000"),
    says: {
      field: `${OUTBOUND_PORTS}[1]`,
      value: "70000",
      message:
        "Invalid port value '70000' specified for annotation 'openservicemesh.io/outbound-port-exclusion-list': it is not from 1 to 65535",
    },
    absent: annotated("outbound-port-exclusion-list", "1, 65535"),
  },
  INVALID_CIDR: {
    shown: traffic({ outboundIpRangeExclusionList: ["10.0.0.0/8", "10.0.0.0/33"] }),
    says: {
      field: `${MESH}.outboundIPRangeExclusionList[1]`,
      value: "10.0.0.0/33",
      message: `Invalid IP range '10.0.0.0/33' in ${MESH}.outboundIPRangeExclusionList: the prefix length '33' is not a number from 0 to 32`,
    },
    absent: traffic({ outboundIpRangeExclusionList: ["10.0.0.0/8", "10.0.0.0/32"] }),
  },
  AMBIGUOUS_OCTET: {
    shown: annotated("outbound-ip-range-exclusion-list", "010.0.0.1/32", "osm-v1.1"),
    says: {
      field: `${OUTBOUND_RANGES}[0]`,
      value: "010.0.0.1/32",
      message:
        "Invalid IP range '010.0.0.1/32' specified for annotation 'openservicemesh.io/outbound-ip-range-exclusion-list': the octet '010' has a leading zero, which iptables reads as octal: 8.0.0.1",
    },
    absent: annotated("outbound-ip-range-exclusion-list", "0.0.0.1/32", "osm-v1.1"),
  },
  EMPTY_ITEM: {
    shown: annotated("outbound-port-exclusion-list", "80,443,"),
    says: {
      field: `${OUTBOUND_PORTS}[2]`,
      value: "80,443,",
      message:
        "Invalid port value '' specified for annotation 'openservicemesh.io/outbound-port-exclusion-list': an item of the list '80,443,' is empty",
    },
    absent: annotated("outbound-port-exclusion-list", "80,443"),
  },
  INVALID_INTERFACE: {
    shown: traffic({ networkInterfaceExclusionList: ["net1", "abcdefghijklmnop"] }, "osm-v1.2"),
    says: {
      field: `${MESH}.networkInterfaceExclusionList[1]`,
      value: "abcdefghijklmnop",
      message: `Invalid interface name 'abcdefghijklmnop' in ${MESH}.networkInterfaceExclusionList: it has 16 characters, and the limit is 15`,
    },
    absent: traffic({ networkInterfaceExclusionList: ["net1", "abcdefghijklmno"] }, "osm-v1.2"),
  },
  TOO_MANY_ITEMS: {
    shown: traffic({ outboundPortExclusionList: new Array(100_001).fill(80) }),
    says: {
      field: `${MESH}.outboundPortExclusionList`,
      value: "100001",
      message: "The list has 100001 items; it may have 100000",
    },
    absent: traffic({ outboundPortExclusionList: new Array(100_000).fill(80) }),
  },
  UNSUPPORTED_BY_DIALECT: {
    shown: traffic({ outboundIpRangeInclusionList: ["10.0.0.0/8", "11.0.0.0/8"] }, "osm-v1.0"),
    says: {
      field: `${MESH}.outboundIPRangeInclusionList`,
      value: "10.0.0.0/8,11.0.0.0/8",
      message: `'10.0.0.0/8,11.0.0.0/8' is set, and OSM 1.0 (dialect osm-v1.0) has no outbound range inclusions`,
    },
    absent: traffic({ outboundIpRangeInclusionList: ["10.0.0.0/8", "11.0.0.0/8"] }, "osm-v1.1"),
  },
  IP_FAMILY_UNSUPPORTED: {
    shown: traffic({ outboundIpRangeExclusionList: ["2001:db8::/32"] }),
    says: {
      field: `${MESH}.outboundIPRangeExclusionList[0]`,
      value: "2001:db8::/32",
      message: `Invalid IP range '2001:db8::/32' in ${MESH}.outboundIPRangeExclusionList: OSM 0.11 programs IPv4 only, and this is IPv6`,
    },
    absent: traffic({ outboundIpRangeExclusionList: ["2001:db8::/32"] }, "hardened"),
  },
  TOO_MANY_PORTS: {
    shown: {
      ...traffic({ inboundPortExclusionList: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }),
      ...annotatedPod("inbound-port-exclusion-list", "10,11,12,13,14,15,16"),
    },
    says: {
      field: 'pod.metadata.annotations["openservicemesh.io/inbound-port-exclusion-list"]',
      value: "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16",
      message:
        "The mesh and the pod together exclude 16 ports; OSM 0.11 puts them into one multiport rule, which holds 15",
    },
    absent: {
      ...traffic({ inboundPortExclusionList: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }),
      ...annotatedPod("inbound-port-exclusion-list", "10,11,12,13,14,15"),
    },
  },
  RESERVED_PORT_LISTED: {
    shown: annotated("outbound-port-exclusion-list", "80,015010"),
    says: {
      field: `${OUTBOUND_PORTS}[1]`,
      value: "015010",
      message: "Port 15010 is reserved for the sidecar, and this list leaves it alone",
    },
    // From OSM 1.1 on, 15904 is the sidecar's too.
    absent: annotated("outbound-port-exclusion-list", "80,15904"),
  },
  HOST_BITS_SET: {
    shown: traffic({ outboundIpRangeExclusionList: ["2.2.2.2/24"] }),
    says: {
      field: `${MESH}.outboundIPRangeExclusionList[0]`,
      value: "2.2.2.2/24",
      message: "'2.2.2.2/24' has bits beyond its prefix length and means 2.2.2.0/24",
    },
    absent: traffic({ outboundIpRangeExclusionList: ["2.2.2.0/24"] }),
  },
  DUPLICATE_ENTRY: {
    shown: {
      ...traffic({ outboundPortExclusionList: [80] }),
      ...annotatedPod("outbound-port-exclusion-list", "0080"),
    },
    says: {
      field: `${OUTBOUND_PORTS}[0]`,
      value: "0080",
      message: `Port 0080 is already given by ${MESH}.outboundPortExclusionList[0]`,
    },
    absent: {
      ...traffic({ outboundPortExclusionList: [80] }),
      ...annotatedPod("inbound-port-exclusion-list", "0080"),
    },
  },
  OVERLAPPING_RANGE: {
    shown: traffic({ outboundIpRangeExclusionList: ["10.1.0.0/16", "10.0.0.0/8"] }),
    says: {
      field: `${MESH}.outboundIPRangeExclusionList[0]`,
      value: "10.1.0.0/16",
      message: `Range 10.1.0.0/16 lies inside 10.0.0.0/8 of ${MESH}.outboundIPRangeExclusionList[1]`,
    },
    absent: traffic({ outboundIpRangeExclusionList: ["10.0.0.0/9", "10.128.0.0/9"] }),
  },
  INCLUDED_AND_EXCLUDED: {
    shown: traffic(
      {
        outboundIpRangeInclusionList: ["10.0.0.0/8"],
        outboundIpRangeExclusionList: ["10.1.0.0/16", "11.0.0.0/8"],
      },
      "osm-v1.1",
    ),
    says: {
      field: `${MESH}.outboundIPRangeInclusionList[0]`,
      value: "10.0.0.0/8",
      message: "10.0.0.0/8 is included, and a part of it is excluded (10.1.0.0/16); exclusion wins",
    },
    absent: traffic(
      { outboundIpRangeInclusionList: ["10.0.0.0/8"], outboundIpRangeExclusionList: ["11.0.0.0/8"] },
      "osm-v1.1",
    ),
  },
  EXCLUDES_EVERYTHING: {
    shown: traffic({ outboundIpRangeExclusionList: ["0.0.0.0/0"] }),
    says: {
      field: `${MESH}.outboundIPRangeExclusionList[0]`,
      value: "0.0.0.0/0",
      message: "0.0.0.0/0 is every IPv4 address: outbound interception is off",
    },
    absent: traffic({ outboundIpRangeExclusionList: ["0.0.0.0/1"] }),
  },
  INCLUDES_EVERYTHING: {
    shown: annotated("outbound-ip-range-inclusion-list", "0.0.0.0/0", "osm-v1.1"),
    says: {
      field: 'pod.metadata.annotations["openservicemesh.io/outbound-ip-range-inclusion-list"][0]',
      value: "0.0.0.0/0",
      message: "0.0.0.0/0 is every IPv4 address: for them the same as no inclusion list",
    },
    absent: annotated("outbound-ip-range-inclusion-list", "0.0.0.0/1", "osm-v1.1"),
  },
  FAMILY_NOT_INCLUDED: {
    shown: traffic({ outboundIpRangeInclusionList: ["10.96.0.0/12", "10.244.0.0/16"] }, "hardened"),
    says: {
      field: `${MESH}.outboundIPRangeInclusionList[0]`,
      value: "10.96.0.0/12",
      message:
        "Ranges are included, and none of them is IPv6: all outbound IPv6 traffic passes by the sidecar",
    },
    absent: traffic({ outboundIpRangeInclusionList: ["10.96.0.0/12", "fd00:10:96::/108"] }, "hardened"),
  },
  MAIN_INTERFACE_EXCLUDED: {
    shown: traffic({ networkInterfaceExclusionList: ["net1", "eth0"] }, "osm-v1.2"),
    says: {
      field: `${MESH}.networkInterfaceExclusionList[1]`,
      value: "eth0",
      message: "'eth0' covers eth0, the pod's main interface: interception is off",
    },
    absent: traffic({ networkInterfaceExclusionList: ["net1", "eth1", "net+"] }, "osm-v1.2"),
  },
  WILDCARD_INTERFACE: {
    shown: traffic({ networkInterfaceExclusionList: ["net+"] }, "osm-v1.2"),
    says: {
      field: `${MESH}.networkInterfaceExclusionList[0]`,
      value: "net+",
      message: "'net+' stands for every interface whose name begins with 'net'",
    },
    absent: traffic({ networkInterfaceExclusionList: ["net"] }, "osm-v1.2"),
  },
  ANNOTATION_NOT_READ: {
    shown: annotated("outbound-ports-exclusion-list", "80"),
    says: {
      field: 'pod.metadata.annotations["openservicemesh.io/outbound-ports-exclusion-list"]',
      value: "80",
      message:
        "Annotation 'openservicemesh.io/outbound-ports-exclusion-list' looks like a list of the mesh, and nothing reads it",
    },
    absent: annotated("outbound-port-exclusion-list", "80"),
  },
};

function annotatedPod(name: string, value: string) {
  return { pod: { metadata: { annotations: { [`openservicemesh.io/${name}`]: value } } } };
}
