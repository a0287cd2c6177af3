import type { Namespace } from "../scripts/namespace.ts";
import { ADDRESSES, LINKS, PEER_RANGES } from "./places.ts";

const FAMILIES = ["ipv4", "ipv6"] as const;

/** The hardware addresses of the ends of every link: a link leads nowhere else, so that they need not differ. */
const HARDWARE = { pod: "02:00:00:00:00:01", peer: "02:00:00:00:00:02" } as const;

/**
 * Joins two namespaces by two links. Every range of the peer is routed to it, and ends there: no namespace forwards, and
 * neither has another link.
 */
export async function join(pod: Namespace, peer: Namespace): Promise<void> {
  await configure(pod, [
    ...LINKS.flatMap((link) => [
      `link add ${link} address ${HARDWARE.pod} type veth peer name ${link} address ${HARDWARE.peer} netns ${peer.pid}`,
      `link set ${link} up`,
      ...FAMILIES.flatMap((family) => {
        const { pod: own, peer: other, prefix } = ADDRESSES[link][family];
        return [
          ...own.map((address) => addition(link, address, prefix)),
          neighbour(link, other, HARDWARE.peer),
        ];
      }),
    ]),
  ]);
  await configure(peer, [
    ...LINKS.flatMap((link) => [
      `link set ${link} up`,
      ...FAMILIES.flatMap((family) => {
        const { pod: other, peer: own, prefix } = ADDRESSES[link][family];
        return [
          addition(link, own, prefix),
          ...other.map((address) => neighbour(link, address, HARDWARE.pod)),
        ];
      }),
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

/** Rules that drop ICMPv6 drop what asks for a neighbour too (RFC 4861): both ends know theirs from the start. */
function neighbour(link: string, address: string, hardware: string): string {
  return `neighbour replace ${address} lladdr ${hardware} nud permanent dev ${link}`;
}

async function configure({ run }: Namespace, steps: readonly string[]): Promise<void> {
  const { code, stderr } = await run("ip", ["-batch", "-"], { input: steps.join("\n") });
  if (code !== 0) throw new Error(`ip: ${stderr}`);
}
