import { type IpAddress, parseAddress } from "../net/address.ts";
import { type Finding, finding } from "./finding.ts";
import type { Pod } from "./inputs.ts";
import { quote } from "./quote.ts";

/**
 * The pod's addresses, as far as the cluster has given it some: at most one of each family, the first of it. A text that
 * is no address becomes a finding.
 */
export function readPodAddresses(pod: Pod | undefined, findings: Finding[]): readonly IpAddress[] {
  const { podIp, podIps } = pod?.status ?? {};
  const given = [
    { field: "pod.status.podIP", text: podIp },
    ...(podIps ?? []).map(({ ip }, index) => ({ field: `pod.status.podIPs[${index}].ip`, text: ip })),
  ];
  const addresses: IpAddress[] = [];
  for (const { field, text } of given) {
    if (text === undefined || text === "") continue;
    const address = parseAddress(text);
    if (!address.ok) {
      findings.push(
        finding("INVALID_POD_IP", {
          field,
          value: quote(text),
          message: `'${quote(text)}' is not an IP address`,
          remedy: "Give the pod as the cluster prints it, or leave its status out.",
        }),
      );
    } else if (!addresses.some(({ family }) => family === address.value.family)) {
      addresses.push(address.value);
    }
  }
  return addresses;
}
