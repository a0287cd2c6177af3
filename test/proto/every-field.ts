import type { JsonObject } from "@bufbuild/protobuf";

const port = { name: "web", containerPort: 8080, protocol: "TCP" };

const probe = {
  httpGet: { port: "web", path: "/live", scheme: "HTTP" },
  tcpSocket: { port: 8080 },
  grpc: { port: 8080 },
};

const container = {
  name: "app",
  image: "registry.example.com/app:1",
  imagePullPolicy: "Always",
  command: ["/app"],
  args: ["serve"],
  env: [
    { name: "IP", value: "none", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } },
  ],
  ports: [port],
  securityContext: {
    privileged: true,
    runAsUser: 1000,
    runAsNonRoot: true,
    capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
    allowPrivilegeEscalation: true,
  },
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  restartPolicy: "Always",
};

/**
 * A request to plan a pod, in ProtoJSON, with a value other than the default in every field of the first contract but
 * for `pod.spec.hostNetwork`, which gets no plan.
 */
export const EVERY_FIELD: JsonObject = {
  meshConfig: {
    spec: {
      traffic: {
        outboundIPRangeExclusionList: ["192.0.2.0/24"],
        outboundIPRangeInclusionList: ["10.0.0.0/8"],
        outboundPortExclusionList: [6379],
        inboundPortExclusionList: [9100],
        networkInterfaceExclusionList: ["net1"],
      },
      sidecar: {
        enablePrivilegedInitContainer: true,
        initContainerImage: "registry.example.com/init:1",
        localProxyMode: "PodIP",
        localDNSProxy: { enable: true },
      },
    },
  },
  pod: {
    metadata: {
      name: "web",
      namespace: "shop",
      labels: { app: "web" },
      annotations: { "openservicemesh.io/outbound-port-exclusion-list": "7070" },
    },
    spec: {
      nodeSelector: { "kubernetes.io/os": "linux" },
      os: { name: "linux" },
      securityContext: { runAsUser: 1000 },
      containers: [container],
      initContainers: [container],
    },
    status: { podIP: "10.244.0.7", podIPs: [{ ip: "10.244.0.7" }] },
  },
  options: {
    dialect: "DIALECT_HARDENED",
    scriptFormat: "SCRIPT_FORMAT_RESTORE",
    enforcement: "ENFORCEMENT_REPORT",
    ipFamilies: "IP_FAMILIES_IPV4",
    initContainerImage: "registry.example.com/init:2",
    initContainerImagePullPolicy: "Always",
    sidecarContainerName: "envoy",
    outboundPortExclusions: ["3306"],
    inboundPortExclusions: ["9200"],
    inboundPortInclusions: ["8080"],
    inboundSourceRangeExclusions: ["198.51.100.0/24"],
    excludedUids: [1337],
    excludedGids: [1337],
    iptablesBackend: "IPTABLES_BACKEND_NF_TABLES",
    ruleComments: true,
  },
};
