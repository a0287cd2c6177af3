import { type FindingCases, running, traffic } from "./finding-case.ts";

const PROBES = {
  livenessProbe: { httpGet: {} },
  readinessProbe: { httpGet: {} },
  startupProbe: { httpGet: {} },
};

/** What is found in the pod, and in the settings that are no list. */
export const POD_CASES: FindingCases = {
  WRONG_KIND: {
    shown: { pod: { kind: "Deployment", spec: {} } },
    says: {
      field: "pod.kind",
      value: "Deployment",
      message: "The resource is a 'Deployment' and not a Pod: nothing in it would be read",
    },
    absent: { meshConfig: { kind: "MeshConfig" }, pod: { kind: "Pod" } },
  },
  HOST_NETWORK: {
    shown: { pod: { spec: { hostNetwork: true } } },
    says: {
      field: "pod.spec.hostNetwork",
      value: "true",
      message: "The pod shares the node's network: the rules would redirect the node's own traffic",
    },
    absent: { pod: { spec: { hostNetwork: false } } },
  },
  WINDOWS_POD: {
    shown: { pod: { spec: { nodeSelector: { "kubernetes.io/os": "windows" } } } },
    says: {
      field: 'pod.spec.nodeSelector["kubernetes.io/os"]',
      value: "windows",
      message: "The pod runs on Windows, which has no iptables",
    },
    absent: {
      pod: {
        spec: { os: { name: "linux" }, nodeSelector: { "kubernetes.io/os": "linux", pool: "windows" } },
      },
    },
  },
  RESERVED_PORT_IN_USE: {
    shown: running({ name: "web", ports: [{ containerPort: 8080 }, { containerPort: 15001 }] }),
    says: {
      field: "pod.spec.containers[0].ports[1].containerPort",
      value: "15001",
      message:
        "Container 'web' declares port 15001, which is reserved for the sidecar; reserved are 15000, 15001, 15003, 15010, 15901, 15902, 15903",
    },
    absent: running({ name: "envoy", ports: [{ containerPort: 15001 }] }, { sidecarContainerName: "envoy" }),
  },
  RESERVED_UID_IN_USE: {
    shown: running({ name: "web", securityContext: { runAsUser: 1500 } }),
    says: {
      field: "pod.spec.containers[0].securityContext.runAsUser",
      value: "1500",
      message:
        "Container 'web' runs as UID 1500, which is reserved for the proxy: its traffic is never redirected",
    },
    absent: running({ name: "web", securityContext: { runAsUser: 15000 } }),
  },
  PROTOCOL_NOT_INTERCEPTED: {
    shown: running({
      name: "dns",
      ports: [
        { containerPort: 53, protocol: "TCP" },
        { containerPort: 53, protocol: "UDP" },
      ],
    }),
    says: {
      field: "pod.spec.containers[0].ports[1].protocol",
      value: "UDP",
      message: "Container 'dns' declares UDP port 53; only TCP is intercepted",
    },
    absent: running({
      name: "dns",
      ports: [
        { containerPort: 53, protocol: "TCP" },
        { containerPort: 54, protocol: "" },
      ],
    }),
  },
  INIT_CONTAINERS_UNPROXIED: {
    shown: { pod: { spec: { initContainers: [{ name: "migrate" }, { name: "wait" }] } } },
    says: {
      field: "pod.spec.initContainers",
      value: "migrate, wait",
      message:
        "The pod has init containers of its own (migrate, wait); those that run before the redirection is set up pass by the sidecar",
    },
    absent: {
      pod: { spec: { initContainers: [{ name: "envoy" }] } },
      options: { sidecarContainerName: "envoy" },
    },
  },
  PROBE_PORT_OPEN: {
    shown: running({ name: "web", ...PROBES, readinessProbe: { tcpSocket: {} } }),
    says: {
      field: "pod.spec.containers",
      value: "15902",
      message:
        "Inbound port 15902, for rewritten readiness probes, is open past the proxy though the pod has no such probe",
    },
    absent: running({ name: "web", ...PROBES }),
  },
  IPV6_BYPASSES_MESH: {
    shown: { pod: { status: { podIp: "10.0.0.1", podIps: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] } } },
    says: {
      field: "pod.status.podIPs",
      value: "fd00::1",
      message:
        "The pod has the IPv6 address fd00::1, and the plan has no IPv6 rules: its IPv6 traffic bypasses the mesh",
    },
    absent: { pod: { status: { podIp: "10.0.0.1", podIps: [{ ip: "10.0.0.1" }] } } },
  },
  INVALID_POD_IP: {
    shown: { pod: { status: { podIp: "10.0.0", podIps: [{ ip: "10.0.0.1" }] } } },
    says: { field: "pod.status.podIP", value: "10.0.0", message: "'10.0.0' is not an IP address" },
    absent: { pod: { status: { podIp: "", podIps: [{ ip: "10.0.0.1" }] } } },
  },
  UNKNOWN_LOCAL_PROXY_MODE: {
    shown: { meshConfig: { spec: { sidecar: { localProxyMode: "podip" } } } },
    says: {
      field: "meshConfig.spec.sidecar.localProxyMode",
      value: "podip",
      message: "'podip' is neither Localhost nor PodIP; the mesh reads it as Localhost",
    },
    absent: { meshConfig: { spec: { sidecar: { localProxyMode: "Localhost" } } } },
  },
  INVALID_IMAGE: {
    shown: { meshConfig: { spec: { sidecar: { initContainerImage: "init image" } } } },
    says: {
      field: "meshConfig.spec.sidecar.initContainerImage",
      value: "init image",
      message: "'init image' is not an image reference of at most 512 characters",
    },
    absent: {
      meshConfig: {
        spec: { sidecar: { initContainerImage: `[fd00::1]:5000/a/b_c.d--e:v1@sha256:${"0a".repeat(32)}` } },
      },
    },
  },
  UNKNOWN_OPTION: {
    shown: { options: { initContainerImagePullPolicy: "always" } },
    says: {
      field: "options.initContainerImagePullPolicy",
      value: "always",
      message: "'always' is not an image pull policy; there are Always, IfNotPresent, Never",
    },
    absent: { options: { initContainerImagePullPolicy: "Always" } },
  },
  NOT_RERUNNABLE: {
    shown: { options: { dialect: "osm-v0.11" } },
    says: {
      field: "",
      value: "",
      message:
        "A second run of the script of OSM 0.11 fails with 'Chain already exists', as when the init container is restarted",
    },
    absent: { options: { dialect: "osm-v1.0" } },
  },
  RERUN_DUPLICATES_RULES: {
    shown: { options: { dialect: "osm-v1.0" } },
    says: {
      field: "",
      value: "",
      message: "A second run of the script of OSM 1.0 doubles its rules in the built-in chains",
    },
    absent: { options: { dialect: "osm-v1.0", scriptFormat: "nftables" } },
  },
  SCRIPT_TOO_LONG: {
    shown: traffic({ outboundIpRangeExclusionList: ranges(2200) }),
    says: {
      field: "",
      value: "136395",
      message:
        "The script has 136395 bytes; Linux lets one argument of a program have 131071, so the init container cannot start",
    },
    absent: traffic({ outboundIpRangeExclusionList: ranges(2100) }),
  },
};

/** So many ranges, none inside another. */
function ranges(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`);
}
