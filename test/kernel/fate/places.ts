/**
 * Where everything in the lab is: a pod and a peer on two links, with addresses of the documentation ranges alone
 * (RFC 5737, RFC 3849). The peer has whole ranges of addresses, so that whatever the pod sends there arrives.
 */
import type { IpFamily } from "../../../src/net/address.ts";

/** Who owns a socket. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The processes of the pod that send. */
export const SENDERS = {
  proxy: { uid: 1500, gid: 1500 },
  app: { uid: 1000, gid: 1000 },
  root: { uid: 0, gid: 0 },
  /** One of those that an option of the hardened dialect excludes, by its group alone. */
  agent: { uid: 1001, gid: 1337 },
} as const satisfies Readonly<Record<string, Owner>>;

/** A process of the pod that sends. */
export type Sender = keyof typeof SENDERS;

/** The links of the pod beside `lo`. The second is of the kind that a mesh config excludes. */
export const LINKS = ["eth0", "net1"] as const;

/** A link of the pod beside `lo`. */
export type Link = (typeof LINKS)[number];

/** Each link's addresses: the pod's first one is the one that redirection of what comes in goes to. */
export const ADDRESSES: {
  readonly [link in Link]: {
    readonly [family in IpFamily]: {
      readonly pod: readonly string[];
      readonly peer: string;
      readonly prefix: number;
    };
  };
} = {
  eth0: {
    ipv4: { pod: ["192.0.2.10", "192.0.2.11"], peer: "192.0.2.20", prefix: 24 },
    ipv6: { pod: ["2001:db8::10", "2001:db8::11"], peer: "2001:db8::20", prefix: 64 },
  },
  net1: {
    ipv4: { pod: ["198.51.100.10"], peer: "198.51.100.20", prefix: 24 },
    ipv6: { pod: ["2001:db8:1::10"], peer: "2001:db8:1::20", prefix: 64 },
  },
};

/** Ranges whose every address is the peer's, and the link by which the pod sends there. */
export const PEER_RANGES: {
  readonly [family in IpFamily]: readonly { readonly range: string; readonly link: Link }[];
} = {
  ipv4: [
    { range: "192.0.2.64/26", link: "eth0" },
    { range: "203.0.113.0/24", link: "eth0" },
    { range: "198.51.100.64/26", link: "net1" },
  ],
  ipv6: [
    { range: "2001:db8:2::/48", link: "eth0" },
    { range: "2001:db8:53::/48", link: "eth0" },
    { range: "2001:db8:3::/48", link: "net1" },
  ],
};

/** The environment of the pod's init container. */
export const POD_ENVIRONMENT = {
  POD_IP: "192.0.2.10",
  POD_IPS: "192.0.2.10,2001:db8::10",
} as const;
