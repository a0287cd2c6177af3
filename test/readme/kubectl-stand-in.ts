/** Stands in for kubectl, so that the page's commands run without a cluster: prints resources as kubectl does. */
const managed = {
  creationTimestamp: "2021-03-18T23:14:20Z",
  managedFields: [{ apiVersion: "v1", manager: "kubectl", operation: "Update", fieldsV1: { "f:spec": {} } }],
  resourceVersion: "4711",
};

function pod(name: string, spec: object): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "curl", annotations: {}, ...managed },
    spec: {
      containers: [{ name, image: "curlimages/curl", livenessProbe: { httpGet: { port: "http" } } }],
      ...spec,
    },
    status: { phase: "Running", podIP: "10.244.0.7", podIPs: [{ ip: "10.244.0.7" }] },
  };
}

const RESOURCES: Readonly<Record<string, object>> = {
  meshconfig: {
    apiVersion: "config.openservicemesh.io/v1alpha2",
    kind: "MeshConfig",
    metadata: { name: "osm-mesh-config", namespace: "osm-system", ...managed },
    spec: { traffic: { enableEgress: true, outboundIPRangeExclusionList: ["54.91.118.50/32"] } },
  },
  pod: pod("curl", {}),
  pods: {
    apiVersion: "v1",
    kind: "List",
    items: [pod("curl", {}), pod("node-exporter", { hostNetwork: true })],
  },
};

process.stdout.write(`${JSON.stringify(RESOURCES[process.argv[3] ?? ""], null, 4)}\n`);
