import assert from "node:assert/strict";
import { test } from "node:test";
import { Certificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import { Issuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Issuer";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler";
import { PriorityClass } from "kubernetes-models/scheduling.k8s.io/v1/PriorityClass";
import { ConfigMap } from "kubernetes-models/v1/ConfigMap";
import { Service } from "kubernetes-models/v1/Service";
import { ServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import { FORMS, type Form, formOf, NO_RENDERER, ofKind } from "./forms.ts";
import { PODS, plannerOf } from "./pods.ts";

const SKIP = { skip: NO_RENDERER };

/** The overlays that have a component, which is one of their own name or part of production. */
function withComponent(name: string): readonly Form[] {
  return [name, "production"].map((overlay) => formOf(`kustomize/overlays/${overlay}`));
}

test(
  "with high availability three replicas are spread over the nodes, and go before ordinary pods",
  SKIP,
  () => {
    for (const form of withComponent("high-availability")) {
      const { spec } = plannerOf(form).pod;
      const nodes = spec.topologySpreadConstraints?.find((c) => c.topologyKey === "kubernetes.io/hostname");
      assert.equal(nodes?.whenUnsatisfiable, "DoNotSchedule");
      const [priority] = ofKind(form, PriorityClass.is);
      assert.ok((priority?.value ?? 0) > 0);
      assert.equal(spec.priorityClassName, priority?.metadata?.name);
      assert.equal(ofKind(form, HorizontalPodAutoscaler.is)[0]?.spec?.minReplicas, 3);
    }
  },
);

test("every certificate has an issuer, and the authority's key outlives its certificate", SKIP, () => {
  for (const form of withComponent("mutual-tls")) {
    const issuers = ofKind(form, Issuer.is);
    const certificates = ofKind(form, Certificate.is);
    for (const { spec } of certificates) {
      assert.ok(
        issuers.some(({ metadata }) => metadata?.name === spec?.issuerRef.name),
        spec?.secretName,
      );
    }
    const authority = certificates.find(({ spec }) => spec?.isCA);
    assert.equal(authority?.spec?.privateKey?.rotationPolicy, "Never");
    assert.ok(issuers.some(({ spec }) => spec?.ca?.secretName === authority?.spec?.secretName));
  }
});

test("the Service with an address says what its port speaks, and the other has no address", SKIP, () => {
  const [first, ...others] = ofKind(formOf("kustomize/base"), Service.is);
  assert.equal(first?.spec?.ports?.[0]?.appProtocol, "kubernetes.io/h2c");
  assert.deepEqual(
    others.map(({ spec }) => spec?.clusterIP),
    ["None"],
  );
  for (const form of withComponent("mutual-tls")) {
    assert.equal(ofKind(form, Service.is)[0]?.spec?.ports?.[0]?.appProtocol, "https");
  }
});

test("Grafana finds the dashboard by its label", SKIP, () => {
  for (const form of withComponent("monitoring")) {
    const [dashboard] = ofKind(form, ConfigMap.is);
    assert.equal(dashboard?.metadata?.labels?.["grafana_dashboard"], "1");
    assert.deepEqual(Object.keys(dashboard.data ?? {}), ["redirect-planner.json"]);
  }
});

test("every account that a pod runs as is one of the form, without a token", SKIP, () => {
  for (const form of FORMS.filter(({ path }) => path.startsWith("kustomize/"))) {
    for (const { spec } of PODS.filter((pod) => pod.form === form.path)) {
      const account = ofKind(form, ServiceAccount.is).find(
        ({ metadata }) => metadata?.name === spec.serviceAccountName,
      );
      assert.equal(account?.automountServiceAccountToken, false, form.path);
    }
  }
});
