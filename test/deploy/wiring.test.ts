import assert from "node:assert/strict";
import { test } from "node:test";
import { Certificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { MutatingWebhookConfiguration } from "kubernetes-models/admissionregistration.k8s.io/v1/MutatingWebhookConfiguration";
import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import { Service } from "kubernetes-models/v1/Service";
import { DEFAULT_LIMITS } from "../../src/transport/limits.ts";
import { deployText } from "./deploy-files.ts";
import { FORMS, type Form, formOf, NO_RENDERER, ofKind } from "./forms.ts";
import { type Container, containersOf, PODS, type Pod, plannerOf } from "./pods.ts";

type Labels = Readonly<Record<string, string>>;

/** The kustomizations with the planner as a service of its own. */
const SERVICES = FORMS.filter(({ path }) => path.startsWith("kustomize/") && !path.endsWith("sidecar"));

function podsOf(form: Form): readonly Pod[] {
  return PODS.filter((pod) => pod.form === form.path);
}

function selects(selector: Labels | undefined, pod: Pod): boolean {
  const labels: Labels = pod.template.metadata?.labels ?? {};
  return Object.entries(selector ?? {}).every(([label, value]) => labels[label] === value);
}

/** The named ports of a pod. */
function portsOf({ spec }: Pod): readonly string[] {
  return containersOf(spec).flatMap(({ ports }) => (ports ?? []).map(({ name = "" }) => name));
}

/** The only pod that a selector of a form selects. */
function selected(form: Form, selector: Labels | undefined): Pod {
  const [pod, ...others] = podsOf(form).filter((candidate) => selects(selector, candidate));
  assert.ok(pod && others.length === 0, `${form.path}: ${JSON.stringify(selector)}`);
  return pod;
}

/** The planner's container of a form. */
function planner(form: Form): Container {
  return plannerOf(form).container;
}

for (const form of FORMS) {
  test(`${form.path} refers to pods, ports and objects that are there`, { skip: NO_RENDERER }, () => {
    for (const { spec } of ofKind(form, Service.is)) {
      const ports = portsOf(selected(form, spec?.selector));
      for (const { targetPort } of spec?.ports ?? []) assert.ok(ports.includes(String(targetPort)));
    }
    for (const { spec } of ofKind(form, PodDisruptionBudget.is)) selected(form, spec?.selector?.matchLabels);
    for (const { spec } of ofKind(form, PodMonitor.is)) {
      const ports = portsOf(selected(form, spec.selector.matchLabels));
      for (const { port } of spec.podMetricsEndpoints ?? []) assert.ok(ports.includes(port ?? ""));
    }
    for (const { spec } of ofKind(form, NetworkPolicy.is)) {
      const ports = portsOf(selected(form, spec?.podSelector?.matchLabels));
      for (const { port } of (spec?.ingress ?? []).flatMap((rule) => rule.ports ?? [])) {
        assert.ok(ports.includes(String(port)));
      }
    }
    for (const { spec } of ofKind(form, HorizontalPodAutoscaler.is)) {
      const { kind, name } = spec?.scaleTargetRef ?? {};
      assert.ok(form.objects.some((other) => other.kind === kind && other.metadata.name === name));
    }
  });

  test(`${form.path} probes ports that the container has`, { skip: NO_RENDERER }, () => {
    for (const pod of podsOf(form)) {
      for (const { name, ports, startupProbe, readinessProbe, livenessProbe } of containersOf(pod.spec)) {
        for (const probe of [startupProbe, readinessProbe, livenessProbe]) {
          const port = probe?.grpc?.port ?? probe?.httpGet?.port;
          if (port === undefined) continue;
          const there = (ports ?? []).some((p) => p.name === port || p.containerPort === port);
          assert.ok(there, `${name}: ${port}`);
        }
      }
    }
  });
}

test("pods are told to stop long enough before they are killed", { skip: NO_RENDERER }, () => {
  for (const form of SERVICES) {
    const [pod] = podsOf(form);
    const sleep = planner(form).lifecycle?.preStop?.sleep?.seconds ?? 0;
    const drain = DEFAULT_LIMITS.drainMs / 1000;
    assert.ok(sleep > 0 && (pod?.spec.terminationGracePeriodSeconds ?? 0) > sleep + drain, form.path);
  }
});

test("no autoscaler fights with a number of replicas, and every form but development survives a node", {
  skip: NO_RENDERER,
}, () => {
  for (const form of SERVICES) {
    const { path } = form;
    const [autoscaler] = ofKind(form, HorizontalPodAutoscaler.is);
    const replicas = ofKind(form, Deployment.is)[0]?.spec?.replicas;
    assert.equal(autoscaler === undefined, replicas !== undefined, path);
    if (path.endsWith("development")) continue;
    assert.ok((autoscaler?.spec?.minReplicas ?? 1) >= 2, path);
    const [budget] = ofKind(form, PodDisruptionBudget.is);
    assert.equal(budget?.spec?.maxUnavailable, 1, path);
  }
});

test("only labelled clients reach the planner, and it reaches nothing", { skip: NO_RENDERER }, () => {
  for (const form of SERVICES) {
    const { path } = form;
    const policies = ofKind(form, NetworkPolicy.is);
    if (path.endsWith("development")) {
      assert.deepEqual(policies, []);
      continue;
    }
    const peers = policies.flatMap(({ spec }) => (spec?.ingress ?? []).flatMap(({ from = [] }) => from));
    assert.ok(
      peers.length > 0 &&
        peers.every(({ podSelector, namespaceSelector }) => podSelector && namespaceSelector),
    );
    assert.ok(policies.every(({ spec }) => (spec?.egress ?? []).length === 0));
    assert.ok(policies.some(({ spec }) => spec?.policyTypes?.includes("Egress")));
  }
});

test("the certificate names what clients dial, and the client's name is on the planner's list", {
  skip: NO_RENDERER,
}, () => {
  for (const path of ["kustomize/overlays/mutual-tls", "kustomize/overlays/production"]) {
    const form = formOf(path);
    const certificates = ofKind(form, Certificate.is);
    const named = (name: string) => certificates.find(({ metadata }) => metadata?.name === name)?.spec;
    const server = named("redirect-planner-server");
    for (const service of ofKind(form, Service.is)) {
      const host = `${service.metadata?.name}.${service.metadata?.namespace}.svc`;
      assert.ok(server?.dnsNames?.includes(host), host);
    }
    const [pod] = podsOf(form);
    assert.ok(pod?.spec.volumes?.some(({ secret }) => secret?.secretName === server?.secretName));
    const allowed = planner(form).env?.find(({ name }) => name === "TLS_ALLOWED_CLIENTS")?.value;
    assert.deepEqual(named("redirect-planner-client")?.dnsNames, allowed?.split(","));
  }
});

test("under TLS the kubelet asks the admin port, since its gRPC probe speaks plaintext", {
  skip: NO_RENDERER,
}, () => {
  const { startupProbe, readinessProbe } = planner(formOf("kustomize/overlays/mutual-tls"));
  assert.equal(startupProbe?.grpc ?? readinessProbe?.grpc, undefined);
  assert.equal(readinessProbe?.httpGet?.path, "/readyz");
});

test("the sidecar starts before the injector, and both see the socket", { skip: NO_RENDERER }, () => {
  const form = formOf("kustomize/overlays/sidecar");
  const [pod] = podsOf(form);
  const sidecar = planner(form);
  assert.equal(pod?.spec.initContainers?.[0]?.restartPolicy, "Always");
  assert.ok(sidecar.startupProbe, "without it, the injector would not wait for the socket");
  const socket = sidecar.env?.find(({ name }) => name === "UNIX_SOCKET")?.value ?? "";
  const target = pod?.spec.containers[0]?.env?.find(({ name }) => name === "REDIRECT_PLANNER_TARGET")?.value;
  assert.equal(target, `unix://${socket}`);
  for (const container of containersOf(pod.spec)) {
    const mount = container.volumeMounts?.find(({ name }) => name === "redirect-planner");
    assert.ok(mount && socket.startsWith(`${mount.mountPath}/`), container.name);
  }
  assert.ok(pod.spec.volumes?.some(({ name, emptyDir }) => name === "redirect-planner" && emptyDir));
});

test("the webhook fails closed, leaves its own pods alone, and waits longer than the planner's client", {
  skip: NO_RENDERER,
}, () => {
  const form = formOf("kustomize/overlays/sidecar");
  const webhook = ofKind(form, MutatingWebhookConfiguration.is)[0]?.webhooks?.[0];
  assert.equal(webhook?.failurePolicy, "Fail");
  const own = webhook.namespaceSelector?.matchExpressions?.find(
    ({ key }) => key === "kubernetes.io/metadata.name",
  );
  assert.equal(own?.operator, "NotIn");
  for (const namespace of [plannerOf(form).pod.namespace, "redirect-planner"]) {
    assert.ok(own.values?.includes(namespace), namespace);
  }
  const { methodConfig } = JSON.parse(deployText("client/service-config.json")) as {
    readonly methodConfig: readonly [{ readonly timeout: string }];
  };
  assert.ok(Number.parseFloat(methodConfig[0].timeout) + 1 < (webhook.timeoutSeconds ?? 10));
});

test("serverless platforms are told to speak HTTP/2 to the container", { skip: NO_RENDERER }, () => {
  for (const form of FORMS.filter(({ path }) => path.startsWith("serverless/"))) {
    assert.equal(planner(form).ports?.[0]?.name, "h2c", form.path);
  }
});

test("every form runs the same release", { skip: NO_RENDERER }, () => {
  const versions = FORMS.map((form) => planner(form).image?.split(":").at(-1));
  assert.deepEqual([...new Set(versions)], versions.slice(0, 1));
  assert.match(deployText("Dockerfile"), new RegExp(`^ARG VERSION=${versions[0]}$`, "m"));
});
