import { checkPodKind } from "./check-kind.ts";
import { type Finding, finding } from "./finding.ts";
import type { Container, PlanOptions, Pod, PodSpec } from "./inputs.ts";
import type { Policy } from "./policy.ts";
import { hasProbe, isSidecar, probedContainers } from "./probes.ts";
import { annotationKeys, MESH_INIT_CONTAINERS, PROXY_UID, type ProbePort, type Profile } from "./profile.ts";
import { quote } from "./quote.ts";
import { checkAnnotationKeys } from "./read-options.ts";

/** What is odd about a pod beside the lists that its policy was made from. */
export function checkPod(
  pod: Pod | undefined,
  { profile, probePorts }: Policy,
  options: PlanOptions,
): readonly Finding[] {
  const findings: Finding[] = [];
  checkPodKind(pod, findings);
  checkAnnotationKeys(pod, annotationKeys(profile), findings);
  const spec = pod?.spec;
  if (!spec) return findings;
  checkNode(spec, findings);
  checkUser("pod.spec", () => "The pod", spec, findings);
  const own = (container: Container) => !isSidecar(container, options);
  for (const list of ["containers", "initContainers"] as const) {
    spec[list]?.forEach((container, index) => {
      if (own(container)) checkContainer(`pod.spec.${list}[${index}]`, container, profile, findings);
    });
  }
  const initContainers = (spec.initContainers ?? []).filter(own);
  checkInitContainers(
    initContainers.filter(({ name }) => !MESH_INIT_CONTAINERS.includes(name ?? "")),
    findings,
  );
  checkProbes(probedContainers(pod, options), probePorts, findings);
  return findings;
}

function checkContainer(path: string, container: Container, profile: Profile, findings: Finding[]): void {
  const who = () => `Container '${quote(container.name ?? "")}'`;
  checkUser(path, who, container, findings);
  checkPorts(path, who, container, profile.reservedPorts, findings);
}

/** The labels by which a node tells its operating system; the second is the one of Kubernetes before 1.14. */
const OS_LABELS = ["kubernetes.io/os", "beta.kubernetes.io/os"] as const;

function checkNode(spec: PodSpec, findings: Finding[]): void {
  if (spec.hostNetwork === true) {
    findings.push(
      finding("HOST_NETWORK", {
        field: "pod.spec.hostNetwork",
        value: "true",
        message: "The pod shares the node's network: the rules would redirect the node's own traffic",
        remedy: "Leave this pod out of the mesh.",
      }),
    );
  }
  const label = OS_LABELS.find((key) => spec.nodeSelector?.[key] === "windows");
  const windowsField =
    spec.os?.name === "windows" ? "pod.spec.os.name" : label && `pod.spec.nodeSelector["${label}"]`;
  if (windowsField !== undefined) {
    findings.push(
      finding("WINDOWS_POD", {
        field: windowsField,
        value: "windows",
        message: "The pod runs on Windows, which has no iptables",
        remedy: "Leave this pod out of the mesh.",
      }),
    );
  }
}

function checkUser(
  path: string,
  who: () => string,
  { securityContext }: PodSpec | Container,
  findings: Finding[],
): void {
  if (securityContext?.runAsUser !== PROXY_UID) return;
  findings.push(
    finding("RESERVED_UID_IN_USE", {
      field: `${path}.securityContext.runAsUser`,
      value: String(PROXY_UID),
      message: `${who()} runs as UID ${PROXY_UID}, which is reserved for the proxy: its traffic is never redirected`,
      remedy: "Run it as another user. If it is the sidecar itself, name it in options.sidecarContainerName.",
    }),
  );
}

function checkPorts(
  path: string,
  who: () => string,
  container: Container,
  reserved: readonly number[],
  findings: Finding[],
): void {
  container.ports?.forEach(({ containerPort, protocol }, index) => {
    const field = `${path}.ports[${index}]`;
    if (containerPort && reserved.includes(containerPort)) {
      findings.push(
        finding("RESERVED_PORT_IN_USE", {
          field: `${field}.containerPort`,
          value: String(containerPort),
          message: `${who()} declares port ${containerPort}, which is reserved for the sidecar; reserved are ${reserved.join(", ")}`,
          remedy: "Use another port. If it is the sidecar itself, name it in options.sidecarContainerName.",
        }),
      );
    }
    if (protocol === "UDP" || protocol === "SCTP") {
      findings.push(
        finding("PROTOCOL_NOT_INTERCEPTED", {
          field: `${field}.protocol`,
          value: protocol,
          message: `${who()} declares ${protocol} port ${containerPort}; only TCP is intercepted`,
          remedy: "Nothing to do, if that traffic may pass by the sidecar.",
        }),
      );
    }
  });
}

function checkInitContainers(containers: readonly Container[], findings: Finding[]): void {
  if (containers.length === 0) return;
  const names = quote(containers.map(({ name }) => name ?? "").join(", "));
  findings.push(
    finding("INIT_CONTAINERS_UNPROXIED", {
      field: "pod.spec.initContainers",
      value: names,
      message: `The pod has init containers of its own (${names}); those that run before the redirection is set up pass by the sidecar`,
      remedy: "Nothing to do, if their traffic may pass by the sidecar.",
    }),
  );
}

function checkProbes(
  containers: readonly Container[],
  ports: readonly ProbePort[],
  findings: Finding[],
): void {
  if (containers.length === 0) return;
  for (const port of ports) {
    if (!containers.some((container) => hasProbe(container, port.answers))) findings.push(openPort(port));
  }
}

/** By the port. Most pods lack some of the probes, and so share these. */
const openPorts = new Map<ProbePort, Finding>();

function openPort(open: ProbePort): Finding {
  const known = openPorts.get(open);
  if (known !== undefined) return known;
  const { port, answers } = open;
  const found = finding("PROBE_PORT_OPEN", {
    field: "pod.spec.containers",
    value: String(port),
    message: `Inbound port ${port}, for rewritten ${answers} probes, is open past the proxy though the pod has no such probe`,
    remedy: "Nothing listens there unless the sidecar does; the dialect hardened leaves the rule out.",
  });
  openPorts.set(open, found);
  return found;
}
