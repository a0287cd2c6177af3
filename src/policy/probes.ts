import type { Container, Optional, PlanOptions, Pod, Probe } from "./inputs.ts";
import { type ProbePort, type Profile, TCP_PROBE_PORT } from "./profile.ts";

/**
 * The probe ports that the rules leave open: all, or for some dialects those that the pod's probes use. Nobody rewrites
 * the probes of the sidecar itself, which a pod that was injected before has.
 */
export function openProbePorts(
  pod: Pod | undefined,
  profile: Profile,
  options: PlanOptions | undefined,
): readonly ProbePort[] {
  const containers = probedContainers(pod, options);
  if (!profile.opensUsedProbePortsOnly || containers.length === 0) return profile.probePorts;
  return profile.probePorts.filter(({ answers }) =>
    containers.some((container) => hasProbe(container, answers)),
  );
}

/**
 * The containers of the pod whose probes the sidecar may answer: of the init containers those that keep running (native
 * sidecars), which alone can have probes. None for a pod that does not say which containers it has.
 */
export function probedContainers(
  pod: Pod | undefined,
  options: PlanOptions | undefined,
): readonly Container[] {
  const { containers, initContainers } = pod?.spec ?? {};
  const own = (container: Container) => !isSidecar(container, options);
  const listed = (containers ?? []).filter(own);
  return listed.length === 0 ? [] : [...listed, ...(initContainers ?? []).filter(own)];
}

/** Whether a container is the one that the options name as the mesh's own. */
export function isSidecar({ name }: Container, options: PlanOptions | undefined): boolean {
  const sidecar = options?.sidecarContainerName;
  return Boolean(sidecar) && name === sidecar;
}

/** Whether a container has a probe that the sidecar would answer on that port. */
export function hasProbe(container: Container, answers: ProbePort["answers"]): boolean {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  switch (answers) {
    case "liveness":
      return isRewritten(livenessProbe);
    case "readiness":
      return isRewritten(readinessProbe);
    case "startup":
      return isRewritten(startupProbe);
    case "tcpSocket":
      return [livenessProbe, readinessProbe, startupProbe].some(
        (probe) => Boolean(probe?.tcpSocket) || isFormerTcpProbe(probe),
      );
  }
}

/** Meshes rewrite HTTP probes to the port of their kind. */
function isRewritten(probe: Optional<Probe>): boolean {
  return Boolean(probe?.httpGet) && !isFormerTcpProbe(probe);
}

/** Meshes make TCP probes HTTP probes of this port (OSM, pkg/injector/health_probes.go), as a pod that was injected has. */
function isFormerTcpProbe(probe: Optional<Probe>): boolean {
  const port = probe?.httpGet?.port;
  return port === TCP_PROBE_PORT || valueIn(port) === TCP_PROBE_PORT;
}

/** What protobuf's form of a JSON value holds. */
function valueIn(port: unknown): unknown {
  if (typeof port !== "object" || port === null || !("kind" in port)) return undefined;
  const { kind } = port;
  return typeof kind === "object" && kind !== null && "value" in kind ? kind.value : undefined;
}
