import { PACKET_GRAMMAR } from "./input/packet-words.ts";
import { REQUEST_FLAGS_HELP } from "./request-flags.ts";

/** What `redirect-planner explain --help` prints. */
export const EXPLAIN_HELP = `Explains what rules do to packets: the chains and rules in the kernel's order, what matched and why not,
the rule that decided, and the input behind it.

Usage: redirect-planner explain [-f FILE]... [flags] 'PACKET'...
       redirect-planner explain --rules FILE [flags] 'PACKET'...

The rules, of a plan or of a text:
${REQUEST_FLAGS_HELP}      --rules FILE            What a pod has, or a script would make: the output of iptables-save, a script,
                              a document for iptables-restore, or JSON of nft. What it was taken for is
                              told on standard error. - is standard input

The packets, each in quotes:
${PACKET_GRAMMAR}
What to print:
  -o, --output NAME           text  a trace for people (default); + marks a rule that matched, - one that did not
                              json  the answer of the server: an ExplainResponse

Examples:
  # Does a call of the app go to the sidecar?
  redirect-planner explain -f meshconfig.yaml -f pod.yaml 'uid 1000 -> 10.96.0.5:443'

  # What comes from the network, and what the sidecar itself sends
  redirect-planner explain -f pod.yaml 'in eth0 10.1.2.3 -> :8080' 'uid 1500 gid 1500 -> [2001:db8::1]:443'

  # Why did this packet of a running pod bypass the sidecar?
  kubectl exec curl -c envoy -- iptables-save | redirect-planner explain --rules - 'udp uid 0 -> 10.96.0.10:53'

Exit codes: 0 explained, 1 an input was refused, 2 the command line is wrong.
`;
