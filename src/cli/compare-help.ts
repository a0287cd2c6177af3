import { REQUEST_FLAGS_HELP } from "./request-flags.ts";

/** What `redirect-planner compare --help` prints. */
export const COMPARE_HELP = `Compares what two sets of rules do to every packet that there can be: equal, or the packets that fare
differently, with an example and the rules that decide. How rules are spelt, and an order that changes nothing, make no
difference.

Usage: redirect-planner compare [-f FILE]... [flags of both plans] [--before ...] [--after ...]

A side is a text with rules, where one is given, and else a plan:
      --before FILE, --after FILE
                              What a pod has, or a script would make: the output of iptables-save, a script,
                              a document for iptables-restore, or JSON of nft. - is standard input

The plans, where a side has no such text:
${REQUEST_FLAGS_HELP}      --before-file FILE, --after-file FILE, --before-set KEY=VALUE, --after-set KEY=VALUE,
      --before-annotate KEY=VALUE, --after-annotate KEY=VALUE, --before-dialect NAME, --after-dialect NAME
                              The same for one side, beside what both have; replaces it where they meet

What to print:
  -o, --output NAME           text           the differences, the largest first (default)
                              json           the answer of the server: a CompareResponse
                              repair-script  the script that makes the rules of a pod, as before has them, those of
                                             after: at once, any number of times, and those of other tools stay

Examples:
  # Which packets does an exclusion set free?
  redirect-planner compare -f pod.yaml --after-set "osm.outboundIPRangeExclusionList={1.1.1.1/32}"

  # Two versions of the mesh config, two versions of the mesh
  redirect-planner compare -f pod.yaml --before-file old.yaml --after-file new.yaml
  redirect-planner compare -f meshconfig.yaml -f pod.yaml --before-dialect osm-v0.11 --after-dialect osm-v1.2

  # Does a running pod have the rules that it should have?
  kubectl exec curl -c envoy -- iptables-save | redirect-planner compare --before - -f meshconfig.yaml -f pod.yaml

  # And if it does not: give it these, without a restart
  kubectl exec curl -c envoy -- iptables-save > dump.txt
  redirect-planner compare --before dump.txt -f meshconfig.yaml -f pod.yaml -o repair-script > repair.sh

Exit codes: 0 equal, 1 different or an input was refused, 2 the command line is wrong.
`;
