/** A mistake in a file under `deploy/`, and the test that must turn red over it. */
export interface Break {
  /** The file, by its path from `deploy/`. */
  readonly file: string;
  /** What stands there, and what stands there by mistake. */
  readonly from: string;
  readonly to: string;
  /** The test: its file, by its path from `test/deploy/`, and a part of its name. */
  readonly test: string;
  readonly red: string;
}

/** A mistake in a file of a folder, as briefly as a table needs it. */
type Row = readonly [file: string, from: string, to: string, test: string, red: string];

const BASE: readonly Row[] = [
  ["autoscaler.yaml", "minReplicas: 2", "minReplicas: 1", "wiring.test.ts", "survives a node"],
  ["deployment.yaml", "drop: [ALL]", "drop: []", "pod-security.test.ts", "kustomize/base: Deployment"],
  ["disruption-budget.yaml", "maxUnavailable: 1", "maxUnavailable: 2", "wiring.test.ts", "survives a node"],
  ["kustomization.yaml", "newTag: 0.1.0", "newTag: 0.0.9", "wiring.test.ts", "the same release"],
  ["namespace.yaml", "enforce: restricted", "enforce: baseline", "pod-security.test.ts", "admit restricted"],
  ["network-policy.yaml", "egress: []", "egress: [{}]", "wiring.test.ts", "it reaches nothing"],
  ["service-account.yaml", "Token: false", "Token: true", "overlays.test.ts", "without a token"],
  ["service-headless.yaml", "  clusterIP: None\n", "", "overlays.test.ts", "has no address"],
  ["service.yaml", "targetPort: grpc", "targetPort: http", "wiring.test.ts", "kustomize/base refers to"],
];

const COMPONENTS: readonly Row[] = [
  [
    "high-availability/autoscaler.yaml",
    "minReplicas: 3",
    "minReplicas: 2",
    "overlays.test.ts",
    "three replicas",
  ],
  [
    "high-availability/deployment.yaml",
    "DoNotSchedule",
    "ScheduleAnyway",
    "overlays.test.ts",
    "three replicas",
  ],
  [
    "high-availability/kustomization.yaml",
    "  - path: autoscaler.yaml\n",
    "",
    "coverage.test.ts",
    "part of a form",
  ],
  [
    "high-availability/priority-class.yaml",
    "value: 100000000",
    "value: 0",
    "overlays.test.ts",
    "three replicas",
  ],
  [
    "monitoring/alerts.yaml",
    "handling_seconds_bucket",
    "handling_bucket",
    "metrics.test.ts",
    "running server",
  ],
  ["monitoring/dashboard.json", "handled_total", "finished_total", "metrics.test.ts", "running server"],
  [
    "monitoring/kustomization.yaml",
    'grafana_dashboard: "1"',
    'dashboard: "1"',
    "overlays.test.ts",
    "Grafana",
  ],
  [
    "monitoring/network-policy.yaml",
    "port: admin",
    "port: metrics",
    "wiring.test.ts",
    "monitoring refers to",
  ],
  ["monitoring/pod-monitor.yaml", "port: admin", "port: metrics", "wiring.test.ts", "monitoring refers to"],
  ["mutual-tls/certificates.yaml", "- injector.", "- another.", "wiring.test.ts", "on the planner's list"],
  ["mutual-tls/deployment.yaml", "TLS_CLIENT_CA_FILE", "TLS_CA_FILE", "settings.test.ts", "manifest sets"],
  ["mutual-tls/issuers.yaml", "name: redirect-planner-ca", "name: ca", "overlays.test.ts", "has an issuer"],
  ["mutual-tls/kustomization.yaml", "  - path: service.yaml\n", "", "overlays.test.ts", "its port speaks"],
  ["mutual-tls/service.yaml", "https", "http", "overlays.test.ts", "its port speaks"],
  ["sidecar/deployment.yaml", "/planner.sock", "/other.sock", "wiring.test.ts", "both see the socket"],
  ["sidecar/kustomization.yaml", "newTag: 0.1.0", "newTag: 0.0.9", "wiring.test.ts", "the same release"],
];

const OVERLAYS: readonly Row[] = [
  ["development/deployment.yaml", "  replicas: 1\n", "", "wiring.test.ts", "no autoscaler fights"],
  [
    "development/kustomization.yaml",
    "kind: HorizontalPodAutoscaler",
    "kind: None",
    "wiring.test.ts",
    "no autoscaler",
  ],
  [
    "high-availability/kustomization.yaml",
    "components/high",
    "components/monitoring #",
    "overlays.test.ts",
    "three",
  ],
  [
    "monitoring/kustomization.yaml",
    "components/monitoring",
    "components/mutual-tls",
    "overlays.test.ts",
    "Grafana",
  ],
  [
    "mutual-tls/kustomization.yaml",
    "components/mutual-tls",
    "components/monitoring",
    "overlays.test.ts",
    "issuer",
  ],
  [
    "production/kustomization.yaml",
    "  - ../../components/mutual-tls\n",
    "",
    "overlays.test.ts",
    "has an issuer",
  ],
  ["sidecar/injector.yaml", "unix:///run", "unix:///tmp", "wiring.test.ts", "both see the socket"],
  [
    "sidecar/kustomization.yaml",
    "namespace: mesh-system",
    "namespace: other",
    "wiring.test.ts",
    "fails closed",
  ],
  [
    "sidecar/namespace.yaml",
    "enforce: restricted",
    "enforce: baseline",
    "pod-security.test.ts",
    "admit restricted",
  ],
  ["sidecar/webhook.yaml", "failurePolicy: Fail", "failurePolicy: Ignore", "wiring.test.ts", "fails closed"],
];

const OTHERS: readonly Row[] = [
  ["README.md", "client=true", "clients=true", "quick-start.test.ts", "the labels that"],
  ["scaling.md", "| 100 | 2 |", "| 100 | 3 |", "documents.test.ts", "table of replicas"],
  ["settings.md", "| 9000 |", "| 9999 |", "../cli/serve/settings.test.ts", "document"],
  ["Dockerfile", "USER 65532:65532", "USER 0", "dockerfile.test.ts", "a number that is not root"],
  ["Dockerfile.dockerignore", "!src", "!src\n!test", "dockerfile.test.ts", "context holds no file"],
  ["client/README.md", "| `waitForReady`", "| `wait`", "service-config.test.ts", "page for clients"],
  [
    "client/service-config.json",
    '["UNAVAILABLE"]',
    '["UNAVAILABLE", "INTERNAL"]',
    "service-config.test.ts",
    "asked for twice",
  ],
  ["serverless/cloud-run.yaml", "name: h2c", "name: http1", "wiring.test.ts", "speak HTTP/2"],
  ["serverless/knative.yaml", "name: h2c", "name: http1", "wiring.test.ts", "speak HTTP/2"],
];

function inFolder(folder: string, rows: readonly Row[]): readonly Break[] {
  return rows.map(([file, from, to, test, red]) => ({ file: folder + file, from, to, test, red }));
}

/** A mistake for every file under `deploy/` that is no program. */
export const BREAKS: readonly Break[] = [
  ...inFolder("kustomize/base/", BASE),
  ...inFolder("kustomize/components/", COMPONENTS),
  ...inFolder("kustomize/overlays/", OVERLAYS),
  ...inFolder("", OTHERS),
];
