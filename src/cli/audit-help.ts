/** What `redirect-planner audit --help` prints. */
export const AUDIT_HELP = `Finds the pods of a cluster that run other rules than the mesh config asks today, and which of them need a restart.
The rules are read from each pod's own init container (osm-init, fsm-init), and nothing is run.

Usage: kubectl get pods -A -o json | redirect-planner audit -f MESHCONFIG [flags]

Inputs:
  -f, --file FILE             YAML or JSON with the MeshConfig
      --pods FILE             What kubectl get pods -o json prints, or pods one behind the other; read pod by
                              pod, any number of them. Default: - (standard input)
      --set KEY=VALUE, --dialect NAME, and the other flags of plan but --annotate
                              What they mean to plan: see redirect-planner plan --help. The sidecar's own
                              container is envoy, for the dialects of FSM sidecar

What to print:
  -o, --output NAME           table  the pods with something to know about (default), and a summary
                              json   a line of JSON for every pod:
                                     {"id", "rules", "restart", "change" or "reason"}
      --all                   All pods in the table, also current and outside ones

What is said of a pod's rules:
  current      what the mesh config asks, to the letter
  equivalent   other rules under which every packet fares the same: no restart
  different    some packets fare differently, one of which is shown: restart
  unknown      other rules, of which cannot be said what they do: restart
  refused      the mesh would refuse the pod today; see redirect-planner plan
  outside      no init container of the mesh
Each pod is planned as an injector meets it, without an address; then packets of the families that it has count.

Examples:
  # After a change of the mesh config: which pods still run the rules of before?
  kubectl get meshconfig osm-mesh-config -n osm-system -o yaml > meshconfig.yaml
  kubectl get pods -A -o json | redirect-planner audit -f meshconfig.yaml

  # Before it: which pods would a new exclusion make restart?
  redirect-planner audit -f meshconfig.yaml --pods pods.json --set "osm.outboundPortExclusionList={6379}"

  # The names alone
  redirect-planner audit -f meshconfig.yaml --pods pods.json -o json | jq -r 'select(.restart).id'

Exit codes: 0 no pod needs a restart, 1 some need one, or an input was refused, 2 the command line is wrong.
`;
