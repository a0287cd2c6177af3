import type { IpAddress } from "../net/address.ts";
import type { Cidr } from "../net/cidr.ts";
import type { PortRange } from "../net/port.ts";
import type { InputOrigin } from "../origin.ts";
import type { IpFamilies, IptablesBackend } from "./inputs.ts";
import type { ProbePort, Profile } from "./profile.ts";

/** A port or a range of ports of a merged list. */
export interface PortEntry {
  readonly range: PortRange;
  /** The inputs that name it, the first that did first. Never empty. */
  readonly origins: readonly InputOrigin[];
}

/** An address range of a merged list. */
export interface RangeEntry {
  readonly cidr: Cidr;
  /** The range as the dialect prints it. */
  readonly text: string;
  /** The inputs that name it, the first that did first. Never empty. */
  readonly origins: readonly InputOrigin[];
}

/** A network interface of a merged list. */
export interface InterfaceEntry {
  readonly name: string;
  /** The inputs that name it, the first that did first. Never empty. */
  readonly origins: readonly InputOrigin[];
}

/** A user or a group of a merged list. */
export interface IdEntry {
  readonly id: number;
  /** The inputs that name it, the first that did first. Never empty. */
  readonly origins: readonly InputOrigin[];
}

/** The merged settings that a plan is made from: every value valid, each with the inputs it comes from. */
export interface Policy {
  readonly profile: Profile;
  readonly ipFamilies: IpFamilies;
  readonly outboundPortExclusions: readonly PortEntry[];
  readonly inboundPortExclusions: readonly PortEntry[];
  readonly outboundRangeExclusions: readonly RangeEntry[];
  /** Empty: every destination. */
  readonly outboundRangeInclusions: readonly RangeEntry[];
  readonly interfaceExclusions: readonly InterfaceEntry[];
  /** Empty: every port. */
  readonly inboundPortInclusions: readonly PortEntry[];
  readonly inboundSourceRangeExclusions: readonly RangeEntry[];
  /** Users whose outbound traffic is left alone, beside the proxy. */
  readonly excludedUids: readonly IdEntry[];
  readonly excludedGids: readonly IdEntry[];
  /** The sidecar's listeners for rewritten probes that the pod's probes use. */
  readonly probePorts: readonly ProbePort[];
  /** The pod's addresses, as far as they are known, at most one of each family. */
  readonly podAddresses: readonly IpAddress[];
  readonly localProxyMode: "Localhost" | "PodIP";
  /** Whether DNS queries to 127.0.0.153 go to the sidecar. */
  readonly localDnsProxy: boolean;
  /** Absent: the script chooses. */
  readonly iptablesBackend?: IptablesBackend;
  /** Whether each rule carries its reason as a comment. */
  readonly ruleComments: boolean;
  readonly initContainer: InitContainerPolicy;
}

/** What the inputs say of the init container itself. */
export interface InitContainerPolicy {
  readonly image: string;
  /** Absent: the pod's default. */
  readonly imagePullPolicy?: string;
  readonly privileged: boolean;
}
