import type { Namespace } from "../scripts/namespace.ts";
import { ADDRESSES, LINKS, PEER_RANGES } from "./places.ts";

const FAMILIES = ["ipv4", "ipv6"] as const;

/**
 * Joins two namespaces by two links. Every range of the peer is routed to it, and ends there: no namespace forwards, and
 * neither has another link.
 */
export async function join(pod: Namespace, peer: Namespace): Promise<void> {
  await configure(pod, [
    ...LINKS.flatMap((link) => [
      `link add ${link} type veth peer name ${link} netns ${peer.pid}`,
      `link set ${link} up`,
      ...FAMILIES.flatMap((family) => {
        const { pod: own, prefix } = ADDRESSES[link][family];
        return own.map((address) => addition(link, address, prefix));
      }),
    ]),
  ]);
  await configure(peer, [
    ...LINKS.flatMap((link) => [
      `link set ${link} up`,
      ...FAMILIES.map((family) =>
        addition(link, ADDRESSES[link][family].peer, ADDRESSES[link][family].prefix),
      ),
    ]),
    ...FAMILIES.flatMap((family) =>
      PEER_RANGES[family].map(({ range }) => `route add local ${range} dev lo`),
    ),
  ]);
  await configure(
    pod,
    FAMILIES.flatMap((family) =>
      PEER_RANGES[family].map(
        ({ range, link }) => `route replace ${range} via ${ADDRESSES[link][family].peer} dev ${link}`,
      ),
    ),
  );
}

/** Without duplicate address detection an address serves at once. */
function addition(link: string, address: string, prefix: number): string {
  return `address add ${address}/${prefix} dev ${link}${address.includes(":") ? " nodad" : ""}`;
}

async function configure({ run }: Namespace, steps: readonly string[]): Promise<void> {
  const { code, stderr } = await run("ip", ["-batch", "-"], { input: steps.join("\n") });
  if (code !== 0) throw new Error(`ip: ${stderr}`);
}
