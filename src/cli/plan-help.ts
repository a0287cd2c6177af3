import { DIALECTS, SCRIPT_FORMATS } from "../policy/inputs.ts";
import { MESH_VALUE_NAMES } from "./input/mesh-values.ts";

/** What `redirect-planner plan --help` prints. */
export const PLAN_HELP = `Plans the redirection of pods: mesh config and pod in, the init container's script out. No server is needed.

Usage: redirect-planner plan [-f FILE]... [flags]

Inputs:
  -f, --file FILE             YAML or JSON with a MeshConfig, Pods, or workloads that have a pod template
                              (Deployment, StatefulSet, DaemonSet, Job, CronJob, ...); several documents
                              and Kubernetes lists are fine; - is standard input. Can be repeated.
      --set KEY=VALUE         A value of the mesh, in Helm's syntax; replaces the one in the files.
                              Can be repeated. Keys, each behind osm. or fsm.:
${MESH_VALUE_NAMES.map((name) => `                                ${name}`).join("\n")}
      --annotate KEY=VALUE    An annotation of every pod; replaces the one in the files. Can be repeated.

How to plan:
      --dialect NAME          Which mesh version's rules: ${DIALECTS.slice(0, 5).join(", ")},
                              ${DIALECTS.slice(5).join(", ")}. Default: osm-v0.11
      --format NAME           The form of the script: ${SCRIPT_FORMATS.join(", ")}. Default: the dialect's own
      --enforcement NAME      strict: every error refuses the pod (default).
                              report: errors that leave a safe plan possible are told beside it
      --ip-families NAME      ipv4, ipv6, dual. Default: the dialect's
      --image IMAGE           Image of the init container. Default: the mesh config's, else the dialect's
      --image-pull-policy P   Always, IfNotPresent or Never. Default: none
      --sidecar-container N   The container that is the mesh's own sidecar, in pods that have it already:
                              it may use the ports and the user that are reserved for the sidecar
      --iptables-backend B    legacy or nf_tables. Default: what the dialect's script chooses

How to plan with the dialect hardened, whose lists take commas, port ranges (8000-8010), and repeated flags:
      --exclude-outbound-ports LIST   Destination ports that are left alone, besides those of mesh and pod
      --exclude-inbound-ports LIST    Ports of the pod that are left alone, likewise
      --include-inbound-ports LIST    The only ports of the pod that are redirected. Default: all
      --exclude-inbound-sources LIST  Ranges (10.0.0.0/8) whose connections to the pod are left alone
      --exclude-uids LIST             Users whose outbound traffic is left alone, by number
      --exclude-gids LIST             Groups whose outbound traffic is left alone, by number
      --rule-comments                 Write the reason of each rule beside it

What to print:
  -o, --output NAME           script          the text for /bin/sh -c, byte for byte (default); a newline
                                              is added on a terminal only
                              cleanup-script  the text that removes the rules again
                              init-container  YAML to paste under the pod's initContainers
                              table           the rules in the kernel's order, with the input behind each
                              json, yaml      the whole answer, as the server gives it

Several pods, or a Kubernetes list, get a plan each, under the name of the pod; -o json then prints one
{"id": "namespace/name", "response": ...} a line, or {"id": ..., "findings": ...} for a pod that is refused.

Findings go to standard error, one a line: FILE:LINE:COLUMN: severity: CODE: field: what and what to do.

Examples:
  # The script for a pod
  kubectl get meshconfig osm-mesh-config -n osm-system -o yaml > meshconfig.yaml
  kubectl get pod curl -o yaml > pod.yaml
  redirect-planner plan -f meshconfig.yaml -f pod.yaml

  # What would an exclusion change? The rules, with and without it
  redirect-planner plan -f pod.yaml -o table
  redirect-planner plan -f pod.yaml -o table --set "osm.outboundIPRangeExclusionList={1.1.1.1/32,2.2.2.2/24}"

  # Would every pod get a plan? Only the findings
  kubectl get pods -A -o json | redirect-planner plan -f meshconfig.yaml -f - > /dev/null

  # A port that one pod leaves out, the whole answer as JSON
  redirect-planner plan -f pod.yaml --annotate openservicemesh.io/outbound-port-exclusion-list=6379,7070 -o json

Exit codes: 0 planned, 1 an input was refused, 2 the command line is wrong.
`;
