import { containersOf, type PodSpec } from "./pods.ts";

/** The volumes that a restricted pod may have. */
const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

const SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
];

const SELINUX_TYPES = ["container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

const SECCOMP = ["RuntimeDefault", "Localhost"];

/**
 * What the level `restricted` of the Pod Security Standards has against a pod: the controls of the level `baseline`
 * and its own, in the order of the page that defines them. Empty: such a pod is admitted.
 */
export function restrictedViolations(spec: PodSpec): readonly string[] {
  return [...baseline(spec), ...restricted(spec)];
}

function baseline(spec: PodSpec): readonly string[] {
  const found: string[] = [];
  const pod = spec.securityContext ?? {};
  for (const field of ["hostNetwork", "hostPID", "hostIPC"] as const) {
    if (spec[field] === true) found.push(field);
  }
  for (const { name = "" } of (pod.sysctls ?? []).filter(({ name }) => !SYSCTLS.includes(name))) {
    found.push(`sysctl ${name}`);
  }
  const contexts = [
    { name: "pod", context: pod },
    ...containersOf(spec).map(({ name, securityContext }) => ({ name, context: securityContext ?? {} })),
  ];
  for (const { name, context } of contexts) {
    if (context.windowsOptions?.hostProcess === true) found.push(`${name}: hostProcess`);
    if (context.appArmorProfile?.type === "Unconfined") found.push(`${name}: appArmorProfile`);
    const { type = "", user = "", role = "" } = context.seLinuxOptions ?? {};
    if ((type !== "" && !SELINUX_TYPES.includes(type)) || user !== "" || role !== "") {
      found.push(`${name}: seLinuxOptions`);
    }
  }
  for (const {
    name,
    securityContext,
    ports,
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle,
  } of containersOf(spec)) {
    if (securityContext?.privileged === true) found.push(`${name}: privileged`);
    if (![undefined, "Default"].includes(securityContext?.procMount)) found.push(`${name}: procMount`);
    if (ports?.some(({ hostPort = 0 }) => hostPort !== 0)) found.push(`${name}: hostPort`);
    const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
    if (handlers.some((handler) => handler?.httpGet?.host ?? handler?.tcpSocket?.host)) {
      found.push(`${name}: probe of another host`);
    }
  }
  return found;
}

function restricted(spec: PodSpec): readonly string[] {
  const found: string[] = [];
  const pod = spec.securityContext ?? {};
  for (const volume of spec.volumes ?? []) {
    const source = Object.keys(volume).find((field) => field !== "name") ?? "none";
    if (!VOLUMES.includes(source)) found.push(`volume ${volume.name}: ${source}`);
  }
  if (pod.runAsUser === 0) found.push("pod: runAsUser");
  for (const { name, securityContext: own = {} } of containersOf(spec)) {
    if (own.allowPrivilegeEscalation !== false) found.push(`${name}: allowPrivilegeEscalation`);
    if ((own.runAsNonRoot ?? pod.runAsNonRoot) !== true) found.push(`${name}: runAsNonRoot`);
    if (own.runAsUser === 0) found.push(`${name}: runAsUser`);
    const seccomp = own.seccompProfile ?? pod.seccompProfile;
    if (!SECCOMP.includes(seccomp?.type ?? "")) found.push(`${name}: seccompProfile`);
    if (!own.capabilities?.drop?.includes("ALL")) found.push(`${name}: capabilities.drop`);
    if (own.capabilities?.add?.some((capability) => capability !== "NET_BIND_SERVICE")) {
      found.push(`${name}: capabilities.add`);
    }
  }
  return found;
}
