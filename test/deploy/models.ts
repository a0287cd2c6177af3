import { Certificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import { Issuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Issuer";
import { Service as KnativeService } from "@kubernetes-models/knative/serving.knative.dev/v1/Service";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { MutatingWebhookConfiguration } from "kubernetes-models/admissionregistration.k8s.io/v1/MutatingWebhookConfiguration";
import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import { PriorityClass } from "kubernetes-models/scheduling.k8s.io/v1/PriorityClass";
import { ConfigMap } from "kubernetes-models/v1/ConfigMap";
import { Namespace } from "kubernetes-models/v1/Namespace";
import { Service } from "kubernetes-models/v1/Service";
import { ServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { KubernetesObject } from "./forms.ts";

/** What validates the objects of one kind. */
interface Model {
  readonly apiVersion: string;
  readonly kind: string;
  readonly is: (value: unknown) => boolean;
  new (data: never): { validate(): void };
}

/** A kind, and where its TypeScript type is. */
interface Kind {
  readonly model: Model;
  readonly module: string;
}

const CORE = "kubernetes-models";
const CERT_MANAGER = "@kubernetes-models/cert-manager/cert-manager.io/v1";
const PROMETHEUS_OPERATOR = "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";

/** Every kind that a manifest under `deploy/` may have. */
const KINDS: readonly Kind[] = [
  { model: ConfigMap, module: `${CORE}/v1` },
  { model: Namespace, module: `${CORE}/v1` },
  { model: Service, module: `${CORE}/v1` },
  { model: ServiceAccount, module: `${CORE}/v1` },
  { model: Deployment, module: `${CORE}/apps/v1` },
  { model: HorizontalPodAutoscaler, module: `${CORE}/autoscaling/v2` },
  { model: MutatingWebhookConfiguration, module: `${CORE}/admissionregistration.k8s.io/v1` },
  { model: NetworkPolicy, module: `${CORE}/networking.k8s.io/v1` },
  { model: PodDisruptionBudget, module: `${CORE}/policy/v1` },
  { model: PriorityClass, module: `${CORE}/scheduling.k8s.io/v1` },
  { model: Certificate, module: CERT_MANAGER },
  { model: Issuer, module: CERT_MANAGER },
  { model: PodMonitor, module: PROMETHEUS_OPERATOR },
  { model: PrometheusRule, module: PROMETHEUS_OPERATOR },
  { model: KnativeService, module: "@kubernetes-models/knative/serving.knative.dev/v1" },
];

/** Refuses an object that its schema refuses: a missing or wrong field. Fields that no schema knows pass. */
export function validate(object: KubernetesObject): void {
  const { model } = kindOf(object);
  new model(object as never).validate();
}

/**
 * The source of a module in which every object is a constant of its kind's type: the compiler refuses it when an object
 * has a field that the type does not know, at any depth.
 */
export function typedModule(objects: readonly KubernetesObject[]): string {
  const lines = objects.map((object, i) => {
    const { module, model } = kindOf(object);
    return `export const object${i}: import("${module}").I${model.kind} = ${JSON.stringify(object, null, 1)};`;
  });
  return `${lines.join("\n")}\n`;
}

function kindOf(object: KubernetesObject): Kind {
  const kind = KINDS.find(({ model }) => model.is(object));
  if (kind === undefined) throw new Error(`no schema for ${object.apiVersion} ${object.kind}`);
  return kind;
}
