import type { Namespace } from "../scripts/namespace.ts";
import { type Addresses, EXCLUDED_PEER, NEXT_TO_EXCLUDED, PEER, POD } from "./places.ts";

/**
 * Joins two namespaces by a link, each with its addresses. The pod's route goes to the peer, and ends there: no namespace
 * forwards, and neither has another link.
 */
export async function join(pod: Namespace, peer: Namespace): Promise<void> {
  await configure(pod, [`link add eth0 type veth peer name eth0 netns ${peer.pid}`]);
  await configure(peer, addressed(PEER, EXCLUDED_PEER, NEXT_TO_EXCLUDED));
  await configure(pod, [
    ...addressed(POD),
    `route add default via ${PEER.ipv4}`,
    `route add ::/0 via ${PEER.ipv6}`,
  ]);
}

function addressed(...addresses: readonly Addresses[]): readonly string[] {
  return [
    "link set eth0 up",
    // Without duplicate address detection an address serves at once.
    ...addresses.flatMap(({ ipv4, ipv6 }) => [
      `address add ${ipv4}/24 dev eth0`,
      `address add ${ipv6}/64 dev eth0 nodad`,
    ]),
  ];
}

async function configure({ run }: Namespace, steps: readonly string[]): Promise<void> {
  const { code, stderr } = await run("ip", ["-batch", "-"], { input: steps.join("\n") });
  if (code !== 0) throw new Error(`ip: ${stderr}`);
}
